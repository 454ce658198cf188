#include "actors/shard.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr milliseconds tick_interval{200};
constexpr std::size_t mailbox_limit = 4096;
/// Before messages are asked for again that the disk refused to read.
constexpr seconds unread_pause{30};
/// A destination that nobody wants any more is forgotten, but not one by one.
constexpr std::size_t idle_destinations_max = 1000;

} // namespace

shard::shard(caf::actor_config& config, const house& home, const shard_options& options,
             store_actor store, switchboard_actor switchboard)
  : base_actor(config, home,
               {"shard", "/queue/shard/" + std::to_string(options.number), mailbox_limit}),
    number_(options.number), options_(options), store_(std::move(store)),
    switchboard_(std::move(switchboard)), schedule_(options.scheduled_max) {}

shard_actor::behavior_type shard::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  send(store_, meet_shard{shard_inbox{this}});
  send(this, shard_tick{});
  return {
    [this](const attempt_finished& x) { on_attempt_finished(x); },
    [this](const batch_kept& x) { return on_batch_kept(x); },
    [this](const operate& x) { return on_operate(x); },
    [this](const explain_message& x) { return on_explain_message(x); },
    [this](const describe_shard&) { return on_describe_shard(); },
    [this](const use_rules& x) {
      options_.routing = x.routing;
      options_.settle = x.settle;
    },
    [this](const drain&) { on_drain(); },
    [this](const shard_tick&) { on_shard_tick(); },
  };
}

void shard::on_exit() {
  for (auto& each : unwritten_)
    if (each.operation)
      each.operation->promise.deliver(to_caf({errc::draining, "the shard closes"}));
  unwritten_.clear();
  destinations_.clear();
  active_.clear();
  base_actor::on_exit();
}

double shard::throw_dice() {
  return std::uniform_real_distribution<double>(0, 1)(dice_);
}

bool shard::has_room() const {
  return active_.size() + loading_.size() < options_.active_messages_max
         && active_bytes_ < options_.active_bytes_max;
}

bool shard::fits_share(std::size_t held, std::size_t more) const {
  return held == 0 || held + more <= options_.active_bytes_max / destination_share;
}

// ---- what comes into memory

batch_taken shard::on_batch_kept(const batch_kept& x) {
  for (const auto& each : x.all)
    consider(each);
  return {};
}

void shard::consider(const keep_message& x) {
  // A page of the schedule may have been quicker.
  const auto id = x.mail->id;
  if (state_of(*x.mail) != message_state::queued || active_.contains(id) || loading_.contains(id))
    return;
  if (has_room() && !draining_)
    activate(x);
  else
    schedule_.add(due_of(*x.mail), id);
}

void shard::on_shard_tick() {
  delayed_send(this, tick_interval, shard_tick{});
  if (draining_) {
    if (active_.empty() && unwritten_.empty() && !settling_)
      quit(caf::exit_reason::user_shutdown);
    return;
  }
  load_page();
  load_due();
  for (auto it = destinations_.begin(); it != destinations_.end();) {
    auto& each = it->second;
    lease_waiting(each);
    load_parked(each);
    const bool idle = each.waiting.empty() && each.leased.empty() && each.parked.empty() && !each.asking;
    it = idle && destinations_.size() > idle_destinations_max ? destinations_.erase(it) : std::next(it);
  }
}

void shard::load_page() {
  if (paging_ || !schedule_.wants_page())
    return;
  paging_ = true;
  const auto& [due, id] = schedule_.cursor();
  const storage::due_message after = due == wall_time::min() ? storage::due_message{}
                                                             : storage::due_message{due, id};
  request(store_, caf::infinite, load_schedule{after, schedule_page_max})
    .then(
      [this](const schedule_loaded& x) {
        paging_ = false;
        std::vector<policy::schedule::entry> page;
        page.reserve(x.entries.size());
        for (const auto& each : x.entries)
          if (!active_.contains(each.id) && !parked_.contains(each.id) && !loading_.contains(each.id))
            page.emplace_back(each.due, each.id);
        const auto up_to = x.entries.empty()
                             ? schedule_.cursor()
                             : policy::schedule::entry{x.entries.back().due, x.entries.back().id};
        schedule_.add_page(page, up_to, x.last);
        load_due();
        load_page();
      },
      [this](const caf::error&) { paging_ = false; });
}

