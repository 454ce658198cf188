#include "actors/filter.hpp"

#include "actors/event_log.hpp"
#include "actors/filter_line.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t filter_mailbox_limit = 4;

} // namespace

reply filter_failed_reply(filter_failure how) {
  if (how == filter_failure::reject)
    return {550, "5.7.1", {"Service unavailable"}};
  return {451, "4.7.1", {"Service unavailable - try again later"}};
}

filter_failure hardest(const filter_list& all) noexcept {
  const auto has = [&](filter_failure what) {
    return std::ranges::any_of(all, [what](const auto& each) { return each.on_failure == what; });
  };
  // A 4xx costs a retry, a 5xx a letter.
  return has(filter_failure::tempfail) ? filter_failure::tempfail
         : has(filter_failure::reject) ? filter_failure::reject
                                       : filter_failure::accept;
}

filter::filter(caf::actor_config& config, const house& home, std::string path, const filter_post& post,
               role_ptr<filter_desk_actor> desk)
  : pinned_actor(config, home, {"filter", std::move(path), filter_mailbox_limit}, *post.unit), post_(post),
    desk_(std::move(desk)), timer_(unit().loop()) {
  for (const auto& each : *post_.filters)
    lines_.push_back(std::make_unique<line>(each, unit().loop()));
}

filter::~filter() = default;

filter_actor::behavior_type filter::make_behavior() {
  // Whoever asked for it may have died meanwhile.
  idle_since_ = now();
  arm_timer();
  return {
    [this](const ask_filter& x) { return on_ask_filter(x); },
    [this](const make_room& x) { on_make_room(x); },
    [this](const leave_filter&) { leave(); },
  };
}

void filter::on_exit() {
  timer_.cancel();
  for (auto& each : lines_)
    hang_up(*each);
  if (std::exchange(asked_, false))
    asker_.deliver(to_caf({errc::worker_lost, "the filter's conversation ends"}));
  letter_.reset();
  lines_.clear(); // its session may hold a dead one for long
  pinned_actor::on_exit();
}

filter::answer_promise filter::on_ask_filter(const ask_filter& x) {
  auto promise = make_response_promise<filter_answered>();
  TROUPE_EXPECT(!asked_);
  question_ = x;
  asker_ = promise;
  asked_ = true;
  card().in_hand = 1;
  step_ = line_ = 0;
  posed_ = posed::nothing;
  if (std::ranges::any_of(x.steps, [](const auto& each) { return each.what == filter_stage::mail; }))
    for (auto& each : lines_)
      each->role = line::part::asked;
  run();
  return promise;
}

void filter::on_make_room(const make_room& x) {
  room_wanted_ = x.how;
  if (makes_room())
    leave();
}

// What it has heard of a message, another one would have to be told again.
bool filter::makes_room() const noexcept {
  return room_wanted_ && !asked_ && (between_ || (*room_wanted_ == room_wanted::soon && client_number_ > 0));
}

void filter::leave() {
  for (auto& each : lines_)
    if (each->talk && each->unsent.empty()) {
      each->talk->quit(now());
      if (const auto last = each->talk->next(); last && std::holds_alternative<milter::write_bytes>(*last))
        (void)each->socket.write_some(std::get<milter::write_bytes>(*last).bytes);
    }
  quit(caf::exit_reason::user_shutdown);
}

// ---- from one step and one filter to the next

void filter::run() {
  while (asked_) {
    auto* x = current();
    if (x == nullptr || !x->unsent.empty())
      break;
    const auto todo = x->talk->next();
    if (!todo)
      break;
    std::visit([this, x](const auto& each) { act(*x, each); }, *todo);
  }
  for (auto& each : lines_)
    if (each->talk && !each->reading && each->talk->room() > 0)
      read(*each);
  arm_timer();
}

/// The filter whose turn it is, connected; or nothing while something is waited for.
filter::line* filter::current() {
  while (asked_) {
    if (step_ == question_.steps.size()) {
      finish({}, {}, false);
      break;
    }
    const auto& step = question_.steps[step_];
    if (step.what == filter_stage::client || step.what == filter_stage::helo) {
      // A filter hears these when it hears MAIL.
      (step.what == filter_stage::client ? client_ : helo_) = step;
      ++(step.what == filter_stage::client ? client_number_ : helo_number_);
      ++step_;
      continue;
    }
    if (line_ == lines_.size()) {
      line_ = 0;
      ++step_;
      continue;
    }
    auto& x = *lines_[line_];
    if (x.role == line::part::passed_over) {
      ++line_;
      continue;
    }
    if (x.role == line::part::refusing) {
      finish({milter::verdict_kind::refuse, filter_failed_reply(x.terms.on_failure)}, x.terms.name, true);
      break;
    }
    if (step.what == filter_stage::message && !header_is_here())
      break;
    if (!x.talk) {
      if (!x.dialling)
        dial(x);
      break;
    }
    if (posed_ == posed::nothing && x.talk->awaits_command())
      pose(x, step);
    return &x;
  }
  return nullptr;
}

