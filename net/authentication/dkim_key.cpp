#include "net/authentication/dkim_key.hpp"

#include "net/authentication/tag_list.hpp"
#include "net/core/base64.hpp"

#include <algorithm>
#include <optional>

namespace troupe::authentication {

namespace {

bool names(std::string_view list, std::string_view wanted) {
  const auto all = parts_of(list, ':');
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

} // namespace

std::string key_name(std::string_view selector, std::string_view domain) {
  return std::string(selector) + "._domainkey." + std::string(domain);
}

result<dkim_key> parse_key_record(std::string_view text, key_kind wanted) {
  const auto tags = tag_list::parse(text);
  if (!tags)
    return error{errc::malformed, "the key record is malformed"};
  if (tags->find("v") && (tags->first() != "v" || *tags->find("v") != "DKIM1"))
    return error{errc::malformed, "the key record is of another version"};
  const auto bytes = tags->find_packed("p");
  if (!bytes)
    return error{errc::malformed, "the key record has no key"};
  if (bytes->empty())
    return error{errc::refused, "the key is revoked"};
  if (tags->find("k").value_or("rsa") != (wanted == key_kind::rsa ? "rsa" : "ed25519"))
    return error{errc::refused, "the key is of another kind"};
  if (tags->find("h") && !names(*tags->find("h"), "sha256"))
    return error{errc::refused, "the key is not for SHA-256"};
  const auto services = tags->find("s").value_or("*");
  if (!names(services, "*") && !names(services, "email"))
    return error{errc::refused, "the key is not for mail"};
  const auto decoded = decode_base64(*bytes);
  if (!decoded)
    return error{errc::malformed, "the key is damaged"};
  auto key = public_key::parse(wanted, *decoded);
  if (!key)
    return key.error();
  const auto flags = tags->find("t").value_or("");
  return dkim_key{std::move(*key), names(flags, "s"), names(flags, "y")};
}

result<dkim_key> key_from(const dns_answer& answer, key_kind wanted) {
  if (answer.outcome == dns_outcome::failed)
    return error{errc::timed_out, "the key could not be asked for"};
  std::optional<error> first;
  for (const auto& text : answer.texts) {
    auto found = parse_key_record(text, wanted);
    if (found)
      return found;
    if (!first)
      first = found.error();
  }
  return first.value_or(error{errc::not_found, "there is no key"});
}

} // namespace troupe::authentication