void shard::load_due() {
  if (draining_ || !loading_.empty() || !has_room())
    return;
  const auto room = options_.active_messages_max - active_.size();
  load(schedule_.take_due(wall(), std::min(room, load_batch_max)));
}

void shard::load_parked(destination& from) {
  if (draining_ || from.parked.empty() || !loading_.empty() || !has_room()
      || from.waiting.size() > lease_credit / 2)
    return;
  std::vector<message_id> ids;
  std::size_t bytes = 0;
  while (!from.parked.empty() && ids.size() < lease_credit / 2) {
    const auto next = from.parked.front();
    if (!fits_share(from.bytes + bytes, next.bytes))
      break;
    bytes += next.bytes;
    ids.push_back(next.id);
    parked_.erase(next.id);
    from.parked.pop_front();
  }
  load(std::move(ids));
}

void shard::load(std::vector<message_id> ids) {
  if (ids.empty())
    return;
  loading_.insert(ids.begin(), ids.end());
  request(store_, caf::infinite, load_messages{ids})
    .then([this](const messages_loaded& x) { on_loaded(x); },
          [this, ids](const caf::error&) {
            // The STORE is overloaded or gone: they are on disk, and due.
            for (const auto id : ids) {
              loading_.erase(id);
              schedule_.add(wall_time{}, id);
            }
          });
}

void shard::on_loaded(const messages_loaded& x) {
  for (const auto& each : x.found) {
    loading_.erase(each.mail->id);
    if (draining_ || active_.contains(each.mail->id)
        || state_of(*each.mail) != message_state::queued)
      continue;
    // A clock set back, or an operator's act meanwhile: not due after all.
    if (const auto due = due_of(*each.mail); due > wall())
      schedule_.add(due, each.mail->id);
    else
      activate(each);
  }
  for (const auto id : x.unread) {
    loading_.erase(id);
    schedule_.add(wall() + unread_pause, id);
  }
  for (const auto id : x.missing) {
    loading_.erase(id);
    if (!x.why.empty())
      log().warn("message_unreadable", {{"msg", id}, {"actor", path()}, {"reason", x.why}});
  }
  load_due();
}

// ---- from memory to a route

void shard::activate(const keep_message& x) {
  const auto id = x.mail->id;
  const auto now = wall();
  std::vector<std::pair<destination*, std::vector<std::size_t>>> groups;
  std::vector<std::size_t> to_hold;
  std::vector<policy::attempt_result> results;
  for (std::size_t i = 0; i < x.mail->recipients.size(); ++i) {
    const auto& each = x.mail->recipients[i];
    if (each.state != recipient_state::queued || each.due > now)
      continue;
    auto hop = options_.routing->find_next_hop(each.to.address);
    if (hop.kind == policy::next_hop_kind::hold) {
      to_hold.push_back(i);
      continue;
    }
    if (hop.kind == policy::next_hop_kind::fail) {
      outcome refusal;
      refusal.kind = outcome_kind::failed;
      refusal.answer = policy::fail_reply(hop);
      refusal.remote = hop.key;
      results.push_back({i, refusal, policy::reach::relayed});
      continue;
    }
    const auto place = destinations_.try_emplace(hop.key).first;
    place->second.hop = std::move(hop); // a reload may have changed its terms or path
    auto* to = &place->second;
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [to](const auto& group) { return group.first == to; });
    if (known == groups.end())
      groups.push_back({to, {i}});
    else
      known->second.push_back(i);
  }
  if (groups.size() == 1 && to_hold.empty() && results.empty()
      && (groups.front().first->waiting.size() >= lease_credit
          || !fits_share(groups.front().first->bytes, x.body->bytes.size()))) {
    groups.front().first->parked.push_back({id, x.body->bytes.size()});
    parked_.insert(id);
    return;
  }
  auto& message = active_[id];
  message.mail = x.mail;
  message.body = x.body;
  active_bytes_ += x.body->bytes.size();
  message.places = static_cast<unsigned>(groups.size());
  for (auto& [to, recipients] : groups) {
    to->waiting.push_back({id, std::move(recipients)});
    to->bytes += x.body->bytes.size();
  }
  if (!to_hold.empty()) {
    auto held = *message.mail;
    for (const auto i : to_hold)
      held.recipients[i].state = recipient_state::held;
    held.hold_reason = "a rule of the configuration holds it";
    log().info("message_held", {{"msg", id}, {"reason", held.hold_reason}});
    policy::settlement fate;
    fate.mail = std::move(held);
    apply(message, std::move(fate), nullptr);
  }
  if (!results.empty())
    settle(id, results);
  for (auto& [to, recipients] : groups)
    lease_waiting(*to);
  if (groups.empty())
    retire(id);
}

