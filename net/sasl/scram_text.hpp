// The messages of SCRAM as text (RFC 5802 §7): read from a client, hostile; and written.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::sasl {

/// Longer messages are refused; real ones have some hundred bytes.
inline constexpr std::size_t scram_message_bytes_max = 4096;
inline constexpr std::size_t scram_nonce_bytes_max = 256;

/// What the client says about binding the login to its TLS connection.
enum class binding_flag : std::uint8_t {
  none,        ///< "n": it can't.
  not_offered, ///< "y": it could, and thinks that we can't.
  used,        ///< "p=NAME".
};

struct client_first {
  binding_flag flag = binding_flag::none;
  std::string binding; ///< "tls-exporter"; only where `used`.
  std::string authzid; ///< Decoded; mostly empty.
  std::string user;    ///< Decoded.
  std::string nonce;
  std::string gs2;     ///< The GS2 header as it stood, "n,,".
  std::string bare;    ///< All behind it.
};

struct client_final {
  std::string binding; ///< Of "c=", decoded: GS2 header and channel binding data.
  std::string nonce;
  std::string proof;   ///< Decoded.
  std::string without_proof;
};

/// What a server answers first; read by our client.
struct server_first {
  std::string nonce;
  std::string salt;
  std::uint32_t iterations = 0;
};

// Each fails with malformed (detail names the part) or limit_exceeded. Extensions that
// must be understood ("m=") are refused; optional ones are passed over.
[[nodiscard]] result<client_first> parse_client_first(std::string_view text);
[[nodiscard]] result<client_final> parse_client_final(std::string_view text);
[[nodiscard]] result<server_first> parse_server_first(std::string_view text);

/// "=" and "," as "=3D" and "=2C".
[[nodiscard]] std::string to_saslname(std::string_view name);

} // namespace troupe::sasl
