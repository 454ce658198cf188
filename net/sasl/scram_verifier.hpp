// What a server keeps of a password for SCRAM-SHA-256: it can check with it, but not
// log in elsewhere. As text it stands as PostgreSQL writes it:
//
//   SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY     (the last three in base64)

#pragma once

#include "net/core/result.hpp"
#include "net/sasl/scram_crypto.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::sasl {

inline constexpr std::string_view scram_prefix = "SCRAM-SHA-256$";
/// RFC 7677 §4 wants no fewer; more would let one login hold a core for a second.
inline constexpr std::uint32_t scram_iterations_min = 4096;
inline constexpr std::uint32_t scram_iterations_max = 1'000'000;
inline constexpr std::uint32_t scram_iterations_usual = 10'000;
inline constexpr std::size_t salt_bytes_min = 8;
inline constexpr std::size_t salt_bytes_usual = 16;
inline constexpr std::size_t salt_bytes_max = 64;

struct scram_verifier {
  std::uint32_t iterations = scram_iterations_min;
  std::string salt;
  digest stored_key{};
  digest server_key{};

  friend bool operator==(const scram_verifier&, const scram_verifier&) = default;
};

/// Fails with malformed, or limit_exceeded where iterations or salt are beyond the bounds.
[[nodiscard]] result<scram_verifier> parse_scram_verifier(std::string_view text);
[[nodiscard]] std::string to_string(const scram_verifier& from);

/// Costs `iterations` hashes. Fails with malformed for a password that is not printable
/// ASCII: others would need SASLprep (RFC 4013), which clients do in different ways.
/// @pre the bounds above
[[nodiscard]] result<scram_verifier> make_scram_verifier(std::string_view password,
                                                         std::string_view salt,
                                                         std::uint32_t iterations);

/// Is it that password? Costs as much as making one.
[[nodiscard]] bool matches(const scram_verifier& verifier, std::string_view password);

} // namespace troupe::sasl
