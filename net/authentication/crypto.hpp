// The cryptography of signatures, borrowed from libcrypto: SHA-256, HMAC, RSA
// (RFC 8301: PKCS #1 1.5 with SHA-256) and Ed25519 (RFC 8463). No other file of this
// folder includes OpenSSL.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::authentication {

/// A SHA-256 as it comes along.
class sha256 {
public:
  sha256();
  ~sha256();
  sha256(sha256&&) noexcept;
  sha256& operator=(sha256&&) noexcept;

  void take(std::string_view bytes);
  /// 32 bytes. Nothing may be taken afterwards.
  [[nodiscard]] std::string finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

[[nodiscard]] std::string sha256_of(std::string_view bytes);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);

enum class key_kind : std::uint8_t { rsa, ed25519 };

/// RFC 8301 §3.2: shorter ones prove nothing. Longer ones cost more than mail is worth.
inline constexpr unsigned rsa_bits_min = 1024;
inline constexpr unsigned rsa_bits_max = 8192;

class public_key {
public:
  /// From what a key record's p= says: a SubjectPublicKeyInfo or RSAPublicKey for RSA,
  /// 32 bytes for Ed25519. Fails with malformed, or limit_exceeded for its length.
  [[nodiscard]] static result<public_key> parse(key_kind kind, std::string_view bytes);

  /// @param digest 32 bytes, the SHA-256 of what was signed
  [[nodiscard]] bool verify(std::string_view digest, std::string_view signature) const;
  [[nodiscard]] key_kind kind() const noexcept { return kind_; }

private:
  public_key(key_kind kind, std::shared_ptr<void> key) : kind_(kind), key_(std::move(key)) {}
  key_kind kind_;
  std::shared_ptr<void> key_;
};

/// Immutable; may be used from every thread.
class private_key {
public:
  /// From PEM, without a passphrase. Fails with malformed, or limit_exceeded for an RSA
  /// key below rsa_bits_min or above rsa_bits_max.
  [[nodiscard]] static result<private_key> parse(std::string_view pem);

  /// @param digest 32 bytes. Fails with refused where libcrypto does.
  [[nodiscard]] result<std::string> sign(std::string_view digest) const;
  [[nodiscard]] key_kind kind() const noexcept { return kind_; }
  /// Of its public half, base64 as p= has it.
  [[nodiscard]] std::string public_text() const;

private:
  private_key(key_kind kind, std::shared_ptr<void> key) : kind_(kind), key_(std::move(key)) {}
  key_kind kind_;
  std::shared_ptr<void> key_;
};

/// Takes the same time wherever they differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace troupe::authentication
