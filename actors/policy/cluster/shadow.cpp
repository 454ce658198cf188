#include "actors/policy/cluster/shadow.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

constexpr milliseconds tick_every{100};
// Notices of one run: as many as nobody sends, above all of the lives before.
constexpr unsigned sequence_bits = 16;

} // namespace

status check(const shadow_options& x) {
  const auto wrong = [](const char* what) { return error{errc::malformed, what}; };
  if (x.copies < 1 || x.copies > copies_max)
    return wrong("cluster copies is not between 1 and 4");
  if (x.keep_try <= milliseconds{0} || x.keep_total < x.keep_try)
    return wrong("cluster keep_try is not above 0 and at most keep_total");
  if (x.claim_wait < milliseconds{0} || x.turn <= x.claim_wait)
    return wrong("cluster turn is not longer than claim_wait");
  if (x.return_wait <= milliseconds{0} || x.ask_again <= milliseconds{0} || x.check_every <= milliseconds{0})
    return wrong("cluster return_wait, ask_again or check_every is not above 0");
  if (x.keeping_max == 0 || x.copying_max == 0 || x.moving_max == 0 || x.taking_max == 0
      || x.scan_slots == 0 || x.check_page == 0)
    return wrong("a bound of the cluster's copies is 0");
  return {};
}

shadow::shadow(const shadow_options& options, node_id self, node_life life, steady_time now)
: options_{options}, self_{self}, life_{life}, first_sequence_{life.value << sequence_bits}, attempts_{first_sequence_},
  me_{nodes_.index_of(self)}, check_due_{now + options.check_every}, tick_at_{now} {
  TROUPE_EXPECT(check(options).ok() && self != node_id{} && life.value > 0);
}

void shadow::restore(const custody_row& row) {
  // What came while the rows were being read is newer than they are.
  if (table_.find(row.id) != nullptr)
    return;
  custody made{.id = row.id,
               .owner = nodes_.index_of(row.by.owner),
               .term = row.by.term,
               .hops = row.hops,
               .state = row.by.owner == self_ ? custody_state::owned : custody_state::held};
  for (std::size_t i = 0; i < row.holders.size(); ++i)
    put_holder(made, row.holders[i], (row.confirmed >> i & 1) != 0);
  table_.insert(made);
}

void shadow::restore(node_id to, const peer_notice& what, steady_time now) {
  box(to).restore(what, now);
}

void shadow::restored(steady_time now) {
  restored_ = true;
  repair_wanted_ = true;
  check_due_ = now;
}

void shadow::set_peers(std::vector<peer_status> peers) {
  for (const auto& each : peers) {
    const auto* const before = peer(each.id);
    // Who comes, goes or leaves may make copies wanted that could not be made before.
    if (before == nullptr || before->lost != each.lost || before->reachable != each.reachable
        || before->load.leaving != each.load.leaving || before->load.draining != each.load.draining)
      repair_wanted_ = true;
  }
  peers_ = std::move(peers);
}

void shadow::peer_lost(node_id id, steady_time now) {
  lost_[id] = {now, now};
  repair_wanted_ = true;
  std::vector<message_id> going;
  for (const auto& [message, under_way] : moving_)
    if (under_way.now.to == id)
      going.push_back(message);
  for (const auto message : going) {
    moving_.erase(message);
    // It may have taken it before it died: then our claim must be greater than its own.
    auto& known = *table_.find(message);
    ++known.term;
    put_holder(known, id, false);
    take(known, custody_state::taking, now);
  }
}

void shadow::peer_returned(node_id id) {
  lost_.erase(id);
}

void shadow::standing_changed(bool gained, node_life life, steady_time now) {
  life_ = life;
  standing_ = gained;
  if (!gained && serving_) {
    serving_ = false;
    todo_.push_back(policy::serving_changed{false});
  }
  told_.clear();
  asking_since_ = gained ? now : steady_time::max();
  ask_at_ = asking_since_;
}

void shadow::tick(steady_time now, bool standing) {
  give_up_late(now);
  repeat_moves(now);
  ask_what_happened(now);
  if (standing && serving_)
    take_over_some(now);
  adopt_ready(now);
  repair(now);
  check_some(now);
  flush(now);
  tell_askers();
  tick_at_ = now + tick_every;
}

steady_time shadow::deadline() const {
  return tick_at_;
}

void shadow::receive(node_id from, const shadow_message& what, bool has_room, steady_time now) {
  std::visit([&](const auto& each) { on(from, each, has_room, now); }, what);
  flush(now);
}

std::optional<shadow_action> shadow::next() {
  if (todo_.empty())
    return std::nullopt;
  auto first = std::move(todo_.front());
  todo_.pop_front();
  return first;
}

bool shadow::may_deliver(message_id id) const {
  const auto* const known = table_.find(id);
  return known == nullptr
         || (known->state == custody_state::owned && (serving_ || !needs_standing(id)));
}

