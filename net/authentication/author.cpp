#include "net/authentication/author.hpp"

#include "net/authentication/ascii_domain.hpp"
#include "net/core/address_text.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

error bad(std::string why) { return {errc::malformed, std::move(why)}; }

/// `text` without comments, and without what is quoted: no sign in it means anything.
result<std::string> without_comments(std::string_view text) {
  std::string out;
  unsigned depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && (quoted || depth > 0)) {
      ++at;
      continue;
    }
    if (quoted) {
      quoted = c != '"';
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (depth == 0 && c == '"') {
      quoted = true;
      out += 'q'; // a quoted local part is one letter of an atom here
    } else if (depth == 0) {
      out += c;
    }
  }
  if (quoted || depth > 0)
    return bad("From does not end");
  return out;
}

/// The domain of one address: that in angle brackets, or the bare one.
result<std::string> domain_of(std::string_view text) {
  const auto open = text.find('<');
  if (open != text.npos) {
    const auto close = text.find('>', open);
    // Of two pairs of brackets readers show now this one, now that one.
    if (close == text.npos || text.find('<', open + 1) != text.npos || !trimmed(text.substr(close + 1)).empty())
      return bad("From is ambiguous");
    text = text.substr(open + 1, close - open - 1);
    if (const auto route = text.rfind(':'); route != text.npos && text.starts_with('@'))
      text = text.substr(route + 1);
  }
  const auto at = text.rfind('@');
  if (at == text.npos || at == 0)
    return bad("From has no address");
  if (trimmed(text.substr(0, at)).find_first_of(" \t\r\n") != text.npos)
    return bad("From is ambiguous");
  auto domain = domain_key(trimmed(text.substr(at + 1)));
  if (!is_domain(domain, utf8::allowed) && !is_address_literal(domain))
    return bad("From has no domain");
  return ascii_domain(domain); // RFC 8616 §5
}

} // namespace

result<std::vector<std::string>> author_domains(std::string_view from) {
  auto plain = without_comments(from);
  if (!plain)
    return plain.error();
  std::replace(plain->begin(), plain->end(), ';', ','); // the end of a group
  std::vector<std::string> domains;
  std::size_t authors = 0;
  for (std::string_view rest = *plain; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    auto one = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (const auto group = one.find(':'); group != one.npos && one.find_first_of("<@") > group)
      one = trimmed(one.substr(group + 1));
    if (one.empty())
      continue;
    if (++authors > authors_max)
      return bad("From has too many addresses");
    auto domain = domain_of(one);
    if (!domain)
      return domain.error();
    if (std::find(domains.begin(), domains.end(), *domain) == domains.end())
      domains.push_back(std::move(*domain));
  }
  return domains;
}

result<std::string> author_domain(const header_section& header) {
  const header_field* from = nullptr;
  for (const auto& field : header.fields)
    if (equal_ignoring_case(field.name, "From")) {
      if (from != nullptr)
        return bad("there are two From fields");
      from = &field;
    }
  if (from == nullptr)
    return bad("there is no From field");
  auto domains = author_domains(from->value);
  if (!domains)
    return domains.error();
  if (domains->size() != 1)
    return bad(domains->empty() ? "From has no address" : "From names two domains");
  return std::move(domains->front());
}

} // namespace troupe::authentication
