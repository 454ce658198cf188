#include "actors/gatekeeper.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t gatekeeper_mailbox_limit = attempts_max;

} // namespace

std::string_view to_string(login_verdict verdict) noexcept {
  switch (verdict) {
    case login_verdict::accepted: return "accepted";
    case login_verdict::refused: return "refused";
    case login_verdict::throttled: return "throttled";
    case login_verdict::unavailable: return "unavailable";
  }
  return "";
}

gatekeeper::gatekeeper(caf::actor_config& config, const house& home, login_rules_ptr rules,
                       role_ptr<auth_pool_actor> pool)
  : base_actor(config, home, {"gatekeeper", "/auth/gatekeeper", gatekeeper_mailbox_limit}),
    rules_(std::move(rules)), pool_(std::move(pool)), limits_(rules_->limits),
    breaker_(rules_->breaker), notes_(metrics(), log(), std::string(auth_breaker)) {}

gatekeeper_actor::behavior_type gatekeeper::make_behavior() {
  if (!rules_->dovecot.empty())
    notes_.show();
  return {
    [this](const check_login& x) { return on_check_login(x); },
    [this](const find_login_verifier& x) { return on_find_login_verifier(x); },
    [this](const end_login& x) { return on_end_login(x); },
    [this](const describe_gatekeeper&) { return view(); },
    [this](const act_on_auth_breaker& x) {
      note_breaker(act_on(breaker_, x.act, steady()));
      return view();
    },
    [this](const login_due& x) { on_login_due(x.number); },
    [this](const use_login_rules& x) { on_use_login_rules(x); },
  };
}

void gatekeeper::on_exit() {
  const auto gone = to_caf({errc::worker_lost, "the gatekeeper ends"});
  for (auto& [number, each] : attempts_)
    if (each.wants_verifier)
      each.verifier.deliver(gone);
    else
      each.checked.deliver(gone);
  attempts_.clear();
  notes_.close();
  base_actor::on_exit();
}

// ---- what SESSIONS ask

gatekeeper::checked_promise gatekeeper::on_check_login(const check_login& x) {
  attempt what;
  what.who = x.who;
  what.password = x.password;
  what.checked = make_response_promise<login_checked>();
  auto promise = what.checked;
  arrive(std::move(what));
  return promise;
}

gatekeeper::verifier_promise gatekeeper::on_find_login_verifier(const find_login_verifier& x) {
  attempt what;
  what.who = x.who;
  what.wants_verifier = true;
  what.verifier = make_response_promise<login_verifier>();
  auto promise = what.verifier;
  arrive(std::move(what));
  return promise;
}

gatekeeper::checked_promise gatekeeper::on_end_login(const end_login& x) {
  limits_.ended(x.who.address, x.who.user, x.how, steady());
  auto promise = make_response_promise<login_checked>();
  if (x.how == policy::login_end::good) {
    promise.deliver(login_checked{login_verdict::accepted});
    return promise;
  }
  const auto number = ++numbers_;
  auto& what = attempts_[number];
  what.checked = promise;
  what.at = stage::refusing;
  wake_later(number, steady() + rules_->limits.first);
  return promise;
}

void gatekeeper::on_use_login_rules(const use_login_rules& x) {
  // What was tried before stays tried, unless the limits themselves are others.
  if (x.rules->limits != rules_->limits)
    limits_ = policy::login_limits{x.rules->limits};
  if (x.rules->breaker != rules_->breaker || x.rules->dovecot != rules_->dovecot) {
    note_breaker(breaker_.reset(steady()));
    breaker_ = policy::breaker{x.rules->breaker};
  }
  rules_ = x.rules;
}

gatekeeper_view gatekeeper::view() {
  return {!rules_->dovecot.empty(), breaker_.view(steady()), attempts_.size()};
}

// ---- the way of an attempt

void gatekeeper::arrive(attempt what) {
  const auto number = ++numbers_;
  const auto now = steady();
  const bool has_room = attempts_.size() < attempts_max;
  auto& kept = attempts_.emplace(number, std::move(what)).first->second;
  const auto turn = has_room ? limits_.arrive(kept.who.address, kept.who.user, now) : policy::login_turn{};
  if (!turn.granted) {
    kept.verdict = login_verdict::throttled;
    return answer(number);
  }
  if (turn.at > now)
    return wake_later(number, turn.at);
  begin(number);
}

