#include "net/io/tls_channel.hpp"

#include "net/core/expect.hpp"
#include "net/io/tls_error.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace troupe::io {

namespace {

/// So that no label of a certificate's wildcard is taken for more than a whole one.
constexpr unsigned host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

std::system_error no_more_memory() {
  return std::system_error(std::make_error_code(std::errc::not_enough_memory), "OpenSSL");
}

/// Rounds of one step of a handshake that end neither at an empty socket nor at an end.
constexpr int rounds_max = 64;

/// The address of the server and all that is asked of it, so that a session serves only whom
/// it would serve if its certificate were looked at again.
std::string session_key(int descriptor, const tls_demand& demand) {
  std::string key(1, static_cast<char>(demand.what));
  const auto add = [&key](std::string_view part) { key.append(std::to_string(part.size())).append(":").append(part); };
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    size = 0;
  add({reinterpret_cast<const char*>(&peer), std::min<std::size_t>(size, sizeof peer)});
  add(demand.server_name);
  add(std::to_string(demand.names.size()));
  for (const auto& each : demand.names)
    add(each);
  for (const auto& each : demand.records) {
    const std::array<char, 3> head{static_cast<char>(each.usage), static_cast<char>(each.selector),
                                   static_cast<char>(each.matching)};
    add({head.data(), head.size()});
    add({reinterpret_cast<const char*>(each.data.data()), each.data.size()});
  }
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

int clamp(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

} // namespace

// ---- the wire: recv and send that neither block nor raise SIGPIPE

bio_method_st* tls_channel::wire() {
  static BIO_METHOD* const made = [] {
    auto* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "troupe wire");
    TROUPE_EXPECT(method != nullptr);
    BIO_meth_set_read(method, &tls_channel::on_wire_read);
    BIO_meth_set_write(method, &tls_channel::on_wire_write);
    BIO_meth_set_ctrl(method, [](BIO*, int what, long, void*) -> long {
      return what == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return method;
  }();
  return made;
}

int tls_channel::on_wire_read(bio_st* bio, char* into, int size) {
  auto& self = *static_cast<tls_channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t got = 0;
  do
    got = ::recv(self.descriptor_, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got > 0)
    return static_cast<int>(got);
  if (got == 0) {
    self.wire_ended_ = true;
  } else if (errno == EAGAIN) {
    self.starved_ = true;
    BIO_set_retry_read(bio);
  } else {
    self.wire_errno_ = errno;
  }
  return got == 0 ? 0 : -1;
}

int tls_channel::on_wire_write(bio_st* bio, const char* bytes, int size) {
  auto& self = *static_cast<tls_channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t put = 0;
  do
    put = ::send(self.descriptor_, bytes, static_cast<std::size_t>(size),
                 MSG_DONTWAIT | MSG_NOSIGNAL);
  while (put < 0 && errno == EINTR);
  if (put >= 0)
    return static_cast<int>(put);
  if (errno == EAGAIN)
    BIO_set_retry_write(bio);
  else
    self.wire_errno_ = errno;
  return -1;
}

// ---- the two sides

void tls_channel::free_ssl::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

tls_channel::tls_channel(tls_context_ptr context, int descriptor)
  : context_(std::move(context)), descriptor_(descriptor), ssl_(context_->make_ssl()) {
  attach();
  SSL_set_accept_state(ssl_.get());
}

tls_channel::tls_channel(tls_context_ptr context, int descriptor, const tls_demand& demand)
  : context_(std::move(context)), descriptor_(descriptor), ssl_(context_->make_ssl()) {
  attach();
  auto* ssl = ssl_.get();
  SSL_set_connect_state(ssl);
  resume(demand);
  if (!demand.server_name.empty()
      && SSL_set_tlsext_host_name(ssl, demand.server_name.c_str()) != 1)
    fail("not a name: " + demand.server_name);
  SSL_set_hostflags(ssl, host_flags);
  const bool asks = demand.what != tls_demand::check::nothing;
  SSL_set_verify(ssl, asks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!asks && demand.names.empty())
    return;
  if (demand.names.empty()) {
    fail("no name to check the certificate against");
    return;
  }
  if (demand.what == tls_demand::check::dane)
    demand_dane(demand);
  else if (SSL_set1_host(ssl, demand.names.front().c_str()) != 1)
    fail("not a name: " + demand.names.front());
  for (std::size_t i = 1; i < demand.names.size(); ++i)
    if (SSL_add1_host(ssl, demand.names[i].c_str()) != 1)
      fail("not a name: " + demand.names[i]);
}

void tls_channel::demand_dane(const tls_demand& demand) {
  auto* ssl = ssl_.get();
  if (SSL_dane_enable(ssl, demand.names.front().c_str()) <= 0)
    return fail("not a name: " + demand.names.front());
  // RFC 7672 §3.1.1: with usage 3 neither names nor dates count.
  SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  bool any = false;
  for (const auto& each : demand.records)
    if (each.usage == 2 || each.usage == 3)
      any |= SSL_dane_tlsa_add(ssl, each.usage, each.selector, each.matching,
                               reinterpret_cast<const unsigned char*>(each.data.data()),
                               each.data.size())
             > 0;
  ERR_clear_error();
  if (!any)
    fail("no usable TLSA record");
}

void tls_channel::resume(const tls_demand& demand) {
  session_key_ = session_key(descriptor_, demand);
  SSL_set_app_data(ssl_.get(), this);
  if (const auto session = context_->sessions()->take(session_key_, steady_now()))
    SSL_set_session(ssl_.get(), session.get());
}

int tls_channel::on_new_session(ssl_st* ssl, ssl_session_st* session) {
  const auto& self = *static_cast<const tls_channel*>(SSL_get_app_data(ssl));
  self.context_->sessions()->keep(self.session_key_, tls_sessions::handle{session},
                                  steady_now());
  return 1; // it is ours now
}

void tls_channel::attach() {
  auto* bio = BIO_new(wire());
  if (bio == nullptr)
    throw no_more_memory();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

tls_channel::~tls_channel() {
  // Peers of mail seldom say close_notify, and OpenSSL would take the session for spoilt.
  if (!session_key_.empty() && up_ && failure_.empty())
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

// ---- bytes

void tls_channel::fail(std::string why) {
  broken_ = true;
  // A server may choke on a session of before: the next try begins anew.
  if (!up_ && !session_key_.empty())
    context_->sessions()->keep(session_key_, nullptr, steady_now());
  if (failure_.empty())
    failure_ = std::move(why);
}

/// What OpenSSL's answer means. `waits_for` is set where it would block.
transfer tls_channel::judge(int code, readiness& waits_for) noexcept {
  transfer end;
  switch (SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
      end.would_block = true;
      waits_for = starved_ ? readiness::readable : readiness::at_once;
      return end;
    case SSL_ERROR_WANT_WRITE:
      end.would_block = true;
      waits_for = readiness::writable;
      return end;
    case SSL_ERROR_ZERO_RETURN: end.ended = true; return end;
    default: break;
  }
  // A peer that closes without close_notify has ended all the same: mail says itself where
  // a message ends, so nothing can be cut short unseen.
  if (wire_ended_ && up_) {
    ERR_clear_error();
    broken_ = end.ended = true;
    return end;
  }
  if (wire_errno_ != 0) {
    end.failed = std::error_code(wire_errno_, std::system_category());
    fail(end.failed.message());
    ERR_clear_error();
  } else if (wire_ended_) {
    end.failed = std::make_error_code(std::errc::connection_reset);
    fail("the peer closed the connection");
    ERR_clear_error();
  } else {
    end.failed = std::make_error_code(std::errc::protocol_error);
    fail(take_tls_error());
  }
  return end;
}

handshake_step tls_channel::shake_hands() {
  if (up_)
    return handshake_step::finished;
  if (broken_)
    return handshake_step::failed;
  ERR_clear_error();
  transfer end;
  auto waits_for = readiness::at_once;
  for (int round = 0; waits_for == readiness::at_once; ++round) {
    starved_ = false;
    const int code = SSL_do_handshake(ssl_.get());
    if (code == 1) {
      up_ = true;
      // Data may have come along with the last of the handshake.
      read_waits_for_ = readiness::at_once;
      return handshake_step::finished;
    }
    end = judge(code, waits_for);
    if (!end.would_block)
      break;
    if (round == rounds_max) {
      fail("a handshake that leads nowhere");
      return handshake_step::failed;
    }
  }
  if (end.would_block)
    return waits_for == readiness::writable ? handshake_step::wants_write
                                            : handshake_step::wants_read;
  if (end.ended)
    fail("the peer closed the connection");
  const auto verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE)
    failure_ = X509_verify_cert_error_string(verdict);
  return handshake_step::failed;
}

transfer tls_channel::read_some(std::span<char> into) noexcept {
  transfer end;
  if (broken_) {
    end.failed = std::make_error_code(std::errc::protocol_error);
    return end;
  }
  ERR_clear_error();
  starved_ = false;
  const int got = SSL_read(ssl_.get(), into.data(), clamp(into.size()));
  if (got > 0) {
    end.bytes = static_cast<std::size_t>(got);
    read_waits_for_ = SSL_has_pending(ssl_.get()) == 1 ? readiness::at_once : readiness::readable;
    return end;
  }
  return judge(got, read_waits_for_);
}

transfer tls_channel::write_some(std::string_view bytes) noexcept {
  transfer end;
  if (bytes.empty())
    return end;
  if (broken_) {
    end.failed = std::make_error_code(std::errc::protocol_error);
    return end;
  }
  ERR_clear_error();
  starved_ = true; // a write that wants to read has nothing buffered to go on with
  const int put = SSL_write(ssl_.get(), bytes.data(), clamp(bytes.size()));
  if (put > 0) {
    end.bytes = static_cast<std::size_t>(put);
    return end;
  }
  end = judge(put, write_waits_for_);
  if (end.ended) { // its side may be closed, but then ours was not to fail
    end.ended = false;
    end.failed = std::make_error_code(std::errc::connection_reset);
  }
  return end;
}

void tls_channel::shut_write() noexcept {
  if (!up_ || broken_)
    return;
  ERR_clear_error();
  static_cast<void>(SSL_shutdown(ssl_.get()));
  ERR_clear_error();
}

} // namespace troupe::io
