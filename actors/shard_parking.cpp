// SHARD: what waits on disk for its turn at a next hop that has all it may have, and what
// becomes of it while it waits.

#include "actors/postman.hpp"
#include "actors/shard.hpp"

#include <algorithm>

namespace troupe::actors {

// As long as memory is plenty, whoever wants some has it.
bool shard::is_scarce() const {
  return active_.size() > options_.active_messages_max / 2 || active_bytes_ > options_.active_bytes_max / 2;
}

std::size_t shard::sessions_hold(const policy::next_hop& hop) {
  if (hop.kind == policy::next_hop_kind::maildir)
    return postmen_max * postman_prefetch_max;
  return hop.terms->connections_max * prefetch_max;
}

std::size_t shard::waiting_limit(const destination& to) const {
  return is_scarce() ? to.credit.width(sessions_hold(to.hop)) : lease_credit;
}

// A part of what is left, so that however many come, something is left for the next one.
bool shard::is_crowded(const destination& to, const turn_of& turn, std::size_t bytes) const {
  const bool first_of_its_sender = !to.waiting.has(turn) && !to.parked.has(turn.rank, turn.owner);
  const std::size_t times = first_of_its_sender ? 2 : 1;
  const auto left = options_.active_messages_max - std::min(active_.size(), options_.active_messages_max);
  const auto share = std::max<std::size_t>(1, left / share_of_rest);
  return to.waiting.size() >= times * waiting_limit(to)
         || to.waiting.size() + to.leased.size() >= times * share || !fits_share(to.bytes, bytes, times);
}

bool shard::fits_share(std::size_t held, std::size_t more, std::size_t times) const {
  const auto left = options_.active_bytes_max - std::min(active_bytes_, options_.active_bytes_max);
  const auto share = std::min(options_.active_bytes_max / destination_share, left / share_of_rest);
  return held == 0 || held + more <= times * share;
}

wall_time shard::look_again(const queued_message& mail) const {
  return policy::look_again_at(options_.settle.retry, mail.received, wall());
}

// Who comes to wait when it is late already may go at once; if not, it has waited enough.
wall_time shard::first_look(const queued_message& mail) const {
  const auto age = std::chrono::duration_cast<seconds>(wall() - mail.received);
  const auto& terms = options_.settle.retry;
  return age >= terms.expire || policy::warn_due(terms, age) ? wall() + sweep_interval : look_again(mail);
}

void shard::park(destination& to, const turn_of& turn, const keep_message& what) {
  TROUPE_EXPECT(to.parked.push(turn.rank, turn.owner,
                               {what.mail->id, what.body->bytes.size(), look_again(*what.mail)}));
  parked_.insert(what.mail->id);
}

// Out of memory goes what its next hop will not ask for soon. It stood before what is
// parked already.
void shard::give_back_memory(destination& from) {
  if (!is_scarce() || from.waiting.size() <= waiting_limit(from))
    return;
  const auto message = [this](const waiting_lease& each) -> active_message& { return active_.at(each.id); };
  auto leaving = from.waiting.take_beyond(
    waiting_limit(from), [&](const waiting_lease& each) { return turn_of_message(*message(each).mail); },
    [&](const waiting_lease& each) {
      // Others need it in memory, or it was in hand at a crash and goes alone.
      return !each.suspect && message(each).places == 1 && message(each).unwritten == 0;
    });
  std::for_each(leaving.rbegin(), leaving.rend(), [&](const waiting_lease& each) {
    const auto known = active_.find(each.id);
    const auto turn = turn_of_message(*known->second.mail);
    const auto bytes = known->second.body->bytes.size();
    from.bytes -= bytes;
    active_bytes_ -= bytes;
    active_.erase(known);
    TROUPE_EXPECT(from.parked.push_front(turn.rank, turn.owner, {each.id, bytes, each.look_again}));
    parked_.insert(each.id);
  });
}

// What waits here and is not tried expires as any other mail, and its sender hears that it
// is late. What is parked has to be read for it: load_batch_max at a time.
void shard::sweep(destination& from) {
  const auto now = wall();
  for (auto& each : from.waiting.take_overdue(now)) {
    const auto& message = active_.at(each.id);
    const keep_message what{message.mail, message.body};
    if (tell_if_late(what, each.recipients)) {
      leave_place(from, each.id);
      continue;
    }
    each.look_again = look_again(*what.mail);
    from.waiting.push(turn_of_message(*what.mail), std::move(each));
  }
  if (!loading_.empty() || !has_room())
    return;
  std::vector<message_id> overdue;
  const auto is_overdue = [&](const parked_message& each) {
    if (each.look_again > now || overdue.size() >= load_batch_max)
      return false;
    overdue.push_back(each.id);
    return true;
  };
  from.parked.remove_if(is_overdue);
  if (from.next_parked && is_overdue(*from.next_parked))
    from.next_parked.reset();
  for (const auto id : overdue)
    parked_.erase(id);
  load(std::move(overdue)); // it comes back to its place, unless it is late
}

// True: it has another fate now than to wait on.
bool shard::tell_if_late(const keep_message& what, const std::vector<std::size_t>& recipients) {
  const auto& terms = options_.settle.retry;
  const auto age = std::chrono::duration_cast<seconds>(wall() - what.mail->received);
  if (age < terms.expire && !policy::warn_due(terms, age))
    return false;
  outcome same;
  same.answer = {451, "4.4.1", {"it waits for its turn at the next hop"}};
  std::vector<policy::attempt_result> results;
  for (const auto i : recipients) {
    same.remote = options_.routing->find_next_hop(what.mail->recipients[i].to.address).key;
    results.push_back({i, same, policy::reach::relayed});
  }
  auto fate = policy::settle_put_off(*what.mail, results, seconds{1}, options_.settle, wall());
  const bool has_expired = std::any_of(fate.events.begin(), fate.events.end(), [](const auto& each) {
    return each.what == policy::settled_as::expired;
  });
  if (!has_expired && fate.notices.empty())
    return false;
  const auto [known, is_new] = active_.try_emplace(what.mail->id);
  if (is_new) {
    known->second.mail = what.mail;
    known->second.body = what.body;
    active_bytes_ += what.body->bytes.size();
  }
  take_fate(known->second, std::move(fate), results, nullptr);
  return true;
}

} // namespace troupe::actors