void gatekeeper::wake_later(std::uint64_t number, steady_time at) {
  const auto wait = std::max(std::chrono::ceil<milliseconds>(at - steady()), milliseconds{0});
  delayed_send(this, wait, login_due{number});
}

void gatekeeper::on_login_due(std::uint64_t number) {
  const auto known = attempts_.find(number);
  if (known == attempts_.end())
    return;
  if (known->second.at == stage::refusing)
    answer(number);
  else
    begin(number);
}

void gatekeeper::begin(std::uint64_t number) {
  auto& what = attempts_.at(number);
  const auto& users = *rules_->users;
  what.at = stage::checking;
  what.began = steady();
  if (what.wants_verifier) {
    // A reload may have taken the last verifier away since it was offered.
    if (!users.has_verifiers())
      return settle(number, login_verdict::unavailable, policy::login_end::unknown);
    what.verifier.deliver(login_verifier{login_verdict::accepted, users.find_verifier(what.who.user, rules_->key)});
    attempts_.erase(number);
    return;
  }
  const auto known = users.find(what.who.user, rules_->key);
  check_secret job{rules_->users, known.kept, known.is_real, what.who.user, what.password,
                   to_string(what.who.address), {}};
  if (!known.is_real && !rules_->dovecot.empty()) {
    const auto permit = breaker_.permit(steady());
    note_breaker(permit.change);
    if (!permit.granted)
      return settle(number, login_verdict::unavailable, policy::login_end::unknown);
    what.asks_dovecot = true;
    job.kept = nullptr;
    job.dovecot = rules_->dovecot;
  } else if (known.kept == nullptr) {
    return settle(number, login_verdict::refused, policy::login_end::bad);
  }
  check(number, job);
}

void gatekeeper::check(std::uint64_t number, const check_secret& job) {
  // The pool keeps its own deadlines, and answers for its dead.
  request(pool_->now(), caf::infinite, submit<check_secret>{.job = job, .wait = rules_->pool_wait})
    .then([this, number](const secret_checked& x) { on_checked(number, x.what); },
          [this, number](const caf::error& why) { on_not_checked(number, from_caf(why)); });
}

void gatekeeper::on_checked(std::uint64_t number, secret_verdict what) {
  if (attempts_.at(number).asks_dovecot)
    note_breaker(breaker_.success(steady()));
  if (what == secret_verdict::right)
    settle(number, login_verdict::accepted, policy::login_end::good);
  else
    settle(number, login_verdict::refused, policy::login_end::bad);
}

void gatekeeper::on_not_checked(std::uint64_t number, const error& why) {
  if (attempts_.at(number).asks_dovecot) {
    // A full pool says nothing about Dovecot.
    if (why.code == errc::peer_unreachable || why.code == errc::timed_out)
      note_breaker(breaker_.failure(steady(), why.detail));
    else
      breaker_.cancelled(steady());
  }
  note("a password was not checked: " + why.detail);
  settle(number, login_verdict::unavailable, policy::login_end::unknown);
}

void gatekeeper::settle(std::uint64_t number, login_verdict verdict, policy::login_end how) {
  auto& what = attempts_.at(number);
  const auto now = steady();
  limits_.ended(what.who.address, what.who.user, how, now);
  what.verdict = verdict;
  what.password = {};
  // So that nobody can tell by the clock how a refusal came about.
  const auto due = what.began + rules_->limits.first;
  if (verdict != login_verdict::refused || due <= now)
    return answer(number);
  what.at = stage::refusing;
  wake_later(number, due);
}

void gatekeeper::answer(std::uint64_t number) {
  const auto known = attempts_.find(number);
  auto& what = known->second;
  if (what.wants_verifier)
    what.verifier.deliver(login_verifier{what.verdict, {}});
  else
    what.checked.deliver(login_checked{what.verdict});
  attempts_.erase(known);
}

void gatekeeper::note_breaker(const std::optional<policy::breaker_change>& change) {
  if (change)
    notes_.changed(*change);
}

} // namespace troupe::actors