void shard::lease_waiting(destination& to) {
  if (to.waiting.empty() || draining_)
    return;
  if (!to.route || to.valid_until <= steady()) {
    if (!to.asking) {
      to.asking = true;
      ask_route(to.hop.key);
    }
    return;
  }
  lease_messages offer;
  while (!to.waiting.empty() && to.leased.size() < lease_credit) {
    auto next = std::move(to.waiting.front());
    to.waiting.pop_front();
    const auto found = active_.find(next.id);
    TROUPE_EXPECT(found != active_.end());
    const auto& message = found->second;
    // An operator may have held or removed some of them meanwhile.
    std::erase_if(next.recipients, [&](std::size_t i) {
      return message.mail->recipients[i].state != recipient_state::queued;
    });
    if (next.recipients.empty()) {
      leave_place(to, next.id);
      continue;
    }
    auto one = std::make_shared<const lease>(lease{message.mail, message.body,
                                                   std::move(next.recipients), to.hop,
                                                   lessor_actor{this}, steady()});
    to.leased.emplace(next.id, outstanding{one, to.route.address()});
    offer.all.push_back(std::move(one));
  }
  if (!offer.all.empty())
    send<caf::message_priority::high>(to.route, std::move(offer));
}

void shard::ask_route(const std::string& key) {
  request(switchboard_, caf::infinite, find_route{destinations_.at(key).hop})
    .then([this, key](const route_found& x) { on_route_found(key, x); },
          [this, key](const caf::error& why) {
            outcome later;
            later.answer = {451, "4.3.0", {from_caf(why).detail}};
            on_route_found(key, route_found{{}, later, seconds{0}});
          });
}

void shard::on_route_found(const std::string& key, const route_found& x) {
  auto& to = destinations_.at(key);
  to.asking = false;
  if (!x.route)
    return answer_waiting(to, x.instead);
  if (x.route.address() == to.dead)
    return; // the SWITCHBOARD has not heard of it yet; the next tick asks again
  if (to.route != x.route) {
    to.route = x.route;
    // As urgent as what it says: its end must not overtake its last outcomes.
    monitor<caf::message_priority::high>(to.route);
  }
  // Never nothing, lest asking go round in a circle.
  to.valid_until = steady() + std::max(x.valid_for, seconds{1});
  lease_waiting(to);
}

// No route: the reason is the outcome for all that wait.
void shard::answer_waiting(destination& to, const outcome& same) {
  auto waiting = std::move(to.waiting);
  to.waiting.clear();
  for (const auto& each : waiting) {
    std::vector<policy::attempt_result> results;
    for (const auto i : each.recipients)
      results.push_back({i, same, policy::reach::relayed});
    settle(each.id, results);
    leave_place(to, each.id);
  }
}