bool shadow::needs_standing(message_id id) const {
  const auto* const known = table_.find(id);
  if (known == nullptr || known->holders[0] != 0)
    return known != nullptr;
  // Who was asked to hold it, and has neither refused nor let go of it, has it perhaps.
  return copying_.contains(id)
         || std::any_of(out_.begin(), out_.end(), [&](const auto& each) { return each.second.releases(id); });
}

custody_row shadow::row_of(const custody& x) const {
  custody_row row{.id = x.id, .by = {x.term, nodes_.at(x.owner)}, .hops = x.hops, .confirmed = x.confirmed};
  for (const auto each : x.holders)
    if (each != 0)
      row.holders.push_back(nodes_.at(each));
  return row;
}

void shadow::write(const custody& x, bool with_message) {
  todo_.push_back(write_custody{row_of(x), with_message});
}

outbox& shadow::box(node_id to) {
  return out_.try_emplace(to, options_.out, first_sequence_).first->second;
}

void shadow::notify(node_id to, peer_notice what, steady_time now) {
  todo_.push_back(write_notice{to, box(to).add(std::move(what), now)});
}

void shadow::notify_holders(const custody& x, const peer_notice& what, node_id except, steady_time now) {
  for (const auto each : x.holders)
    if (each != 0 && nodes_.at(each) != except)
      notify(nodes_.at(each), what, now);
  if (x.owner != me_ && nodes_.at(x.owner) != except)
    notify(nodes_.at(x.owner), what, now);
  // Whoever is just getting a copy has it perhaps, and must hear the same.
  if (const auto copying = copying_.find(x.id); copying != copying_.end() && slot_of(x, copying->second.to) < 0)
    notify(copying->second.to, what, now);
  if (const auto keeping = keeping_.find(x.id); keeping != keeping_.end())
    for (const auto& to : keeping->second.tried)
      if (to != except && slot_of(x, to) < 0)
        notify(to, what, now);
  if (const auto moving = moving_.find(x.id); moving != moving_.end() && moving->second.now.to != except
                                              && slot_of(x, moving->second.now.to) < 0)
    notify(moving->second.now.to, what, now);
}

const peer_status* shadow::peer(node_id id) const {
  const auto found = std::find_if(peers_.begin(), peers_.end(), [&](const auto& x) { return x.id == id; });
  return found == peers_.end() ? nullptr : &*found;
}

bool shadow::reachable(node_id id) const {
  const auto* const known = peer(id);
  return known != nullptr && known->reachable && !known->lost;
}

/// Does it count as a holder in the long run?
bool shadow::is_good(node_id id) const {
  const auto* const known = peer(id);
  return known != nullptr && !known->lost && !known->load.leaving;
}

int shadow::slot_of(const custody& x, node_id id) const {
  for (std::size_t i = 0; i < holders_max; ++i)
    if (x.holders[i] != 0 && nodes_.at(x.holders[i]) == id)
      return static_cast<int>(i);
  return -1;
}

/// False if all places are taken by others that hold it.
bool shadow::put_holder(custody& x, node_id id, bool confirmed) {
  auto slot = slot_of(x, id);
  for (int pass = 0; slot < 0 && pass < 2; ++pass)
    for (std::size_t i = 0; i < holders_max && slot < 0; ++i)
      if (pass == 0 ? x.holders[i] == 0 : (x.confirmed >> i & 1) == 0)
        slot = static_cast<int>(i);
  if (slot < 0)
    return false;
  x.holders[static_cast<std::size_t>(slot)] = nodes_.index_of(id);
  const auto bit = static_cast<std::uint8_t>(1u << static_cast<unsigned>(slot));
  x.confirmed = static_cast<std::uint8_t>(confirmed ? x.confirmed | bit : x.confirmed & ~bit);
  return true;
}

void shadow::drop_holder(custody& x, node_id id) {
  const auto slot = slot_of(x, id);
  if (slot < 0)
    return;
  custody without = x;
  without.holders = {};
  without.confirmed = 0;
  for (std::size_t i = 0; i < holders_max; ++i)
    if (x.holders[i] != 0 && static_cast<int>(i) != slot)
      put_holder(without, nodes_.at(x.holders[i]), (x.confirmed >> i & 1) != 0);
  x = without;
}

std::size_t shadow::good_holders(const custody& x) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < holders_max; ++i)
    count += x.holders[i] != 0 && (x.confirmed >> i & 1) != 0 && is_good(nodes_.at(x.holders[i])) ? 1u : 0u;
  return count;
}

void shadow::forget(message_id id) {
  keeping_.erase(id);
  copying_.erase(id);
  moving_.erase(id);
  table_.erase(id);
}

void shadow::remember_settled(message_id id) {
  if (!settled_.insert(id).second)
    return;
  settled_order_.push_back(id);
  if (settled_order_.size() > options_.settled_kept) {
    settled_.erase(settled_order_.front());
    settled_order_.pop_front();
  }
}

} // namespace troupe::policy
