// DELIVERY: logging in to a smart host, where its route has a name and a password.

#include "actors/delivery.hpp"
#include "actors/fresh_nonce.hpp"
#include "net/core/ip_address.hpp"

#include <utility>

namespace troupe::actors {

// Nobody else may read along: within TLS, or on this host.
bool delivery::is_private() const {
  if (session_->uses_tls())
    return true;
  const auto& address = targets_[target_].where.address;
  const auto parsed = parse_ip_address(address);
  return address.starts_with("unix:") || (parsed && parsed->is_loopback());
}

void delivery::act(const smtp::want_login& x) {
  if (!is_private())
    return session_->login_failed("a password does not travel without TLS");
  const auto which = sasl::choose_mechanism(x.mechanisms, *options_->login);
  if (!which)
    return session_->login_failed("the host knows no mechanism that we do");
  login_ = std::make_unique<sasl::client_exchange>(*which, *options_->login, fresh_nonce());
  const auto initial = login_->initial();
  session_->login(sasl::to_string(*which), initial);
}

void delivery::act(const smtp::login_challenge& x) {
  const auto answer = login_->answer(x.bytes);
  if (answer)
    session_->answer_challenge(*answer);
  else
    session_->login_failed(answer.error().detail);
}

/// SCRAM proves both sides; a host that skips its proof may be anybody.
bool delivery::has_proven_itself() {
  const bool proven = !login_ || login_->may_succeed();
  login_.reset();
  return proven;
}

} // namespace troupe::actors
