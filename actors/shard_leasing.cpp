// SHARD: from memory to a route.

#include "actors/shard.hpp"

#include "actors/end_actor.hpp"
#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>

namespace troupe::actors {

void shard::activate(const keep_message& x, admission whether) {
  const auto id = x.mail->id;
  const auto now = wall();
  std::vector<std::pair<destination*, std::vector<std::size_t>>> groups;
  std::vector<std::size_t> to_hold;
  std::vector<policy::attempt_result> results;
  for (std::size_t i = 0; i < x.mail->recipients.size(); ++i) {
    const auto& each = x.mail->recipients[i];
    if (each.state != recipient_state::queued || each.due > now)
      continue;
    auto hop = policy::heed_wish(options_.routing->find_next_hop(each.to.address), x.mail->tls,
                                 x.mail->sender);
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
  const auto turn = turn_of_message(*x.mail);
  if (whether == admission::to_be_seen && groups.size() == 1 && to_hold.empty() && results.empty()
      && is_crowded(*groups.front().first, turn, x.body->bytes.size())) {
    if (!tell_if_late(x, groups.front().second))
      park(*groups.front().first, turn, x);
    return;
  }
  auto& message = active_[id];
  message.mail = x.mail;
  message.body = x.body;
  active_bytes_ += x.body->bytes.size();
  message.places = static_cast<unsigned>(groups.size());
  for (auto& [to, recipients] : groups) {
    const bool suspect = is_suspect(*x.mail, recipients);
    to->waiting.push(turn, {id, std::move(recipients), suspect, first_look(*x.mail)});
    to->bytes += x.body->bytes.size();
  }
  if (!to_hold.empty()) {
    auto fate = policy::settle_held(*message.mail, to_hold, "a rule of the configuration holds it", now);
    log().info("message_held", {{"msg", id}, {"reason", fate.mail.hold_reason}});
    apply(message, std::move(fate), nullptr, nullptr);
  }
  if (!results.empty())
    settle(id, results, nullptr);
  for (auto& [to, recipients] : groups)
    lease_waiting(*to);
  if (groups.empty())
    retire(id);
}

bool shard::is_suspect(const queued_message& mail, const std::vector<std::size_t>& recipients) {
  return std::any_of(recipients.begin(), recipients.end(),
                     [&](std::size_t i) { return mail.recipients[i].crashes > 0; });
}

void shard::lease_waiting(destination& to) {
  if (to.waiting.empty() || draining_)
    return;
  if (!to.route || to.valid_until <= steady()) {
    if (!to.asking && to.ask_not_before <= steady()) {
      to.asking = true;
      ask_route(to.hop.key);
    }
    return;
  }
  lease_messages offer;
  const auto credit = to.credit.width(sessions_hold(to.hop));
  while (to.leased.size() < credit) {
    auto first = to.waiting.next();
    if (!first)
      break;
    auto& next = *first;
    const auto found = active_.find(next.id);
    TROUPE_EXPECT(found != active_.end());
    const auto& message = found->second;
    // An operator may have held or removed some of them meanwhile, or it was withdrawn.
    std::erase_if(next.recipients, [&](std::size_t i) {
      return message.leaving || message.mail->recipients[i].state != recipient_state::queued;
    });
    if (next.recipients.empty()) {
      to.waiting.suspect_ended(next.id);
      leave_place(to, next.id);
      continue;
    }
    auto one = std::make_shared<const lease>(lease{message.mail, message.body,
                                                   std::move(next.recipients), to.hop,
                                                   options_.ledger, steady(),
                                                   look_again(*message.mail)});
    to.leased.emplace(next.id, outstanding{one, to.route.address()});
    offer.all.push_back(std::move(one));
  }
  if (offer.all.empty())
    return;
  options_.ledger->lend(offer.all, to.route.address());
  send<caf::message_priority::high>(to.route, std::move(offer));
}

void shard::ask_route(const std::string& key) {
  request(switchboard_->now(), caf::infinite, find_route{destinations_.at(key).hop})
    .then([this, key](const route_found& x) { on_route_found(key, x); },
          [this, key](const caf::error&) {
            // Full, or dead and soon on its feet again: no outcome, and not mail's fault.
            auto& to = destinations_.at(key);
            to.asking = false;
            to.ask_not_before = steady() + ask_again_wait;
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
  for (const auto& each : to.waiting.take_all()) {
    std::vector<policy::attempt_result> results;
    for (const auto i : each.recipients)
      results.push_back({i, same, policy::reach::relayed});
    settle(each.id, results, nullptr);
    leave_place(to, each.id);
  }
}

void shard::on_down(const caf::down_msg& x) {
  on_leases_returned(); // its last outcomes
  // Whoever was ended by hand did not die of what it had in hand.
  lose_route(x.source, is_ended_by_hand(x.reason) ? std::string{} : "its route crashed: " + system().render(x.reason));
}

void shard::lose_route(const caf::actor_addr& who, const std::string& crash) {
  for (auto& [key, each] : destinations_) {
    if (each.route && each.route.address() == who) {
      each.route = nullptr;
      each.valid_until = {};
      each.dead = who;
    }
    // It may have been replaced, and have leases of its time still.
    std::vector<lease_ptr> lost;
    std::erase_if(each.leased, [&](const auto& one) {
      const bool its = one.second.with == who;
      if (its)
        lost.push_back(one.second.what);
      return its;
    });
    for (const auto& one : lost) {
      const auto id = one->mail->id;
      each.waiting.suspect_ended(id);
      if (!crash.empty())
        interrupt(one, crash);
      else
        options_.ledger->take_back(one);
      if (crash.empty() && !draining_)
        each.waiting.push_again({id, one->recipients, is_suspect(*one->mail, one->recipients), one->look_again});
      else
        leave_place(each, id);
    }
    lease_waiting(each);
  }
}

} // namespace troupe::actors
