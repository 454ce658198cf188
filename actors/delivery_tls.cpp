// DELIVERY: TLS with a next hop, as far as its rule wants it.

#include "actors/delivery.hpp"
#include "actors/metrics.hpp"
#include "net/core/ip_address.hpp"

namespace troupe::actors {

namespace {

io::tls_demand demand_of(const policy::tls_need& need) {
  io::tls_demand demand;
  switch (need.level) {
    case policy::tls_level::dane: demand.what = io::tls_demand::check::dane; break;
    case policy::tls_level::certificate: demand.what = io::tls_demand::check::name; break;
    case policy::tls_level::none:
    case policy::tls_level::may:
    case policy::tls_level::encrypted:
    case policy::tls_level::not_now: break;
  }
  if (!need.names.empty() && !parse_ip_address(need.names.front()))
    demand.server_name = need.names.front();
  if (demand.what != io::tls_demand::check::nothing || need.only_tests)
    demand.names = need.names;
  demand.records = need.records;
  return demand;
}

} // namespace

smtp::starttls_use delivery::starttls() const {
  if (plainly_)
    return smtp::starttls_use::never;
  if (targets_[target_].tls.requiretls)
    return smtp::starttls_use::requiretls;
  switch (targets_[target_].tls.level) {
    case policy::tls_level::none: return smtp::starttls_use::never;
    case policy::tls_level::may: return smtp::starttls_use::when_offered;
    case policy::tls_level::encrypted:
    case policy::tls_level::certificate:
    case policy::tls_level::dane:
    case policy::tls_level::not_now: break;
  }
  return smtp::starttls_use::required;
}

void delivery::act(const smtp::start_tls&) {
  if (!options_->tls)
    return session_->tls_failed("not spoken here");
  socket_.begin_tls(options_->tls, demand_of(targets_[target_].tls));
  shaking_ = true;
  shake_hands();
}

void delivery::shake_hands() {
  const auto goes_on = [this] { return bind([this](std::error_code why) { on_shaken(why); }); };
  switch (socket_.shake_hands()) {
    case io::handshake_step::wants_read: return socket_.wait_readable(goes_on());
    case io::handshake_step::wants_write: return socket_.wait_writable(goes_on());
    case io::handshake_step::failed:
      shaking_ = false;
      return session_->tls_failed(socket_.tls()->failure());
    case io::handshake_step::finished: return after_handshake();
  }
}

void delivery::after_handshake() {
  shaking_ = false;
  tls_ = socket_.tls()->summary();
  metrics().tls_handshakes_total("client", socket_.tls()->is_resumed() ? "resumed" : "succeeded").add();
  const auto& need = targets_[target_].tls;
  const auto found = need.only_tests ? socket_.tls()->verification() : status{};
  report_tls(!need.listed ? policy::tls_result::validation_failure
             : found      ? policy::tls_result::succeeded
                          : policy::result_of_failure(found.error().detail, need));
  session_->tls_started(steady_now());
}

/// RFC 8689 §4.2.1: a host without TLS, without a name that is proven or without REQUIRETLS is
/// out; one that only stumbled is not.
void delivery::weigh(const smtp::session_failed& x) {
  using enum smtp::session_failure;
  const auto& need = targets_[target_].tls;
  const bool for_now = x.remote_said && x.answer.code < 500;
  bool is_out = false;
  if (x.kind == requiretls_refused)
    is_out = true;
  else if (x.kind == tls_refused)
    is_out = !for_now;
  else if (x.kind == tls_failed)
    is_out = policy::result_of_failure(why_, need) != policy::tls_result::validation_failure;
  if (!need.requiretls || !is_out)
    hope_ = true;
  else
    why_code_ = x.kind == requiretls_refused ? "5.7.30" : "5.7.10";
}

bool delivery::is_unfit() const { return !hope_ && !why_code_.empty(); }

void delivery::report_tls(policy::tls_result result) {
  const auto& target = targets_[target_];
  const auto whom = options_->reporter ? options_->reporter->now() : tls_reporter_actor{};
  if (whom && !target.tls.domain.empty())
    send(whom, tls_tried{{target.tls.domain, target.tls.source, result, target.name, target.where.address}});
}

void delivery::on_shaken(std::error_code why) {
  if (why || !session_ || !shaking_)
    return; // closed, or out of time
  shake_hands();
  if (!shaking_)
    run();
}

} // namespace troupe::actors
