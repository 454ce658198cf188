#include "net/authentication/dkim_signature.hpp"

#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <map>

namespace troupe::authentication {

namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t signature_start_letters = 8; // RFC 6008 §3

error bad(std::string why) { return {errc::malformed, std::move(why)}; }

std::optional<canonical_form> form_of(std::string_view name) {
  if (name == "relaxed")
    return canonical_form::relaxed;
  if (name == "simple")
    return canonical_form::simple;
  return std::nullopt;
}

status read_forms(std::string_view text, dkim_signature& to) {
  const auto slash = text.find('/');
  const auto header = form_of(trimmed(text.substr(0, slash)));
  const auto body = slash == text.npos ? canonical_form::simple : form_of(trimmed(text.substr(slash + 1)));
  if (!header || !body)
    return bad("c= names no canonicalization");
  to.header = *header;
  to.body = *body;
  return {};
}

status read_algorithm(std::string_view name, dkim_signature& to) {
  if (name == "rsa-sha1")
    return error{errc::refused, "rsa-sha1 no longer counts"}; // RFC 8301 §3.1
  if (name != "rsa-sha256" && name != "ed25519-sha256")
    return bad("a= names no algorithm");
  to.kind = name == "rsa-sha256" ? key_kind::rsa : key_kind::ed25519;
  return {};
}

status read_fields(std::string_view text, dkim_signature& to) {
  for (const auto name : parts_of(text, ':')) {
    if (name.empty())
      return bad("h= has an empty name");
    if (to.fields.size() >= signed_fields_max)
      return bad("h= has too many names");
    to.fields.push_back(domain_key(name));
  }
  if (std::find(to.fields.begin(), to.fields.end(), "from") == to.fields.end())
    return bad("h= lacks From"); // RFC 6376 §6.1.1
  return {};
}

status read_times(const tag_list& tags, dkim_signature& to) {
  for (const auto& [name, into] : {std::pair{"t", &to.made}, std::pair{"x", &to.expires}})
    if (const auto text = tags.find(name)) {
      *into = whole_number(*text);
      if (!*into)
        return bad("a time is no number");
    }
  if (to.made && to.expires && *to.expires <= *to.made)
    return bad("x= is not after t=");
  return {};
}

status read_identity(const tag_list& tags, dkim_signature& to) {
  if (const auto text = tags.find_packed("i")) {
    const auto at = text->rfind('@');
    if (at == text->npos)
      return bad("i= has no domain");
    to.identity = domain_key(std::string_view{*text}.substr(at + 1));
    if (!is_within(to.identity, to.domain))
      return bad("i= is not within d=");
  }
  return {};
}

} // namespace

bool is_within(std::string_view inner, std::string_view outer) noexcept {
  return inner == outer
         || (inner.size() > outer.size() && inner.ends_with(outer)
             && inner[inner.size() - outer.size() - 1] == '.');
}

result<dkim_signature> parse_signature(std::string_view value, signature_form form) {
  const auto tags = tag_list::parse(value);
  if (!tags)
    return tags.error();
  if (form == signature_form::dkim && tags->find("v") != "1")
    return bad("v= is not 1");
  dkim_signature made;
  for (const auto* const name : {"a", "b", "bh", "d", "h", "s"})
    if (!tags->find(name) || tags->find(name)->empty())
      return bad(std::string(name) + "= is missing");
  made.domain = domain_key(packed(*tags->find("d")));
  made.selector = domain_key(packed(*tags->find("s")));
  if (!is_domain(made.domain))
    return bad("d= is no domain");
  auto done = read_algorithm(packed(*tags->find("a")), made);
  if (done && tags->find("c"))
    done = read_forms(*tags->find("c"), made);
  if (done)
    done = read_fields(*tags->find("h"), made);
  if (done)
    done = read_times(*tags, made);
  made.identity = made.domain;
  if (done && form == signature_form::dkim)
    done = read_identity(*tags, made);
  if (!done)
    return done.error();
  const auto b = *tags->find_packed("b");
  auto hash = decode_base64(*tags->find_packed("bh"));
  auto signature = decode_base64(b);
  if (!hash || hash->size() != digest_bytes || !signature)
    return bad("b= or bh= is damaged");
  made.body_hash = std::move(*hash);
  made.signature = std::move(*signature);
  made.signature_start = b.substr(0, signature_start_letters);
  if (const auto text = tags->find("l")) {
    const auto length = whole_number(*text);
    if (!length)
      return bad("l= is no number");
    made.length = *length;
  }
  if (const auto query = tags->find("q")) {
    const auto all = parts_of(*query, ':');
    if (std::find(all.begin(), all.end(), "dns/txt") == all.end())
      return bad("q= knows no way we know");
  }
  return made;
}

std::string without_signature(std::string_view whole) {
  std::string out;
  auto at = whole.find(':');
  at = at == whole.npos ? 0 : at + 1;
  out += whole.substr(0, at);
  auto rest = whole.substr(at);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto one = rest.substr(0, end);
    const auto equals = one.find('=');
    if (equals != one.npos && trimmed(one.substr(0, equals)) == "b")
      out += one.substr(0, equals + 1);
    else
      out += one;
    if (end < rest.size())
      out += ';';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string header_digest(const header_section& header, std::size_t own, std::string_view own_field,
                          const std::vector<std::string>& names, canonical_form form) {
  std::map<std::string, std::vector<std::string_view>, std::less<>> by_name;
  for (const auto& name : names)
    by_name.try_emplace(name);
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (const auto known = by_name.find(domain_key(header.fields[i].name)); known != by_name.end() && i != own)
      known->second.push_back(header.fields[i].whole);
  std::string text;
  for (const auto& name : names) {
    auto& left = by_name.find(name)->second;
    if (left.empty())
      continue; // RFC 6376 §3.5: signed as absent, so that nobody adds one
    append_canonical(text, left.back(), form);
    left.pop_back();
  }
  append_canonical(text, own_field, form);
  text.resize(text.size() - 2); // §3.7: its own field goes without the line end
  return sha256_of(text);
}

} // namespace troupe::authentication
