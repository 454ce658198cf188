#include "net/io/tls_sessions.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace troupe::io {

void tls_sessions::free_session::operator()(ssl_session_st* session) const noexcept {
  SSL_SESSION_free(session);
}

void tls_sessions::keep(const std::string& key, handle session, steady_time now) {
  const std::lock_guard lock(guard_);
  all_.remove_if([&](const one& x) { return x.key == key; });
  if (!session)
    return;
  all_.push_back({key, std::move(session), now});
  if (all_.size() > sessions_max)
    all_.pop_front();
}

tls_sessions::handle tls_sessions::take(const std::string& key, steady_time now) {
  const std::lock_guard lock(guard_);
  while (!all_.empty() && now - all_.front().since >= session_lasts)
    all_.pop_front();
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const one& x) { return x.key == key; });
  if (found == all_.end())
    return nullptr;
  // OpenSSL spoils one of TLS 1.3 once it is resumed.
  return handle{SSL_SESSION_dup(found->session.get())};
}

std::size_t tls_sessions::size() const {
  const std::lock_guard lock(guard_);
  return all_.size();
}

} // namespace troupe::io
