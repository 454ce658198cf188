// What a handshake has brought: names, chains, channel bindings.

#include "net/io/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

namespace troupe::io {

namespace {

constexpr std::size_t exporter_bytes = 32;
constexpr std::string_view exporter_label = "EXPORTER-Channel-Binding";

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

template <class T, class Encode>
std::string in_der(const T* thing, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(thing, &bytes);
  if (size <= 0)
    return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

tls_certificate shown(const X509* certificate) {
  return {in_der(certificate, i2d_X509),
          in_der(X509_get_X509_PUBKEY(certificate), i2d_X509_PUBKEY)};
}

} // namespace

std::string_view tls_channel::version() const noexcept { return SSL_get_version(ssl_.get()); }

std::string_view tls_channel::cipher() const noexcept {
  const char* name = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl_.get()));
  return name != nullptr ? name : "";
}

int tls_channel::secret_bits() const noexcept { return SSL_get_cipher_bits(ssl_.get(), nullptr); }

bool tls_channel::is_resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

std::string tls_channel::server_name() const {
  const char* said = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  std::string name = said != nullptr ? said : "";
  for (auto& c : name)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return std::all_of(name.begin(), name.end(), is_of_name) ? name : std::string{};
}

std::string tls_channel::summary() const {
  std::string text{version()};
  return (text += ' ') += cipher();
}

status tls_channel::verification() const {
  if (SSL_get0_peer_certificate(ssl_.get()) == nullptr)
    return error{errc::not_found, "no certificate"};
  if (const auto verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
    return error{errc::refused, X509_verify_cert_error_string(verdict)};
  return {};
}

std::vector<tls_certificate> tls_channel::peer_chain() const {
  std::vector<tls_certificate> chain;
  const auto* first = SSL_get0_peer_certificate(ssl_.get());
  if (first == nullptr)
    return chain;
  chain.push_back(shown(first));
  const auto* rest = SSL_get_peer_cert_chain(ssl_.get());
  // To a client the first of them is the peer's own again; to a server it is not there.
  for (int i = SSL_is_server(ssl_.get()) == 1 ? 0 : 1; i < sk_X509_num(rest); ++i)
    chain.push_back(shown(sk_X509_value(rest, i)));
  return chain;
}

std::string tls_channel::binding_server_end_point() const {
  const auto* certificate = SSL_is_server(ssl_.get()) == 1 ? SSL_get_certificate(ssl_.get())
                                                           : SSL_get0_peer_certificate(ssl_.get());
  int digest = NID_undef;
  // X509_get_signature_info looks into extensions and may change the certificate's cache;
  // it locks where it does.
  if (certificate == nullptr
      || X509_get_signature_info(const_cast<X509*>(certificate), &digest, nullptr, nullptr, nullptr)
           != 1
      || digest == NID_undef) {
    ERR_clear_error();
    return {}; // signed without a hash of its own (Ed25519): RFC 5929 defines none
  }
  if (digest == NID_md5 || digest == NID_sha1)
    digest = NID_sha256;
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_get_digestbynid(digest), hash.data(), &size) != 1) {
    ERR_clear_error();
    return {};
  }
  return {reinterpret_cast<const char*>(hash.data()), size};
}

std::string tls_channel::binding_exporter() const {
  auto* ssl = ssl_.get();
  if (!up_ || (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1))
    return {};
  std::string bytes(exporter_bytes, '\0');
  // With a context of no bytes, which to TLS 1.2 is not the same as none (RFC 9266 §2).
  if (SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                                 exporter_label.data(), exporter_label.size(),
                                 reinterpret_cast<const unsigned char*>(""), 0, 1)
      != 1) {
    ERR_clear_error();
    return {};
  }
  return bytes;
}

} // namespace troupe::io
