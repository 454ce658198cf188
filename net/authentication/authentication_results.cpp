#include "net/authentication/authentication_results.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

/// A peer's word as a value: only what a domain or base64 is made of stays, so that
/// none of it can end the value, begin a comment or a field.
std::string value_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (is_letter(c) || is_digit(c) || std::string_view{"._-+/[]:"}.find(c) != std::string_view::npos)
      out += c;
  return out.empty() ? "unknown" : out;
}

/// In quotes, for what may hold a slash, a plus or a colon (RFC 2045 tokens may not).
std::string quoted(std::string_view text) { return '"' + value_of(text) + '"'; }

void append_result(std::string& to, std::string_view one) {
  if (!to.empty())
    to += ";\r\n\t";
  to += one;
}

std::string dkim_text(const dkim_finding& each) {
  std::string out = "dkim=" + std::string(to_string(each.outcome));
  if (!each.why.empty())
    out += " (" + each.why + ")";
  if (!each.domain.empty())
    out += " header.d=" + value_of(each.domain) + " header.s=" + value_of(each.selector)
           + " header.a=" + (each.kind == key_kind::rsa ? "rsa-sha256" : "ed25519-sha256")
           + " header.b=" + quoted(each.signature_start);
  return out;
}

/// The authserv-id that a field begins with, comments before it left out.
std::string_view authserv_id_of(std::string_view value) {
  value = trimmed(value);
  while (value.starts_with('(')) {
    unsigned depth = 0;
    std::size_t at = 0;
    for (; at < value.size(); ++at) {
      if (value[at] == '\\')
        ++at;
      else if (value[at] == '(')
        ++depth;
      else if (value[at] == ')' && --depth == 0)
        break;
    }
    value = trimmed(value.substr(std::min(at + 1, value.size())));
  }
  if (value.starts_with('"'))
    return value.substr(1, value.find('"', 1) - 1);
  return value.substr(0, std::min(value.find_first_of(" \t\r\n;("), value.size()));
}

} // namespace

std::string results_text(const findings& found) {
  std::string out;
  if (found.spf)
    append_result(out, "spf=" + std::string(to_string(found.spf->outcome))
                         + (found.spf->of_helo ? " smtp.helo=" : " smtp.mailfrom=")
                         + value_of(found.spf->domain));
  if (found.dkim) {
    for (const auto& each : *found.dkim)
      append_result(out, dkim_text(each));
    if (found.dkim->empty())
      append_result(out, "dkim=none");
  }
  if (found.dmarc) {
    auto text = "dmarc=" + std::string(to_string(found.dmarc->outcome));
    if (!found.dmarc->why.empty())
      text += " (" + found.dmarc->why + ")";
    else if (found.dmarc->outcome == dmarc_outcome::pass || found.dmarc->outcome == dmarc_outcome::fail)
      text += " (p=" + std::string(to_string(found.dmarc->published)) + ")";
    if (!found.dmarc->author.empty())
      text += " header.from=" + value_of(found.dmarc->author);
    append_result(out, text);
  }
  if (found.arc)
    append_result(out, "arc=" + std::string(to_string(found.arc->outcome))
                         + (found.arc->why.empty() ? std::string{} : " (" + found.arc->why + ")"));
  return out.empty() ? "none" : out;
}

std::string results_field(std::string_view authserv_id, const findings& found) {
  return "Authentication-Results: " + std::string(authserv_id) + ";\r\n\t" + results_text(found) + "\r\n";
}

std::vector<std::size_t> forged_results(const header_section& header, std::string_view authserv_id) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (equal_ignoring_case(header.fields[i].name, "Authentication-Results")
        && equal_ignoring_case(authserv_id_of(header.fields[i].value), authserv_id))
      found.push_back(i);
  return found;
}

} // namespace troupe::authentication
