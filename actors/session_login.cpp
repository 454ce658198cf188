// SESSION: logins, from AUTH to the verdict of the GATEKEEPER.

#include "actors/session_login.hpp"

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/fresh_nonce.hpp"
#include "actors/metrics.hpp"
#include "net/core/expect.hpp"

#include <caf/send.hpp>

#include <utility>

namespace troupe::actors {

namespace {

smtp::refused reply_for(login_verdict verdict) {
  switch (verdict) {
    case login_verdict::accepted:
    case login_verdict::refused: break;
    case login_verdict::throttled: return {{454, "4.7.0", {"Too many logins failed, try again later"}}};
    case login_verdict::unavailable: return {{454, "4.7.0", {"Logins can't be checked now, try again later"}}};
  }
  return {{535, "5.7.8", {"Wrong name or password"}}};
}

} // namespace

// Whoever could listen would have the password.
void session::offer_logins() {
  const auto* logins = rules_->logins.get();
  if (logins == nullptr)
    return;
  const auto* tls = socket_->tls();
  if (tls != nullptr && tls->is_up())
    machine_.offer_logins(channel_bindings().empty() ? &logins->mechanisms : &logins->mechanisms_bound);
  else if (logins->in_clear_on_loopback && address_.is_loopback())
    machine_.offer_logins(&logins->mechanisms);
  else
    machine_.offer_logins(nullptr);
}

sasl::channel_bindings session::channel_bindings() const {
  const auto* tls = socket_->tls();
  if (tls == nullptr || !tls->is_up())
    return {};
  return {tls->binding_exporter(), tls->binding_server_end_point()};
}

void session::act(const smtp::ask_login& x) {
  if (x.mechanism.empty())
    return take_login_step(login_->exchange.receive(*x.response));
  const auto which = sasl::parse_mechanism(x.mechanism);
  TROUPE_EXPECT(which.has_value()); // what we offered
  login_ = std::make_unique<login>(login{{*which, channel_bindings(), fresh_nonce()}});
  take_login_step(login_->exchange.begin(x.response));
}

void session::act(const smtp::login_cancelled&) {
  report_abandoned_login();
  end_login_with("cancelled", {});
}

void session::take_login_step(const sasl::login_step& step) {
  std::visit([this](const auto& each) { act_on(each); }, step);
}

void session::act_on(const sasl::say_challenge& x) { decide(smtp::challenge{x.bytes}); }

void session::act_on(const sasl::check_password& x) {
  ask_gatekeeper<login_checked>(check_login{{address_, x.user}, x.password},
                                [this](const login_checked& said) { on_login_checked(said.verdict); });
}

void session::act_on(const sasl::find_verifier& x) {
  ask_gatekeeper<login_verifier>(find_login_verifier{{address_, x.user}}, [this](const login_verifier& said) {
    if (said.verdict != login_verdict::accepted)
      return on_login_checked(said.verdict);
    login_->owes_end = true;
    take_login_step(login_->exchange.use_verifier(said.known.verifier, said.known.is_real));
  });
}

void session::act_on(const sasl::logged_in&) { end_scram(policy::login_end::good); }

void session::act_on(const sasl::login_failed& x) {
  // Before a verifier was asked for, nothing was guessed.
  if (login_->owes_end)
    return end_scram(x.why == sasl::login_flaw::wrong_proof ? policy::login_end::bad
                                                            : policy::login_end::unknown);
  if (x.why == sasl::login_flaw::malformed)
    return end_login_with("malformed", smtp::refused{{501, "5.5.2", {"This mechanism reads otherwise"}}});
  end_login_with("refused", reply_for(login_verdict::refused));
}

void session::end_scram(policy::login_end how) {
  login_->owes_end = false;
  ask_gatekeeper<login_checked>(end_login{{address_, login_->exchange.user()}, how},
                                [this](const login_checked& said) { on_login_checked(said.verdict); });
}

/// The deadline is our own, as for the STORE. `act` runs while the login still waits for it.
template <class Answer, class Question, class Act>
void session::ask_gatekeeper(Question question, Act act) {
  if (++last_ticket_ == 0)
    ++last_ticket_;
  const auto asked = last_ticket_;
  login_->waits_for = asked;
  login_->asked_at = now();
  const auto is_awaited = [this, asked] {
    const bool awaited = login_ && login_->waits_for == asked;
    if (awaited)
      login_->waits_for = 0;
    return awaited;
  };
  request(door_.house->gatekeeper->now(), caf::infinite, std::move(question))
    .then(
      [this, is_awaited, act](const Answer& said) {
        if (!is_awaited())
          return;
        act(said);
        run();
      },
      [this, is_awaited](const caf::error&) {
        if (!is_awaited())
          return;
        on_login_checked(login_verdict::unavailable);
        run();
      });
}

void session::on_login_checked(login_verdict verdict) {
  if (verdict != login_verdict::accepted)
    return end_login_with(to_string(verdict), reply_for(verdict));
  user_ = login_->exchange.user();
  login_mechanism_ = sasl::to_string(login_->exchange.which());
  end_login_with("accepted", smtp::accepted{});
}

/// Nothing to decide where the machine has ended the login itself.
void session::end_login_with(std::string_view outcome, const smtp::verdict& answer) {
  const bool good = outcome == "accepted";
  metrics().auth_attempts_total(outcome).add();
  log().at(good ? log_level::info : log_level::warn, good ? "login_accepted" : "login_failed",
           {{"session", path()},
            {"client_ip", peer_.address},
            {"user", login_->exchange.user()},
            {"mechanism", sasl::to_string(login_->exchange.which())},
            {"reason", outcome}});
  login_.reset();
  if (machine_.awaits_verdict())
    decide(answer);
}

/// The GATEKEEPER holds an attempt open until it hears of its end.
void session::report_abandoned_login() {
  if (login_ && std::exchange(login_->owes_end, false))
    caf::anon_send(door_.house->gatekeeper->now(), end_login{{address_, login_->exchange.user()}, policy::login_end::unknown});
}

} // namespace troupe::actors