void shard::on_down(const caf::down_msg& x) {
  const bool crashed = x.reason != caf::exit_reason::user_shutdown;
  for (auto& [key, each] : destinations_) {
    if (each.route && each.route.address() == x.source) {
      each.route = nullptr;
      each.valid_until = {};
      each.dead = x.source;
    }
    // It may have been replaced, and have leases of its time still.
    std::vector<lease_ptr> lost;
    std::erase_if(each.leased, [&](const auto& one) {
      const bool its = one.second.with == x.source;
      if (its)
        lost.push_back(one.second.what);
      return its;
    });
    for (const auto& one : lost) {
      const auto id = one->mail->id;
      if (!crashed && !draining_) {
        each.waiting.push_front({id, one->recipients}); // crossed its leaving; untried
        continue;
      }
      if (crashed)
        interrupt(id, one->recipients, system().render(x.reason));
      leave_place(each, id);
    }
    lease_waiting(each);
  }
}

// ---- what came of it

void shard::on_attempt_finished(const attempt_finished& x) {
  const auto id = x.what->mail->id;
  const auto place = destinations_.find(x.what->hop.key);
  if (place == destinations_.end())
    return;
  auto& from = place->second;
  const auto out = from.leased.find(id);
  if (out == from.leased.end() || out->second.what != x.what)
    return; // the lease lapsed with an earlier route
  from.leased.erase(out);
  switch (x.end) {
    case attempt_end::made:
      settle(id, x.results);
      leave_place(from, id);
      break;
    case attempt_end::not_made:
      from.waiting.push_front({id, x.what->recipients});
      break;
    case attempt_end::crashed:
      interrupt(id, x.what->recipients, x.why);
      leave_place(from, id);
      break;
  }
  if (draining_) {
    for (auto& each : from.waiting)
      leave_place(from, each.id);
    from.waiting.clear();
    return;
  }
  lease_waiting(from);
  load_parked(from);
}

void shard::settle(message_id id, const std::vector<policy::attempt_result>& results) {
  const auto found = active_.find(id);
  TROUPE_EXPECT(found != active_.end());
  auto& message = found->second;
  auto fate = policy::settle(*message.mail, results, options_.settle, wall(), throw_dice());
  for (const auto& event : fate.events) {
    const auto result = std::find_if(results.begin(), results.end(), [&](const auto& each) {
      return each.recipient == event.recipient;
    });
    if (result != results.end())
      tell(fate.mail, *result, event.what);
  }
  apply(message, std::move(fate), nullptr);
}

// Nobody knows whether it was delivered: twice is better than never.
void shard::interrupt(message_id id, const std::vector<std::size_t>& recipients,
                      const std::string& why) {
  const auto found = active_.find(id);
  TROUPE_EXPECT(found != active_.end());
  apply(found->second,
        policy::settle_interrupted(*found->second.mail, recipients, why, options_.settle, wall()),
        nullptr);
}

void shard::apply(active_message& message, policy::settlement fate, operation_ptr by) {
  settling what;
  what.id = fate.mail.id;
  what.notices = std::move(fate.notices);
  message.mail = std::make_shared<const queued_message>(std::move(fate.mail));
  if (state_of(*message.mail) != message_state::settled)
    what.mail = message.mail;
  ++message.unwritten;
  write(std::move(what), std::move(by));
}

void shard::write(settling what, operation_ptr by) {
  unwritten_.push_back({std::move(what), std::move(by)});
  flush();
}

// One request in flight; what comes meanwhile is the next batch.
void shard::flush() {
  if (settling_ || unwritten_.empty())
    return;
  settling_ = true;
  auto batch = std::make_shared<std::vector<unwritten>>(std::move(unwritten_));
  unwritten_.clear();
  settle_messages x;
  x.all.reserve(batch->size());
  for (auto& each : *batch)
    x.all.push_back(std::move(each.what));
  for (std::size_t i = 0; i < batch->size(); ++i)
    (*batch)[i].what.id = x.all[i].id;
  request<caf::message_priority::high>(store_, caf::infinite, std::move(x))
    .then(
      [this, batch](const messages_settled&) {
        settling_ = false;
        on_written(*batch);
        flush();
      },
      [this](const caf::error&) { settling_ = false; }); // the STORE is dead: the process ends
}

