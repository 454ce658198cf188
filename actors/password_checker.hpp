// PASSWORD_CHECKER: finds out whether a password is right, however long that takes.
//
//   Place      GATEKEEPER -> the pool "auth" -> [PASSWORD_CHECKER] -> Dovecot, perhaps
//   Spawned    by the pool, detached: crypt(3) computes, and Dovecot lets one wait. Its
//              thread is nice, so that guesses take no core from mail.
//   Dies       when the pool lets it go, or of a crash; who waits hears worker_lost.
//   Restarted  by the pool.
//   Bound      one password at a time, as many in its mailbox as the pool gives it.
//              Dovecot has `wait` for its answer; a hash costs what check_crypt_hash lets.
//   States     serving.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/pool.hpp"
#include "net/io/local_stream.hpp"
#include "net/sasl/dovecot_client.hpp"
#include "net/sasl/users_file.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>

namespace troupe::actors {

/// Is it right? Asked of `kept`, or where that is null, of Dovecot.
struct check_secret {
  std::shared_ptr<const sasl::users_table> users; ///< Where `kept` lives.
  const sasl::stored_secret* kept = nullptr;
  bool is_real = false; ///< False: `kept` is somebody else's, and no password is right.
  std::string user;
  sasl::secret password;
  std::string client_ip;
  std::string dovecot; ///< Path of its socket.
};

enum class secret_verdict : std::uint8_t { right, wrong };

struct secret_checked {
  secret_verdict what = secret_verdict::wrong;
};

// Fails with peer_unreachable or timed_out: Dovecot can't tell now.
using password_checker_actor
  = caf::typed_actor<caf::replies_to<check_secret>::with<secret_checked>>;

using auth_pool_actor = pool_actor<check_secret, secret_checked>;

class password_checker final : public base_actor<password_checker_actor> {
public:
  /// @param wait for one answer of Dovecot
  /// @param mailbox as many jobs as the pool gives it at once
  password_checker(caf::actor_config& config, const house& home, std::string path, milliseconds wait,
                   std::size_t mailbox);

  const char* name() const override { return "password_checker"; }

protected:
  password_checker_actor::behavior_type make_behavior() override;

private:
  caf::result<secret_checked> on_check_secret(const check_secret& x);
  result<sasl::dovecot_verdict> ask_dovecot(const check_secret& x);
  status open_dovecot(const std::string& path, steady_time deadline);
  status read_dovecot(steady_time deadline);

  const milliseconds wait_;
  io::local_stream stream_;
  std::string stream_path_;
  std::unique_ptr<sasl::dovecot_client> dovecot_; ///< While the stream is open.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::check_secret)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::secret_checked)
