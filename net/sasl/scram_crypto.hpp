// The arithmetic of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677), borrowed from OpenSSL.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::sasl {

inline constexpr std::size_t digest_bytes = 32;
using digest = std::array<unsigned char, digest_bytes>;

[[nodiscard]] digest sha256(std::string_view bytes);
[[nodiscard]] digest hmac(std::string_view key, std::string_view bytes);
/// Hi() of RFC 5802: PBKDF2 with HMAC-SHA-256. Costs as many hashes as `iterations`.
[[nodiscard]] digest salted_password(std::string_view password, std::string_view salt,
                                     std::uint32_t iterations);
[[nodiscard]] digest operator^(const digest& a, const digest& b) noexcept;
[[nodiscard]] std::string_view bytes_of(const digest& from) noexcept;
/// Nothing unless it has `digest_bytes`.
[[nodiscard]] std::optional<digest> to_digest(std::string_view bytes) noexcept;
/// In a time that says nothing of the bytes.
[[nodiscard]] bool equal(const digest& a, const digest& b) noexcept;

} // namespace troupe::sasl