void shard::on_written(const std::vector<unwritten>& all) {
  for (const auto& each : all) {
    if (const auto found = active_.find(each.what.id); found != active_.end()) {
      --found->second.unwritten;
      retire(each.what.id);
    }
    finish_operation(each.operation);
  }
  load_due();
}

void shard::leave_place(destination& from, message_id id) {
  const auto found = active_.find(id);
  TROUPE_EXPECT(found != active_.end() && found->second.places > 0);
  from.bytes -= found->second.body->bytes.size();
  --found->second.places;
  retire(id);
}

// Out of memory, once nobody has it in hand and all about it is on disk.
void shard::retire(message_id id) {
  const auto found = active_.find(id);
  if (found == active_.end() || found->second.places > 0 || found->second.unwritten > 0)
    return;
  const auto mail = found->second.mail;
  active_bytes_ -= found->second.body->bytes.size();
  active_.erase(found);
  if (state_of(*mail) == message_state::queued)
    schedule_.add(due_of(*mail), id);
}

void shard::tell(const queued_message& mail, const policy::attempt_result& result,
                 policy::settled_as as) const {
  const auto& to = mail.recipients[result.recipient];
  const auto age = std::chrono::duration<double>(wall() - mail.received).count();
  const auto from = to_string(mail.sender);
  const auto recipient = to_string(to.to.address);
  const auto answer = to_string(result.what.answer);
  const auto say = [&](std::string_view event) {
    log().info(event, {{"msg", mail.id}, {"from", from}, {"to", recipient},
                       {"relay", result.what.remote}, {"code", result.what.answer.code},
                       {"reply", answer}, {"attempt", to.attempts}, {"queue_seconds", age}});
  };
  switch (as) {
    case policy::settled_as::delivered:
      metrics().messages_delivered_total().add();
      metrics().delivery_attempts_total("delivered").add();
      metrics().accept_to_delivery_seconds().observe(age);
      return say("message_delivered");
    case policy::settled_as::deferred:
      metrics().messages_deferred_total().add();
      metrics().delivery_attempts_total("deferred").add();
      if (log().is_on(log_level::info)) {
        const auto next = format_rfc3339(to.due);
        log().info("message_deferred",
                   {{"msg", mail.id}, {"from", from}, {"to", recipient},
                    {"relay", result.what.remote}, {"code", result.what.answer.code},
                    {"reply", answer}, {"attempt", to.attempts}, {"next_attempt", next},
                    {"queue_seconds", age}});
      }
      return;
    case policy::settled_as::failed:
      metrics().messages_bounced_total().add();
      metrics().delivery_attempts_total("failed").add();
      return say("message_bounced");
    case policy::settled_as::expired:
      metrics().messages_bounced_total().add();
      metrics().delivery_attempts_total("failed").add();
      return say("message_expired");
    case policy::settled_as::held: return say("message_held");
  }
}

// ---- the operator

caf::result<operated> shard::on_operate(const operate& x) {
  auto by = std::make_shared<operation>();
  by->promise = make_response_promise<operated>();
  by->unwritten = 1; // until all of it is under way
  operate how = x;
  std::vector<message_id> elsewhere;
  for (const auto id : how.ids) {
    const auto found = active_.find(id);
    if (found != active_.end())
      act_on(id, {found->second.mail, found->second.body}, how, by);
    else
      elsewhere.push_back(id);
  }
  how.ids.clear();
  if (elsewhere.empty()) {
    finish_operation(by);
    return caf::delegated<operated>{};
  }
  request(store_, caf::infinite, load_messages{std::move(elsewhere)})
    .then(
      [this, how, by](const messages_loaded& loaded) {
        for (const auto& each : loaded.found) {
          // It may have come into memory meanwhile: what is there is newer.
          const auto id = each.mail->id;
          const auto known = active_.find(id);
          act_on(id, known == active_.end() ? each : keep_message{known->second.mail, known->second.body},
                 how, by);
        }
        finish_operation(by);
      },
      [this, by](const caf::error&) { finish_operation(by); });
  return caf::delegated<operated>{};
}

