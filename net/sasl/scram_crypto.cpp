#include "net/sasl/scram_crypto.hpp"

#include "net/core/expect.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>

namespace troupe::sasl {

namespace {

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

} // namespace

digest sha256(std::string_view bytes) {
  digest out;
  SHA256(data_of(bytes), bytes.size(), out.data());
  return out;
}

digest hmac(std::string_view key, std::string_view bytes) {
  digest out;
  unsigned size = 0;
  // A null key would mean to HMAC that none is given.
  const auto* const made = HMAC(EVP_sha256(), key.empty() ? "" : static_cast<const void*>(key.data()),
                                static_cast<int>(key.size()), data_of(bytes), bytes.size(), out.data(), &size);
  TROUPE_EXPECT(made != nullptr && size == out.size());
  return out;
}

digest salted_password(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  digest out;
  const auto done = PKCS5_PBKDF2_HMAC(password.empty() ? "" : password.data(), static_cast<int>(password.size()), data_of(salt),
                                      static_cast<int>(salt.size()), static_cast<int>(iterations),
                                      EVP_sha256(), static_cast<int>(out.size()), out.data());
  TROUPE_EXPECT(done == 1);
  return out;
}

digest operator^(const digest& a, const digest& b) noexcept {
  digest out;
  std::transform(a.begin(), a.end(), b.begin(), out.begin(),
                 [](unsigned char x, unsigned char y) { return static_cast<unsigned char>(x ^ y); });
  return out;
}

std::string_view bytes_of(const digest& from) noexcept {
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

std::optional<digest> to_digest(std::string_view bytes) noexcept {
  digest out;
  if (bytes.size() != out.size())
    return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

bool equal(const digest& a, const digest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace troupe::sasl
