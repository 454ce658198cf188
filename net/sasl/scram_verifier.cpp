#include "net/sasl/scram_verifier.hpp"

#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::sasl {

namespace {

/// What is before the mark; `rest` goes on behind it. Nothing where there is no mark.
std::optional<std::string_view> take_until(std::string_view& rest, char mark) {
  const auto at = rest.find(mark);
  if (at == rest.npos)
    return std::nullopt;
  const auto taken = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return taken;
}

error malformed() {
  return {errc::malformed, "is no SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY"};
}

} // namespace

result<scram_verifier> parse_scram_verifier(std::string_view text) {
  if (!text.starts_with(scram_prefix))
    return malformed();
  auto rest = text.substr(scram_prefix.size());
  const auto count = take_until(rest, ':');
  const auto salt_text = take_until(rest, '$');
  const auto stored_text = take_until(rest, ':');
  if (!count || !salt_text || !stored_text)
    return malformed();
  scram_verifier made;
  const auto* const end = count->data() + count->size();
  const auto [at, wrong] = std::from_chars(count->data(), end, made.iterations);
  auto salt = decode_base64(*salt_text);
  const auto stored = decode_base64(*stored_text);
  const auto server = decode_base64(rest);
  if (wrong != std::errc{} || at != end || !salt || !stored || !server)
    return malformed();
  const auto stored_key = to_digest(*stored);
  const auto server_key = to_digest(*server);
  if (!stored_key || !server_key)
    return malformed();
  if (made.iterations < scram_iterations_min || made.iterations > scram_iterations_max)
    return error{errc::limit_exceeded, "its iterations must be from 4096 to 1000000"};
  if (salt->size() < salt_bytes_min || salt->size() > salt_bytes_max)
    return error{errc::limit_exceeded, "its salt must have 8 to 64 bytes"};
  made.salt = std::move(*salt);
  made.stored_key = *stored_key;
  made.server_key = *server_key;
  return made;
}

std::string to_string(const scram_verifier& from) {
  return std::string(scram_prefix) + std::to_string(from.iterations) + ':' + encode_base64(from.salt)
         + '$' + encode_base64(bytes_of(from.stored_key)) + ':'
         + encode_base64(bytes_of(from.server_key));
}

result<scram_verifier> make_scram_verifier(std::string_view password, std::string_view salt,
                                           std::uint32_t iterations) {
  TROUPE_EXPECT(iterations >= scram_iterations_min && iterations <= scram_iterations_max);
  TROUPE_EXPECT(salt.size() >= salt_bytes_min && salt.size() <= salt_bytes_max);
  if (password.empty() || !std::all_of(password.begin(), password.end(), is_printable))
    return error{errc::malformed, "the password must be printable ASCII for SCRAM"};
  scram_verifier made;
  made.iterations = iterations;
  made.salt = salt;
  const auto salted = salted_password(password, salt, iterations);
  made.stored_key = sha256(bytes_of(hmac(bytes_of(salted), "Client Key")));
  made.server_key = hmac(bytes_of(salted), "Server Key");
  return made;
}

bool matches(const scram_verifier& verifier, std::string_view password) {
  const auto salted = salted_password(password, verifier.salt, verifier.iterations);
  return equal(sha256(bytes_of(hmac(bytes_of(salted), "Client Key"))), verifier.stored_key);
}

} // namespace troupe::sasl