void shard::act_on(message_id id, const keep_message& found, const operate& how,
                   const operation_ptr& by) {
  policy::settlement fate;
  if (how.act == queue_act::bounce) {
    fate = policy::settle_bounced(*found.mail, how.reason, wall());
  } else {
    fate.mail = *found.mail;
    for (auto& each : fate.mail.recipients) {
      if (is_settled(each.state))
        continue;
      switch (how.act) {
        case queue_act::hold:
          each.state = recipient_state::held;
          break;
        case queue_act::release:
          if (each.state == recipient_state::held) {
            each.state = recipient_state::queued;
            each.due = {};
            each.crashes = 0;
          }
          break;
        case queue_act::retry:
          if (each.state == recipient_state::queued)
            each.due = {};
          break;
        case queue_act::remove: each.state = recipient_state::removed; break;
        case queue_act::bounce: break;
      }
    }
    if (how.act == queue_act::hold)
      fate.mail.hold_reason = how.reason;
    else if (how.act == queue_act::release)
      fate.mail.hold_reason.clear();
  }
  if (fate.mail == *found.mail)
    return;
  ++by->count;
  ++by->unwritten;
  static constexpr const char* events[] = {"message_held", "message_released", "message_retried",
                                           "message_removed", "message_bounced"};
  log().info(events[static_cast<std::size_t>(how.act)],
             {{"msg", id}, {"reason", how.reason}, {"actor", "operator"}});
  auto known = active_.find(id);
  if (known == active_.end()) {
    // In memory until it is written, so that no page of the schedule brings it twice.
    schedule_.remove(due_of(*found.mail), id);
    known = active_.emplace(id, active_message{found.mail, found.body, 0, 0}).first;
    active_bytes_ += found.body->bytes.size();
  }
  apply(known->second, std::move(fate), by);
}

void shard::finish_operation(const operation_ptr& by) {
  if (by && --by->unwritten == 0)
    by->promise.deliver(operated{by->count});
}

message_place shard::on_explain_message(const explain_message& x) const {
  message_place place;
  const auto note = [&](const std::string& key, const destination& to, const char* where) {
    place.where = where;
    place.destinations.push_back(key);
    if (to.route)
      place.routes.push_back(to.route);
  };
  for (const auto& [key, each] : destinations_) {
    if (const auto out = each.leased.find(x.id); out != each.leased.end()) {
      note(key, each, "leased");
      const auto age = std::chrono::duration_cast<milliseconds>(steady() - out->second.what->since);
      place.leased_for = std::max(place.leased_for, age);
    } else if (std::any_of(each.waiting.begin(), each.waiting.end(),
                         [&](const waiting_lease& one) { return one.id == x.id; }))
      note(key, each, "waiting");
    else if (std::any_of(each.parked.begin(), each.parked.end(),
                         [&](const parked_message& one) { return one.id == x.id; }))
      note(key, each, "parked");
  }
  if (place.where.empty())
    place.where = active_.contains(x.id) ? "settling" : loading_.contains(x.id) ? "loading" : "scheduled";
  return place;
}

shard_view shard::on_describe_shard() const {
  shard_view view;
  view.active = active_.size();
  view.active_bytes = active_bytes_;
  view.scheduled = schedule_.size();
  view.parked = parked_.size();
  view.settling = unwritten_.size();
  for (const auto& [key, each] : destinations_)
    view.leased += each.leased.size();
  return view;
}

void shard::on_drain() {
  draining_ = true;
  for (auto& [key, each] : destinations_) {
    const auto waiting = std::move(each.waiting);
    each.waiting.clear();
    for (const auto& one : waiting)
      leave_place(each, one.id);
  }
}

} // namespace troupe::actors
