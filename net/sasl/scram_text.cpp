#include "net/sasl/scram_text.hpp"

#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace troupe::sasl {

namespace {

error malformed(const char* part) { return {errc::malformed, part}; }

bool is_fit(std::string_view text) {
  return text.size() <= scram_message_bytes_max && text.find('\0') == text.npos && is_utf8(text);
}

/// The text up to the next comma, which goes too.
std::string_view take_part(std::string_view& rest) {
  const auto comma = rest.find(',');
  const auto part = rest.substr(0, comma);
  rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  return part;
}

/// The value of "X=value", or nothing.
std::optional<std::string_view> value_of(std::string_view part, char name) {
  if (part.size() < 2 || part[0] != name || part[1] != '=')
    return std::nullopt;
  return part.substr(2);
}

std::optional<std::string> decode_saslname(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    if (text.front() != '=') {
      name += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (text.starts_with("=2C"))
      name += ',';
    else if (text.starts_with("=3D"))
      name += '=';
    else
      return std::nullopt;
    text.remove_prefix(3);
  }
  return name;
}

bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= scram_nonce_bytes_max
         && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != ','; });
}

bool is_binding_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-';
  });
}

/// What is left must be extensions: "x=value", each.
bool are_extensions(std::string_view rest, bool after_comma) {
  if (rest.empty())
    return !after_comma;
  while (true) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    if (part.size() < 3 || !is_letter(part[0]) || part[1] != '=')
      return false;
    if (comma == rest.npos)
      return true;
    rest.remove_prefix(comma + 1);
  }
}

} // namespace

result<client_first> parse_client_first(std::string_view text) {
  if (!is_fit(text))
    return malformed("the first message");
  client_first made;
  auto rest = text;
  const auto flag = take_part(rest);
  if (flag == "n")
    made.flag = binding_flag::none;
  else if (flag == "y")
    made.flag = binding_flag::not_offered;
  else if (const auto name = value_of(flag, 'p'); name && is_binding_name(*name)) {
    made.flag = binding_flag::used;
    made.binding = *name;
  } else
    return malformed("the channel binding flag");
  if (rest.empty())
    return malformed("the GS2 header");
  const auto before = rest.find(',');
  if (before == rest.npos)
    return malformed("the GS2 header");
  if (const auto authzid = take_part(rest); !authzid.empty()) {
    const auto given = value_of(authzid, 'a');
    auto name = given ? decode_saslname(*given) : std::nullopt;
    if (!name || name->empty())
      return malformed("the authorization identity");
    made.authzid = std::move(*name);
  }
  made.gs2 = text.substr(0, text.size() - rest.size());
  made.bare = rest;
  if (rest.starts_with("m="))
    return malformed("an extension that nobody knows");
  const auto user = value_of(take_part(rest), 'n');
  auto name = user ? decode_saslname(*user) : std::nullopt;
  if (!name || name->empty())
    return malformed("the user's name");
  made.user = std::move(*name);
  const bool more = rest.find(',') != rest.npos;
  const auto nonce = value_of(take_part(rest), 'r');
  if (!nonce || !is_nonce(*nonce))
    return malformed("the nonce");
  made.nonce = *nonce;
  if (!are_extensions(rest, more))
    return malformed("the extensions");
  return made;
}

result<client_final> parse_client_final(std::string_view text) {
  if (!is_fit(text))
    return malformed("the final message");
  client_final made;
  // The proof comes last, and all before it is signed.
  const auto cut = text.rfind(",p=");
  if (cut == text.npos)
    return malformed("the proof");
  auto proof = decode_base64(text.substr(cut + 3));
  if (!proof)
    return malformed("the proof");
  made.proof = std::move(*proof);
  made.without_proof = text.substr(0, cut);
  std::string_view rest{made.without_proof};
  const auto binding_text = value_of(take_part(rest), 'c');
  auto binding = binding_text ? decode_base64(*binding_text) : std::nullopt;
  if (!binding)
    return malformed("the channel binding");
  made.binding = std::move(*binding);
  const bool more = rest.find(',') != rest.npos;
  const auto nonce = value_of(take_part(rest), 'r');
  if (!nonce || nonce->empty())
    return malformed("the nonce");
  made.nonce = *nonce;
  if (!are_extensions(rest, more))
    return malformed("the extensions");
  return made;
}

result<server_first> parse_server_first(std::string_view text) {
  if (!is_fit(text))
    return malformed("the first answer");
  server_first made;
  auto rest = text;
  const auto nonce = value_of(take_part(rest), 'r');
  const auto salt_text = value_of(take_part(rest), 's');
  const auto count = value_of(take_part(rest), 'i');
  auto salt = salt_text ? decode_base64(*salt_text) : std::nullopt;
  if (!nonce || nonce->size() > 2 * scram_nonce_bytes_max || !salt || salt->empty() || !count)
    return malformed("the first answer");
  made.nonce = *nonce;
  made.salt = std::move(*salt);
  const auto* const end = count->data() + count->size();
  const auto [at, wrong] = std::from_chars(count->data(), end, made.iterations);
  if (wrong != std::errc{} || at != end)
    return malformed("the iterations");
  return made;
}

std::string to_saslname(std::string_view name) {
  std::string text;
  for (const char c : name)
    if (c == '=')
      text += "=3D";
    else if (c == ',')
      text += "=2C";
    else
      text += c;
  return text;
}

} // namespace troupe::sasl
