#include "actors/delivery.hpp"

#include "actors/metrics.hpp"

#include <algorithm>
#include <cerrno>

namespace troupe::actors {

namespace {

/// We are short of something; the host was not even asked.
bool is_ours(const std::error_code& why) {
  // Asio's own category knows no std::errc for all of these.
  return why.category() == asio::error::get_system_category()
         && (why.value() == EMFILE || why.value() == ENFILE || why.value() == ENOBUFS
             || why.value() == ENOMEM);
}

} // namespace

delivery::delivery(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                   std::shared_ptr<const delivery_options> options,
                   std::vector<dial_target> targets, foreman_actor route, role_ptr<spool_actor> spool)
  : pinned_actor(config, home, {"delivery", std::move(path), 16}, unit),
    options_(std::move(options)), targets_(std::move(targets)), route_(std::move(route)),
    spool_(std::move(spool)), socket_(unit.loop()), timer_(unit.loop()),
    idle_max_(options_->idle_max) {}

delivery::~delivery() = default;

worker_actor::behavior_type delivery::make_behavior() {
  // Whoever asked for it may have died meanwhile.
  dial_deadline_ = steady_now() + idle_max_;
  arm_timer();
  return {
    [this](const deliver& x) { on_deliver(x); },
    [this](const leave&) { on_leave(); },
    [this](const make_room& x) { on_make_room(x); },
  };
}

void delivery::on_exit() {
  timer_.cancel();
  if (socket_.tls() != nullptr)
    socket_.shut_write(); // with close_notify, so that the peer does not take it for a cut
  socket_.close();
  route_ = nullptr;
  spool_ = nullptr;
  pinned_actor::on_exit();
}

void delivery::on_deliver(const deliver& x) {
  tasks_.push_back({x.what, ++tokens_, steady_now(), nullptr, 0, false});
  card().in_hand = tasks_.size();
  if (!std::exchange(begun_, true))
    return dial();
  begin_waiting();
  if (session_)
    run();
}

void delivery::on_leave() {
  leaving_ = true;
  if (!session_)
    return give_up(host_news::fine, "not needed any more");
  quit_when_through();
  run();
}

// Unlike who is told to leave it still dials, and asks every host: what it has in hand is
// worth an attempt.
void delivery::on_make_room(const make_room& x) {
  idle_max_ = std::min(idle_max_, contended_idle_max);
  yields_ = yields_ || x.how == room_wanted::soon;
  if (!begun_ && yields_)
    return give_up(host_news::fine, "its place is needed");
  if (!session_)
    return;
  if (yields_)
    quit_when_through();
  run();
}

// What is not begun yet says so itself when it begins.
void delivery::quit_when_through() {
  if (std::all_of(tasks_.begin(), tasks_.end(), [](const task& each) { return each.begun; }))
    session_->quit(steady_now());
}

// ---- connecting

void delivery::dial() {
  // The ROUTE puts them last, and names them so that they count.
  for (; target_ < targets_.size() && targets_[target_].tls.level == policy::tls_level::not_now; ++target_)
    hope_ = hope_ || !targets_[target_].tls.for_good;
  if (target_ == targets_.size())
    return give_up(is_unfit() ? host_news::unfit : host_news::unreachable, why_);
  dial_deadline_ = steady_now() + options_->connect_timeout;
  arm_timer();
  socket_.connect(targets_[target_].where, source_for(targets_[target_].where),
                  bind([this](std::error_code why) { on_connected(why); }));
}

void delivery::dial_next() {
  socket_.close();
  dialled_.deaf.push_back(io::to_string(targets_[target_].where));
  ++target_;
  plainly_ = false;
  dial();
}

void delivery::on_connected(std::error_code why) {
  if (session_)
    return;
  if (why) {
    why_code_.clear();
    hope_ = true;
    why_ = remote_name() + ": "
           + (why == asio::error::operation_aborted ? "timed out" : why.message());
    if (is_ours(why))
      return give_up(host_news::starved, why_);
    return dial_next();
  }
  session_ = std::make_unique<smtp::client_session>(options_->session, remote_name(), steady_now(),
                                                    starttls());
  login_.reset();
  if (options_->login)
    session_->log_in();
  begin_waiting();
  run();
}

const std::string& delivery::source_for(const io::endpoint& to) const {
  static const std::string any;
  const auto is_v6 = [](const std::string& address) { return address.find(':') != address.npos; };
  for (const auto& each : options_->sources)
    if (is_v6(each) == is_v6(to.address))
      return each;
  return any;
}

std::string delivery::remote_name() const {
  const auto& target = targets_[std::min(target_, targets_.size() - 1)];
  if (target.name.empty() || target.name == target.where.address)
    return io::to_string(target.where);
  return target.name + " [" + target.where.address + "]:" + std::to_string(target.where.port);
}

// ---- time

void delivery::arm_timer() {
  auto at = dial_deadline_;
  if (session_) {
    at = session_->deadline();
    if (idle_since_ != steady_time{})
      at = std::min(at, idle_since_ + idle_max_);
  }
  // A timer that fires early is armed anew: cheaper than moving it at each message.
  if (timer_at_ != steady_time{} && timer_at_ <= at)
    return;
  if (at == steady_time::max())
    return;
  timer_at_ = at;
  timer_.expire_at(at, bind([this] { on_time(); }));
}

void delivery::on_time() {
  const auto now = steady_now();
  timer_at_ = {};
  if (!session_) {
    if (now >= dial_deadline_ && !begun_)
      give_up(host_news::fine, "nobody has mail for it");
    else if (now >= dial_deadline_)
      socket_.close(); // ends the connect, which dials the next
    else
      arm_timer();
    return;
  }
  if (idle_since_ != steady_time{} && now >= idle_since_ + idle_max_ && !leaving_) {
    leaving_ = true;
    session_->quit(now);
  }
  session_->tick(now);
  run();
}

// ---- the end

/// On this session. A peer that counts domains of recipients over a whole session gets one
/// message on each (RFC 9422 §4.3); what one has too many of, the machine puts off.
unsigned delivery::messages_max() const noexcept {
  const auto mine = options_->messages_max;
  if (!session_)
    return mine;
  const auto& offers = session_->offers();
  const auto theirs = offers.rcpt_domain_max > 0 ? 1U : offers.mail_max;
  return theirs == 0 ? mine : std::min<unsigned>(mine, theirs);
}

delivery::task* delivery::find(std::uint64_t token) {
  for (auto& each : tasks_)
    if (each.token == token)
      return &each;
  return nullptr;
}

void delivery::answer(const task& what, attempt_end end, std::vector<policy::attempt_result> results) {
  const auto took = std::chrono::duration_cast<milliseconds>(steady_now() - what.since);
  attempt_ended ended{{what.what, end, std::move(results), {}, took}, news_, takes_more()};
  const auto token = what.token;
  tasks_.erase(std::find_if(tasks_.begin(), tasks_.end(), [token](const task& each) {
    return each.token == token;
  }));
  card().in_hand = tasks_.size();
  send<caf::message_priority::high>(route_, std::move(ended));
}

outcome delivery::not_connected(const std::string& why) const {
  outcome same;
  if (news_ == host_news::unfit) {
    same.kind = outcome_kind::failed;
    same.answer = {550, why_code_, {"No session that is safe enough for REQUIRETLS: " + why}};
    same.remote = remote_name();
    return same;
  }
  // Whatever the last host lacks, another may come back that does not.
  same.answer = why_code_.empty() ? reply{451, "4.4.1", {"Could not connect: " + why}}
                                  : reply{451, '4' + why_code_.substr(1), {"No safe session: " + why}};
  same.remote = remote_name();
  return same;
}

// Everything in hand is answered, then the actor ends.
void delivery::give_up(host_news news, const std::string& why) {
  news_ = news;
  leaving_ = true;
  const auto same = not_connected(why);
  while (!tasks_.empty()) {
    // Whoever could not be reached has had an attempt; what was not begun otherwise has not.
    if (news == host_news::unreachable || news == host_news::unfit)
      answer(tasks_.front(), attempt_end::made, results_for_all(*tasks_.front().what, same));
    else
      answer(tasks_.front(), attempt_end::not_made, {});
  }
  send<caf::message_priority::high>(route_, session_ended{news, why_, std::move(dialled_)});
  quit();
}

} // namespace troupe::actors
