// TLS on one connected descriptor, which it neither owns nor waits on. A stream_socket
// has one from `begin_tls` on, and reads and writes by way of it; its owner asks it only
// what the handshake has brought.
//
// Bound  OpenSSL's own: a record of 16 KiB each way while it is under way, a handshake of
//        about 128 KiB of messages; nothing but the session's keys while it is idle.

#pragma once

#include "net/core/dane.hpp"
#include "net/core/result.hpp"
#include "net/io/tls_context.hpp"
#include "net/io/transfer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct bio_st;
struct bio_method_st;
struct ssl_session_st;

namespace troupe::io {

/// What a client asks of its server, before the handshake.
struct tls_demand {
  enum class check : std::uint8_t {
    nothing, ///< Anybody is welcome, and `verification` says what was found all the same.
    name,    ///< A chain to a root that we trust, and one of `names`.
    dane,    ///< One of `records` (RFC 7671, 7672); with usage 2 one of `names` too.
  };

  check what = check::nothing;
  std::string server_name;        ///< SNI; empty for none (an address has none).
  /// Any of them; wildcards of the certificate are heeded. With check::nothing they count for
  /// `verification` only.
  std::vector<std::string> names;
  /// DNSSEC vouches for them. Usages 2 and 3 count (RFC 7672 §3.1.3); if no record is
  /// usable the handshake fails.
  std::vector<tlsa_record> records;
};

/// How a step of a handshake ended.
enum class handshake_step : std::uint8_t {
  finished,
  wants_read,  ///< Go on once the socket is readable.
  wants_write, ///< Go on once it is writable.
  failed,      ///< `failure` says why; an alert is on its way. The connection is good for nothing.
};

/// One certificate of the chain that a peer showed.
struct tls_certificate {
  std::string der;  ///< Whole.
  std::string spki; ///< Its SubjectPublicKeyInfo, DER.
};

class tls_channel {
public:
  /// The server's side. @pre `context` is a server's
  tls_channel(tls_context_ptr context, int descriptor);
  /// The client's side. @pre `context` is a client's
  tls_channel(tls_context_ptr context, int descriptor, const tls_demand& demand);
  ~tls_channel(); ///< A client's session may be resumed unless it has failed.
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  /// One step; never blocks. Where the demand is not met, it has failed.
  [[nodiscard]] handshake_step shake_hands();

  /// As those of a stream_socket. @pre the handshake is finished
  [[nodiscard]] transfer read_some(std::span<char> into) noexcept;
  [[nodiscard]] transfer write_some(std::string_view bytes) noexcept;
  /// Says that no more will come (close_notify), if that can be said at once.
  void shut_write() noexcept;

  /// What the next read or write waits for, after it would have blocked.
  enum class readiness : std::uint8_t { at_once, readable, writable };
  [[nodiscard]] readiness read_waits_for() const noexcept { return read_waits_for_; }
  [[nodiscard]] readiness write_waits_for() const noexcept { return write_waits_for_; }

  /// Why the handshake, a read or a write failed: one line, for the log.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  // ---- after the handshake

  [[nodiscard]] bool is_up() const noexcept { return up_; }
  [[nodiscard]] std::string_view version() const noexcept; ///< "TLSv1.3"
  [[nodiscard]] std::string_view cipher() const noexcept;  ///< "TLS_AES_256_GCM_SHA384", as IANA calls it.
  [[nodiscard]] int secret_bits() const noexcept;          ///< 256
  [[nodiscard]] bool is_resumed() const noexcept;
  /// What the client asked for by SNI, in lower case; empty if none, or not a name.
  [[nodiscard]] std::string server_name() const;

  /// For a log: "TLSv1.3 TLS_AES_256_GCM_SHA384".
  [[nodiscard]] std::string summary() const;

  /// A client's finding on its server, whatever the demand was: nothing to complain of, or
  /// why the certificate is not to be trusted ("self-signed certificate"). With
  /// check::nothing and no names none was looked at.
  [[nodiscard]] status verification() const;
  /// The peer's certificate first, then as the peer sent them; empty if it has shown none.
  [[nodiscard]] std::vector<tls_certificate> peer_chain() const;

  // Channel bindings, the same on both sides of one connection and on no other.

  /// Hash of the server's certificate (RFC 5929 §4); empty where none is defined.
  [[nodiscard]] std::string binding_server_end_point() const;
  /// 32 bytes from the session's keys (RFC 9266); empty with TLS 1.2 that lacks the
  /// extended master secret, which would make them forgeable.
  [[nodiscard]] std::string binding_exporter() const;

  /// OpenSSL's: a server lets this client resume its session.
  static int on_new_session(ssl_st* ssl, ssl_session_st* session);

private:
  struct free_ssl {
    void operator()(ssl_st* ssl) const noexcept;
  };

  static bio_method_st* wire();
  static int on_wire_read(bio_st* bio, char* into, int size);
  static int on_wire_write(bio_st* bio, const char* bytes, int size);
  void attach();
  void demand_dane(const tls_demand& demand);
  void resume(const tls_demand& demand);
  void fail(std::string why);
  transfer judge(int code, readiness& waits_for) noexcept;

  tls_context_ptr context_; // outlives ssl_
  const int descriptor_;
  std::unique_ptr<ssl_st, free_ssl> ssl_;
  std::string session_key_; ///< Of a client.
  std::string failure_;
  int wire_errno_ = 0;    ///< Of the last call that failed for good.
  bool starved_ = false;  ///< The last read found the socket empty.
  bool wire_ended_ = false;
  bool up_ = false;
  bool broken_ = false;
  readiness read_waits_for_ = readiness::readable;
  readiness write_waits_for_ = readiness::writable;
};

} // namespace troupe::io