void filter::pose(line& x, const filter_step& step) {
  const auto at = now();
  if (x.client_told != client_number_) {
    posed_ = posed::client;
    return x.talk->connect(client_.client, client_.macros, at);
  }
  if (x.helo_told != helo_number_) {
    posed_ = posed::helo;
    return x.talk->helo(helo_.arguments.front(), helo_.macros, at);
  }
  posed_ = posed::step;
  switch (step.what) {
    case filter_stage::client:
    case filter_stage::helo: break;
    case filter_stage::mail: return x.talk->mail(step.arguments, step.macros, at);
    case filter_stage::rcpt: return x.talk->rcpt(step.arguments, step.macros, at);
    case filter_stage::data: return x.talk->data(step.macros, at);
    case filter_stage::message:
      letter_->offset = 0;
      letter_->draft = letter_->header;
      letter_->draft_changed = false;
      letter_->draft_text.reset();
      letter_->draft_envelope.clear();
      letter_->draft_hold.reset();
      return x.talk->message(letter_->header, step.macros, at);
  }
}

void filter::act(line& x, const milter::write_bytes& todo) {
  x.unsent = todo.bytes;
  flush(x);
}

void filter::act(line&, const milter::greeted&) {}

void filter::act(line& x, const milter::answered& todo) {
  const auto what = std::exchange(posed_, posed::nothing);
  if (what == posed::client)
    x.client_told = client_number_;
  else if (what == posed::helo)
    x.helo_told = helo_number_;
  const bool whole = what == posed::step && question_.steps[step_].what == filter_stage::message;
  if (whole || todo.said.kind != milter::verdict_kind::proceed)
    tell_desk(x, filter_behaviour::well);
  if (whole)
    x.was_used = true;
  if (todo.said.kind != milter::verdict_kind::proceed)
    return finish(todo.said, x.terms.name, false);
  if (what != posed::step)
    return;
  if (whole)
    adopt_draft();
  ++line_;
}

void filter::act(line& x, const milter::changed& todo) {
  if (const auto noted = note_change(todo.what, x.talk->space()); !noted)
    give_up(x, noted.error());
}

void filter::act(line& x, const milter::failed& todo) { give_up(x, todo.why); }

void filter::finish(milter::verdict said, const std::string& by, bool failed) {
  filter_answered answer;
  answer.said = std::move(said);
  answer.by = by;
  answer.failed = failed;
  if (letter_ && answer.said.kind == milter::verdict_kind::proceed) {
    answer.envelope = std::move(letter_->envelope);
    answer.hold = std::move(letter_->hold);
    answer.changes = take_changes();
  }
  const auto last = question_.steps.empty() ? filter_stage::client : question_.steps.back().what;
  between_ = last == filter_stage::message
             || (last == filter_stage::mail && answer.said.kind == milter::verdict_kind::refuse)
             || answer.said.kind == milter::verdict_kind::discard;
  letter_.reset();
  question_ = {};
  asked_ = false;
  posed_ = posed::nothing;
  card().in_hand = 0;
  idle_since_ = now();
  asker_.deliver(std::move(answer));
  if (makes_room())
    leave();
}

// ---- time

void filter::arm_timer() {
  auto at = steady_time::max();
  if (!asked_)
    at = idle_since_ + filter_idle_max;
  if (letter_)
    at = std::min(at, letter_->read_by);
  for (const auto& each : lines_)
    at = std::min(at, each->dialling ? each->dial_deadline
                      : each->talk   ? each->talk->deadline()
                                     : steady_time::max());
  if (at == steady_time::max() || (timer_at_ != steady_time{} && timer_at_ <= at))
    return; // one that fires early is armed anew
  timer_at_ = at;
  timer_.expire_at(at, bind([this] { on_time(); }));
}

void filter::on_time() {
  timer_at_ = {};
  const auto at = now();
  if (!asked_ && at >= idle_since_ + filter_idle_max)
    return leave();
  if (letter_ && at >= letter_->read_by)
    on_unreadable({errc::timed_out, "the body could not be read in time"});
  for (auto& each : lines_) {
    if (each->dialling && at >= each->dial_deadline)
      give_up(*each, {errc::timed_out, "no connection in time"});
    else if (each->talk)
      each->talk->tick(at);
    // What it has to write is of no use any more.
    if (each->talk && each->talk->is_closed())
      each->unsent = {};
  }
  run();
}

} // namespace troupe::actors
