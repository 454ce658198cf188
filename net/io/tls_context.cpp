#include "net/io/tls_context.hpp"

#include "net/core/expect.hpp"
#include "net/io/tls_channel.hpp"
#include "net/io/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace troupe::io {

namespace {

/// For TLS 1.2; those of 1.3 are OpenSSL's own.
constexpr const char* cipher_list
  = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL:!DSS:!PSK:!SRP:!AESCCM";
/// How long a session ticket is good for.
constexpr long ticket_seconds = 2 * 60 * 60;
/// A name lies in one line of a log; longer ones are nobody's (RFC 1035 §2.3.4).
constexpr std::size_t name_bytes_max = 255;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (text.ends_with('.'))
    text.pop_back();
  return text;
}

/// OpenSSL says of a missing file no more than that something failed.
status check_readable(const std::string& file) {
  if (auto* opened = std::fopen(file.c_str(), "re")) {
    std::fclose(opened);
    return {};
  }
  return error{errc::not_found, file + ": " + std::generic_category().message(errno)};
}

error fault_of(const std::string& file) { return {errc::malformed, file + ": " + take_tls_error()}; }

/// Instead of a question on the terminal that nobody answers.
int no_password(char*, int, int, void*) { return -1; }

ssl_ctx_st* new_context(const SSL_METHOD* method) {
  auto* context = SSL_CTX_new(method);
  TROUPE_EXPECT(context != nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                 | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  TROUPE_EXPECT(SSL_CTX_set_cipher_list(context, cipher_list) == 1);
  // An idle connection gives its buffers back; a write says how far it came, and may go on
  // from another address. A read that found no data comes back, lest a peer that sends
  // nothing but key updates keep its thread for itself.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                              | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(context, 1); // one recv for a record's head and body
  SSL_CTX_set_default_passwd_cb(context, no_password);
  return context;
}

status use(ssl_ctx_st* context, const tls_identity& identity) {
  for (const auto* file : {&identity.certificate_file, &identity.key_file})
    if (auto readable = check_readable(*file); !readable)
      return readable;
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, identity.certificate_file.c_str()) != 1)
    return fault_of(identity.certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, identity.key_file.c_str(), SSL_FILETYPE_PEM) != 1
      || SSL_CTX_check_private_key(context) != 1)
    return fault_of(identity.key_file);
  return {};
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* listed = static_cast<GENERAL_NAMES*>(
    X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(listed); ++i) {
    const auto* each = sk_GENERAL_NAME_value(listed, i);
    if (each->type != GEN_DNS)
      continue;
    const auto* text = each->d.dNSName;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(listed);
  return names;
}

} // namespace

void tls_context::free_context::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

result<tls_context_ptr> tls_context::for_server(const std::vector<tls_identity>& identities) {
  TROUPE_EXPECT(!identities.empty());
  std::shared_ptr<tls_context> made;
  for (const auto& identity : identities) {
    handle context{new_context(TLS_server_method())};
    auto* raw = context.get();
    // Sessions live in the client's ticket only: no table that grows, no lock. One is
    // enough: a client of mail opens few connections at once.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(raw, ticket_seconds);
    SSL_CTX_set_num_tickets(raw, 1);
    if (auto used = use(raw, identity); !used)
      return used.error();
    if (!made) {
      made.reset(new tls_context(std::move(context)));
      SSL_CTX_set_tlsext_servername_callback(raw, &tls_context::on_server_name);
      SSL_CTX_set_tlsext_servername_arg(raw, made.get());
    } else {
      made->others_.push_back(std::move(context));
    }
    const auto names
      = identity.names.empty() ? names_of(SSL_CTX_get0_certificate(raw)) : identity.names;
    for (const auto& name : names)
      made->by_name_.emplace(lower(name), raw);
  }
  return tls_context_ptr{std::move(made)};
}

result<tls_context_ptr> tls_context::for_client(const tls_client_options& options) {
  handle context{new_context(TLS_client_method())};
  ERR_clear_error();
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context.get()) != 1)
      return error{errc::not_found, "the system's certificates: " + take_tls_error()};
  } else {
    if (auto readable = check_readable(options.ca_file); !readable)
      return readable.error();
    if (SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) != 1)
      return fault_of(options.ca_file);
  }
  TROUPE_EXPECT(SSL_CTX_dane_enable(context.get()) == 1);
  // OpenSSL's own store goes by the session's name; ours goes by who may resume it.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), &tls_channel::on_new_session);
  std::shared_ptr<tls_context> made{new tls_context(std::move(context))};
  made->sessions_ = std::make_unique<tls_sessions>();
  return tls_context_ptr{std::move(made)};
}

ssl_st* tls_context::make_ssl() const {
  auto* ssl = SSL_new(first_.get());
  TROUPE_EXPECT(ssl != nullptr);
  return ssl;
}

/// The certificate for the name that the client asks for. One that nobody has is no
/// reason to turn a client away: mail servers are asked for by many names.
int tls_context::on_server_name(ssl_st* ssl, int*, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr || std::strlen(name) > name_bytes_max)
    return SSL_TLSEXT_ERR_NOACK;
  auto* found = static_cast<const tls_context*>(self)->find(lower(name));
  if (found == nullptr)
    return SSL_TLSEXT_ERR_NOACK;
  return SSL_set_SSL_CTX(ssl, found) != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

ssl_ctx_st* tls_context::find(std::string name) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    const auto dot = name.find('.');
    if (dot == std::string::npos)
      return nullptr;
    found = by_name_.find("*" + name.substr(dot));
  }
  return found == by_name_.end() ? nullptr : found->second;
}

} // namespace troupe::io
