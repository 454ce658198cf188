// The ways to log in that we speak.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::sasl {

enum class mechanism : std::uint8_t { plain, login, scram_sha_256, scram_sha_256_plus };

/// Longer names and passwords are refused; crypt(3) takes no longer ones.
inline constexpr std::size_t user_bytes_max = 255;
inline constexpr std::size_t password_bytes_max = 511;

/// "SCRAM-SHA-256-PLUS".
[[nodiscard]] std::string_view to_string(mechanism which) noexcept;
/// In any case of letters.
[[nodiscard]] std::optional<mechanism> parse_mechanism(std::string_view name) noexcept;

/// What ties a login to its TLS connection, as TLS gives it; empty where it can't.
struct channel_bindings {
  std::string exporter;  ///< tls-exporter, RFC 9266.
  std::string end_point; ///< tls-server-end-point, RFC 5929.

  [[nodiscard]] bool empty() const noexcept { return exporter.empty() && end_point.empty(); }
};

/// A name that may stand in files, logs and protocols: UTF-8 of 1 to user_bytes_max bytes
/// without controls.
[[nodiscard]] bool is_user_name(std::string_view text) noexcept;

} // namespace troupe::sasl
