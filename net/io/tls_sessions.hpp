// Sessions that servers let a client resume, so that the next connection costs neither side
// a certificate. What was asked of the server belongs to the key: a session that began
// without a look at its certificate is none for a letter that wants one, and a session is
// forgotten after an hour, so that a certificate is looked at again.
//
// Bound  sessions_max in all, one of each key; the oldest goes. Each has the chain that the
//        server showed, a few KiB.

#pragma once

#include "net/core/time.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

struct ssl_session_st;

namespace troupe::io {

inline constexpr std::size_t sessions_max = 512;
inline constexpr std::chrono::seconds session_lasts{60 * 60};

/// Any thread may call anything.
class tls_sessions {
public:
  struct free_session {
    void operator()(ssl_session_st* session) const noexcept;
  };
  using handle = std::unique_ptr<ssl_session_st, free_session>;

  /// Instead of an older one; null: of none. @param key of the server and of all that was asked of it
  void keep(const std::string& key, handle session, steady_time now);

  /// A copy of the one with that key, or null. It stays, with TLS 1.3 too: Postfix gives no new ticket
  /// for a young one, and that two connections are of one client (RFC 8446 §C.4) is no secret
  /// of a mail server.
  [[nodiscard]] handle take(const std::string& key, steady_time now);

  [[nodiscard]] std::size_t size() const;

private:
  struct one {
    std::string key;
    handle session;
    steady_time since;
  };

  mutable std::mutex guard_;
  std::list<one> all_; ///< The oldest first.
};

} // namespace troupe::io
