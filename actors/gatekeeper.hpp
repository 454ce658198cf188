// GATEKEEPER: says whether a client is who it says. It makes guesses slow, and names that
// exist look like those that don't.
//
//   Place      SESSION -> [GATEKEEPER] -> the pool "auth"
//   Spawned    by the node at start.
//   Dies       on shutdown, or of a crash; what is asked is answered with worker_lost.
//   Restarted  by its SUPERVISOR; failures so far are forgotten.
//   Bound      attempts_max under way, waiting or being checked, above it `throttled`; the
//              memory of policy::login_limits.
//   States     serving. An attempt waits for its turn (login_limits, at most queue_max),
//              then for the pool; a refusal leaves no sooner than `refusal_wait` after that.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/breaker_notes.hpp"
#include "actors/password_checker.hpp"
#include "actors/policy/login_limits.hpp"
#include "actors/role.hpp"
#include "net/core/ip_address.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <string>
#include <unordered_map>

namespace troupe::actors {

/// Who wants in, from where.
struct visitor {
  ip_address address;
  std::string user;
};

/// Is it the user's password?
struct check_login {
  visitor who;
  sasl::secret password;
};

/// What does the user's proof have to match? Ends with one end_login.
struct find_login_verifier {
  visitor who;
};

/// A login by SCRAM has come to its end.
struct end_login {
  visitor who;
  policy::login_end how = policy::login_end::unknown;
};

enum class login_verdict : std::uint8_t {
  accepted,
  refused,
  throttled,   ///< Too many have failed: nobody looked.
  unavailable, ///< Nobody can tell now.
};
inline constexpr std::size_t login_verdicts = 4;
[[nodiscard]] std::string_view to_string(login_verdict verdict) noexcept;

struct login_checked {
  login_verdict verdict = login_verdict::unavailable;
};

struct login_verifier {
  login_verdict verdict = login_verdict::unavailable; ///< accepted: the rest is there.
  sasl::known_verifier known;
};

/// Where users stand, and how patient we are. Immutable, replaced whole by a reload.
struct login_rules {
  std::shared_ptr<const sasl::users_table> users; ///< Never null.
  std::string dovecot; ///< Path of its socket, for names that `users` does not have; or empty.
  std::string key;     ///< Of this node, secret: what unknown names look like depends on it.
  policy::login_limit_options limits;
  policy::breaker_options breaker; ///< Of Dovecot.
  milliseconds pool_wait = seconds{30}; ///< For a free PASSWORD_CHECKER.
};
using login_rules_ptr = std::shared_ptr<const login_rules>;

struct use_login_rules {
  login_rules_ptr rules;
};

/// What an operator sees of it.
struct describe_gatekeeper {};
struct gatekeeper_view {
  bool uses_dovecot = false;
  policy::breaker_view dovecot;
  std::size_t attempts = 0; ///< Waiting, or being checked.
};

/// An operator's act on Dovecot's breaker.
struct act_on_auth_breaker {
  breaker_act act = breaker_act::reset;
};

/// An attempt's wait has passed.
struct login_due {
  std::uint64_t number;
};

/// The name of Dovecot's breaker.
inline constexpr std::string_view auth_breaker = "auth";
inline constexpr std::size_t attempts_max = 10'000;

using gatekeeper_actor = caf::typed_actor<
  // Fails with mailbox_full or worker_lost.
  caf::replies_to<check_login>::with<login_checked>,
  caf::replies_to<find_login_verifier>::with<login_verifier>,
  // Answers `accepted` at once to a good end, `refused` after refusal_wait to any other.
  caf::replies_to<end_login>::with<login_checked>,
  caf::replies_to<describe_gatekeeper>::with<gatekeeper_view>,
  caf::replies_to<act_on_auth_breaker>::with<gatekeeper_view>,
  caf::reacts_to<login_due>, caf::reacts_to<use_login_rules>>;

class gatekeeper final : public base_actor<gatekeeper_actor> {
public:
  gatekeeper(caf::actor_config& config, const house& home, login_rules_ptr rules,
             role_ptr<auth_pool_actor> pool);

  const char* name() const override { return "gatekeeper"; }
  void on_exit() override;

protected:
  gatekeeper_actor::behavior_type make_behavior() override;

private:
  using checked_promise = caf::typed_response_promise<login_checked>;
  using verifier_promise = caf::typed_response_promise<login_verifier>;

  enum class stage : std::uint8_t { waiting, checking, refusing };
  struct attempt {
    visitor who;
    sasl::secret password;
    checked_promise checked;   ///< One of the two is pending.
    verifier_promise verifier;
    bool wants_verifier = false;
    bool asks_dovecot = false;
    stage at = stage::waiting;
    steady_time began{};       ///< Its turn.
    login_verdict verdict = login_verdict::refused;
  };

  checked_promise on_check_login(const check_login& x);
  verifier_promise on_find_login_verifier(const find_login_verifier& x);
  checked_promise on_end_login(const end_login& x);
  void on_login_due(std::uint64_t number);
  void on_use_login_rules(const use_login_rules& x);

  gatekeeper_view view();

  void arrive(attempt what);
  void begin(std::uint64_t number);
  void check(std::uint64_t number, const check_secret& job);
  void on_checked(std::uint64_t number, secret_verdict what);
  void on_not_checked(std::uint64_t number, const error& why);
  void settle(std::uint64_t number, login_verdict verdict, policy::login_end how);
  void answer(std::uint64_t number);
  void note_breaker(const std::optional<policy::breaker_change>& change);
  void wake_later(std::uint64_t number, steady_time at);

  login_rules_ptr rules_;
  const role_ptr<auth_pool_actor> pool_;
  policy::login_limits limits_;
  policy::breaker breaker_;
  breaker_notes notes_;
  std::unordered_map<std::uint64_t, attempt> attempts_;
  std::uint64_t numbers_ = 0;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::check_login)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_login_verifier)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::end_login)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::login_checked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::login_verifier)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_gatekeeper)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::gatekeeper_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::act_on_auth_breaker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::login_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_login_rules)
