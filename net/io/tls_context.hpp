// What a side of TLS goes by: certificates and keys on a server, roots of trust on a
// client. Made from files at a start and at each reload, immutable, shared by all
// threads; connections keep the one that they began with.
//
// TLS 1.2 and 1.3. With 1.2 only key exchanges that keep old traffic secret (ECDHE) and
// no finite-field DHE, which costs a server much for little. No renegotiation, no
// compression, no early data (a replayed MAIL would be a second letter).

#pragma once

#include "net/core/result.hpp"
#include "net/io/tls_sessions.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace troupe::io {

/// A certificate with its key, and who is to see it.
struct tls_identity {
  std::string certificate_file; ///< PEM: the certificate first, then what signed it, in order.
  std::string key_file;         ///< PEM, with no password.
  /// For clients that ask for one of these by SNI, in any case; "*.example.org" covers one
  /// label. Empty: the DNS names that the certificate is made out to.
  std::vector<std::string> names;
};

struct tls_client_options {
  std::string ca_file; ///< PEM of trusted roots; empty: the system's.
};

class tls_context {
public:
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// The first identity is for clients that ask for no name or for one that nobody has;
  /// of two with one name the first has it. Session tickets are sealed with keys that live
  /// as long as the context. Fails with not_found (a file that can't be read) or malformed
  /// (no certificate, a key that does not fit, …); detail names the file.
  /// @pre not empty
  [[nodiscard]] static result<std::shared_ptr<const tls_context>>
  for_server(const std::vector<tls_identity>& identities);

  /// Fails as `for_server` does.
  [[nodiscard]] static result<std::shared_ptr<const tls_context>>
  for_client(const tls_client_options& options);

  /// A connection to be; its owner keeps the context for as long.
  [[nodiscard]] ssl_st* make_ssl() const;

  /// Of a client: what servers let it resume. Null on a server, whose sessions live in tickets.
  [[nodiscard]] tls_sessions* sessions() const noexcept { return sessions_.get(); }

private:
  struct free_context {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  using handle = std::unique_ptr<ssl_ctx_st, free_context>;

  explicit tls_context(handle made) : first_(std::move(made)) {}
  static int on_server_name(ssl_st* ssl, int* alert, void* self);
  [[nodiscard]] ssl_ctx_st* find(std::string name) const;

  std::unique_ptr<tls_sessions> sessions_;
  handle first_;
  std::vector<handle> others_;
  std::map<std::string, ssl_ctx_st*, std::less<>> by_name_; ///< In lower case.
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

} // namespace troupe::io
