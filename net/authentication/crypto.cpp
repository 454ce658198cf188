#include "net/authentication/crypto.hpp"

#include "net/core/base64.hpp"
#include "net/core/expect.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <utility>

namespace troupe::authentication {

namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t ed25519_key_bytes = 32;
constexpr std::size_t key_bytes_max = 4096;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* held) const {
    Free(held);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::shared_ptr<void> shared(key_ptr key) { return {key.release(), freed_by<EVP_PKEY_free>{}}; }
EVP_PKEY* raw(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

/// libcrypto keeps a list of errors for each thread, and nobody else empties it.
struct quiet_errors {
  ~quiet_errors() { ERR_clear_error(); }
};

status check_length(const EVP_PKEY* key) {
  const auto bits = EVP_PKEY_get_bits(key);
  if (bits < static_cast<int>(rsa_bits_min) || bits > static_cast<int>(rsa_bits_max))
    return error{errc::limit_exceeded, "an RSA key of " + std::to_string(bits) + " bits"};
  return {};
}

/// No key file with a passphrase: nobody is there to type it.
int no_passphrase(char*, int, int, void*) { return -1; }

} // namespace

struct sha256::state {
  digest_context context{EVP_MD_CTX_new()};
};

sha256::sha256() : state_(std::make_unique<state>()) {
  TROUPE_EXPECT(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
sha256::~sha256() = default;
sha256::sha256(sha256&&) noexcept = default;
sha256& sha256::operator=(sha256&&) noexcept = default;

void sha256::take(std::string_view bytes) {
  TROUPE_EXPECT(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string sha256::finish() {
  std::string digest(digest_bytes, '\0');
  TROUPE_EXPECT(EVP_DigestFinal_ex(state_->context.get(), bytes_of(digest), nullptr) == 1);
  return digest;
}

std::string sha256_of(std::string_view bytes) {
  sha256 hash;
  hash.take(bytes);
  return hash.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string digest(digest_bytes, '\0');
  unsigned size = 0;
  TROUPE_EXPECT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
                     bytes_of(digest), &size)
                != nullptr);
  return digest;
}

result<public_key> public_key::parse(key_kind kind, std::string_view bytes) {
  const quiet_errors quiet;
  if (bytes.size() > key_bytes_max)
    return error{errc::limit_exceeded, "the key is too long"};
  const error bad{errc::malformed, "the key is none"};
  if (kind == key_kind::ed25519) {
    if (bytes.size() != ed25519_key_bytes)
      return bad;
    key_ptr key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size())};
    if (!key)
      return bad;
    return public_key{kind, shared(std::move(key))};
  }
  auto at = bytes_of(bytes);
  const auto size = static_cast<long>(bytes.size());
  key_ptr key{d2i_PUBKEY(nullptr, &at, size)};
  if (!key) {
    at = bytes_of(bytes); // RFC 6376 §3.6.1 says RSAPublicKey, though nearly all publish the other
    key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
  }
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return bad;
  if (const auto length = check_length(key.get()); !length)
    return length.error();
  return public_key{kind, shared(std::move(key))};
}

bool public_key::verify(std::string_view digest, std::string_view signature) const {
  const quiet_errors quiet;
  if (kind_ == key_kind::ed25519) {
    const digest_context context{EVP_MD_CTX_new()};
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, raw(key_)) == 1
           && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(digest),
                               digest.size())
                == 1;
  }
  const key_context context{EVP_PKEY_CTX_new(raw(key_), nullptr)};
  return context && EVP_PKEY_verify_init(context.get()) == 1
         && EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1
         && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1
         && EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), bytes_of(digest),
                            digest.size())
              == 1;
}

result<private_key> private_key::parse(std::string_view pem) {
  const quiet_errors quiet;
  const std::unique_ptr<BIO, freed_by<BIO_free>> in{
    BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  key_ptr key{in ? PEM_read_bio_PrivateKey(in.get(), nullptr, &no_passphrase, nullptr) : nullptr};
  if (!key)
    return error{errc::malformed, "is no private key in PEM"};
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_ED25519: return private_key{key_kind::ed25519, shared(std::move(key))};
    case EVP_PKEY_RSA:
      if (const auto length = check_length(key.get()); !length)
        return length.error();
      return private_key{key_kind::rsa, shared(std::move(key))};
    default: return error{errc::malformed, "is neither an RSA nor an Ed25519 key"};
  }
}

result<std::string> private_key::sign(std::string_view digest) const {
  const quiet_errors quiet;
  const error failed{errc::refused, "libcrypto did not sign"};
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(raw(key_))), '\0');
  auto size = signature.size();
  if (kind_ == key_kind::ed25519) {
    const digest_context context{EVP_MD_CTX_new()};
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, raw(key_)) != 1
        || EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(digest), digest.size()) != 1)
      return failed;
  } else {
    const key_context context{EVP_PKEY_CTX_new(raw(key_), nullptr)};
    if (!context || EVP_PKEY_sign_init(context.get()) != 1
        || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1
        || EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1
        || EVP_PKEY_sign(context.get(), bytes_of(signature), &size, bytes_of(digest), digest.size()) != 1)
      return failed;
  }
  signature.resize(size);
  return signature;
}

std::string private_key::public_text() const {
  const quiet_errors quiet;
  std::string bytes;
  if (kind_ == key_kind::ed25519) {
    auto size = ed25519_key_bytes;
    bytes.resize(size);
    TROUPE_EXPECT(EVP_PKEY_get_raw_public_key(raw(key_), bytes_of(bytes), &size) == 1);
    return encode_base64(bytes);
  }
  unsigned char* der = nullptr;
  const auto size = i2d_PUBKEY(raw(key_), &der);
  TROUPE_EXPECT(size > 0);
  bytes.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return encode_base64(bytes);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace troupe::authentication
