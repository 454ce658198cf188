#include "tests/actors/policy/cluster/world.hpp"

#include <utility>

namespace troupe::support {

using namespace policy;

namespace {

constexpr std::int64_t tick_ms = 100;

std::uint32_t all_of(std::size_t recipients) { return (1u << recipients) - 1; }

} // namespace

sim_node::sim_node(world& in, std::size_t place)
: in_{in}, place_{place}, rate_{1.0 + static_cast<double>(in.chance.between(-20, 20)) / 1000.0},
  offset_{in.chance.between(0, 7'200'000)} {}

member_row sim_node::row() const {
  return {.id = kept.id,
          .name = "n" + std::to_string(place_),
          .address = "",
          .number = kept.number,
          .life = members ? members->life() : first_life(kept.starts),
          .left = false};
}

steady_time sim_node::clock() const {
  return steady_time{milliseconds{offset_ + static_cast<std::int64_t>(static_cast<double>(in_.now()) * rate_)}};
}

void sim_node::start() {
  ++run;
  ++kept.starts;
  paused_until_ = 0;
  std::vector<member_row> known;
  for (const auto& [id, each] : kept.members)
    known.push_back(each);
  auto self = row();
  members = std::make_unique<membership>(in_.plan.membership, self, known, clock());
  rules_ = std::make_unique<shadow>(in_.plan.shadow, kept.id, self.life, clock());
  for (const auto& [id, mail] : kept.mail) {
    rules_->restore(mail.row);
    if (mail.row.by.owner == kept.id)
      queue_.insert(id);
  }
  for (const auto& [to, some] : kept.notices)
    for (const auto& [sequence, each] : some)
      rules_->restore(to, each, clock());
  const auto of_run = run;
  in_.at(in_.now() + in_.chance.between(0, 300), [this, of_run] {
    if (of_run == run)
      rules_->restored(clock());
  });
  in_.at(in_.now(), [this, of_run] { tick(of_run); });
}

void sim_node::stop() {
  // What was being written at the crash may be there, or not, from the front.
  if (committing_ > 0 && in_.chance.one_in(2))
    apply_first(static_cast<std::size_t>(in_.chance.below(committing_ + 1)));
  ++run;
  rules_.reset();
  members.reset();
  line_.clear();
  committing_ = 0;
  queue_.clear();
  busy_.clear();
  settled_.clear();
  asleep_.clear();
  sent_once_.clear();
  draining_ = false;
}

void sim_node::erase() {
  kept = {};
  kept.id = {mix(++in_.next_id_, in_.plan.seed)};
  kept.number = static_cast<std::uint16_t>(in_.next_id_);
}

void sim_node::pause(std::int64_t until) {
  paused_until_ = until;
  const auto of_run = run;
  in_.at(until, [this, of_run] {
    if (of_run != run)
      return;
    for (const auto& each : std::exchange(asleep_, {}))
      each();
  });
}

bool sim_node::standing() const {
  return in_.plan.broken == sabotage::no_majority || members->standing(clock());
}

bool sim_node::would_deliver(message_id id) const {
  if (!queue_.contains(id))
    return false;
  const auto* const known = rules_->find(id);
  const bool may = rules_->may_deliver(id)
                   || (in_.plan.broken == sabotage::returns_unasked && known != nullptr
                       && known->state == custody_state::owned);
  return may && (!rules_->needs_standing(id) || standing());
}

void sim_node::accept(message_id id, std::size_t) {
  if (!awake())
    return;
  rules_->keep(id, 1000, clock());
  pump();
}

void sim_node::receive(node_id from, const wire& what, std::uint32_t settled) {
  if (!running())
    return;
  if (!awake()) {
    asleep_.push_back([this, from, what, settled] { receive(from, what, settled); });
    return;
  }
  if (const auto* const beat = std::get_if<heartbeat>(&what))
    members->receive(*beat, clock());
  else
    rules_->receive(from, std::get<shadow_message>(what), !draining_, clock());
  pump(settled);
}

void sim_node::tick(std::uint64_t of_run) {
  if (of_run != run)
    return;
  in_.at(std::max(in_.now(), paused_until_) + tick_ms, [this, of_run] { tick(of_run); });
  if (!awake())
    return;
  for (std::size_t i = 0; i < in_.nodes_.size(); ++i) {
    const auto& other = *in_.nodes_[i];
    if (i != place_ && other.awake() && !in_.cut_.contains({i, place_}) && !in_.cut_.contains({place_, i}))
      members->introduce(other.row(), clock());
  }
  members->set_load({.queued = queue_.size(), .room_bytes = 1'000'000, .draining = draining_});
  members->tick(clock());
  pump();
  tell_peers();
  rules_->tick(clock(), standing());
  pump();
  deliver_some();
}

void sim_node::tell_peers() {
  std::vector<peer_status> all;
  for (const auto& each : members->view(clock()))
    if (each.row.id != kept.id && !each.row.left)
      all.push_back({each.row.id, each.state == member_state::alive || each.state == member_state::suspect,
                     each.lost, each.load});
  rules_->set_peers(std::move(all));
}

void sim_node::pump(std::uint32_t came_with) {
  bool told = false;
  while (const auto todo = members->next()) {
    if (!std::exchange(told, true))
      tell_peers();
    if (const auto* const send = std::get_if<send_heartbeat>(&*todo))
      in_.post(place_, send->to, send->what, 0);
    else if (const auto* const write = std::get_if<write_member>(&*todo))
      kept.members[write->row.id] = write->row;
    else if (const auto* const forget = std::get_if<forget_member>(&*todo))
      kept.members.erase(forget->id);
    else if (const auto* const lost = std::get_if<peer_lost>(&*todo))
      rules_->peer_lost(lost->id, clock());
    else if (const auto* const back = std::get_if<peer_returned>(&*todo))
      rules_->peer_returned(back->id);
    else if (const auto* const changed = std::get_if<standing_changed>(&*todo);
             changed != nullptr && (changed->gained || in_.plan.broken != sabotage::no_majority))
      rules_->standing_changed(changed->gained, changed->life, clock());
  }
  while (auto todo = rules_->next()) {
    if (const auto* const mark = std::get_if<mark_recipients>(&*todo))
      for (const auto each : mark->recipients)
        settled_[mark->id] |= 1u << each;
    line_.emplace_back(std::move(*todo), came_with);
  }
  carry_out();
}

bool sim_node::is_write(const line_item& x) const {
  if (std::holds_alternative<settle_write>(x))
    return true;
  const auto& todo = std::get<shadow_action>(x);
  return std::holds_alternative<write_custody>(todo) || std::holds_alternative<drop_custody>(todo)
         || std::holds_alternative<mark_recipients>(todo) || std::holds_alternative<write_notice>(todo)
         || std::holds_alternative<erase_notices>(todo);
}

void sim_node::carry_out() {
  while (committing_ == 0 && !line_.empty()) {
    if (!is_write(line_.front().first)) {
      const auto first = std::move(line_.front());
      line_.pop_front();
      act(std::get<shadow_action>(first.first));
      continue;
    }
    if (in_.plan.broken == sabotage::sends_before_writes) {
      const auto of_run = run;
      in_.at(in_.now() + 1500, [this, of_run, item = line_.front()] {
        if (of_run == run)
          apply(item.first, item.second);
      });
      line_.pop_front();
      continue;
    }
    while (committing_ < line_.size() && is_write(line_[committing_].first))
      ++committing_;
    const auto of_run = run;
    in_.at(in_.now() + in_.chance.between(1, in_.chance.one_in(20) ? 200 : 8), [this, of_run] {
      if (of_run != run)
        return;
      const auto finish = [this] {
        apply_first(committing_);
        committing_ = 0;
        carry_out();
      };
      if (awake())
        finish();
      else
        asleep_.push_back(finish);
    });
  }
}

void sim_node::apply_first(std::size_t count) {
  for (; count > 0; --count) {
    apply(line_.front().first, line_.front().second);
    line_.pop_front();
  }
}

void sim_node::apply(const line_item& x, std::uint32_t came_with) {
  if (const auto* const settle = std::get_if<settle_write>(&x)) {
    if (settle->all)
      kept.mail.erase(settle->id);
    else if (const auto found = kept.mail.find(settle->id); found != kept.mail.end())
      found->second.settled |= settle->settled;
    return;
  }
  const auto& todo = std::get<shadow_action>(x);
  if (const auto* const write = std::get_if<write_custody>(&todo)) {
    const auto found = kept.mail.find(write->row.id);
    if (write->with_message) {
      kept.mail[write->row.id].row = write->row;
      kept.mail[write->row.id].settled |= came_with;
    } else if (found != kept.mail.end() && in_.plan.broken != sabotage::custody_in_memory) {
      found->second.row = write->row;
    }
  } else if (const auto* const drop = std::get_if<drop_custody>(&todo)) {
    kept.mail.erase(drop->id);
  } else if (const auto* const mark = std::get_if<mark_recipients>(&todo)) {
    if (const auto found = kept.mail.find(mark->id); found != kept.mail.end())
      for (const auto each : mark->recipients)
        found->second.settled |= 1u << each;
  } else if (const auto* const note = std::get_if<write_notice>(&todo)) {
    kept.notices[note->to][note->what.sequence] = note->what;
  } else if (const auto* const erased = std::get_if<erase_notices>(&todo)) {
    auto& of = kept.notices[erased->to];
    of.erase(of.begin(), of.upper_bound(erased->up_to));
    if (of.empty())
      kept.notices.erase(erased->to);
  }
}

void sim_node::act(const shadow_action& x) {
  const auto of_run = run;
  if (const auto* const send = std::get_if<send_to>(&x)) {
    std::uint32_t settled = 0;
    const auto body_of = [&](message_id id) {
      const auto found = kept.mail.find(id);
      settled = found == kept.mail.end() ? 0 : found->second.settled;
      const auto* const known = rules_->find(id);
      return found != kept.mail.end() || (known != nullptr && known->state == custody_state::keeping);
    };
    if (const auto* const copy = std::get_if<keep_copy>(&send->what); copy != nullptr && !body_of(copy->row.id))
      return;
    if (const auto* const take = std::get_if<take_message>(&send->what); take != nullptr && !body_of(take->row.id))
      return;
    if (const auto* const some = std::get_if<notices>(&send->what);
        some != nullptr && in_.plan.broken == sabotage::notices_once) {
      auto& last = sent_once_[send->to];
      if (some->items.back().sequence <= last)
        return;
      last = some->items.back().sequence;
    }
    in_.post(place_, send->to, send->what, settled);
  } else if (const auto* const keep = std::get_if<keep_here>(&x)) {
    in_.at(in_.now() + in_.chance.between(1, 10), [this, of_run, row = keep->row] {
      if (of_run != run)
        return;
      // Settled by another node before it was here: what concerns it comes after it.
      if (rules_->find(row.id) == nullptr)
        return;
      kept.mail[row.id].row = row;
      if (in_.plan.broken == sabotage::early_250)
        in_.acked(row.id, in_.plan.shadow.copies);
      const auto finish = [this, id = row.id] {
        rules_->kept_here(id, clock());
        pump();
      };
      if (awake())
        finish();
      else
        asleep_.push_back(finish);
    });
  } else if (const auto* const accepted = std::get_if<accept_message>(&x)) {
    queue_.insert(accepted->id);
    in_.acked(accepted->id, accepted->copies);
  } else if (const auto* const refused = std::get_if<refuse_message>(&x)) {
    kept.mail.erase(refused->id);
  } else if (const auto* const adopted = std::get_if<adopt_message>(&x)) {
    queue_.insert(adopted->id);
  } else if (const auto* const demoted = std::get_if<demote_message>(&x)) {
    queue_.erase(demoted->id);
  } else if (const auto* const discarded = std::get_if<discard_message>(&x)) {
    queue_.erase(discarded->id);
  } else if (const auto* const load = std::get_if<load_notices>(&x)) {
    std::vector<peer_notice> some;
    const auto& of = kept.notices[load->to];
    auto each = of.upper_bound(load->after);
    for (; each != of.end() && some.size() < load->limit; ++each)
      some.push_back(each->second);
    const bool all = each == of.end();
    in_.at(in_.now() + 2, [this, of_run, to = load->to, some, all] {
      if (of_run != run)
        return;
      rules_->notices_loaded(to, some, all, clock());
      pump();
    });
  }
}

void sim_node::deliver_some() {
  const auto of_run = run;
  std::size_t started = 0;
  for (const auto id : queue_) {
    if (started == 8)
      return;
    if (busy_.contains(id) || in_.of(id).due > in_.now() || !would_deliver(id) || in_.chance.one_in(3))
      continue;
    in_.begins(place_, id);
    ++started;
    busy_.insert(id);
    in_.at(in_.now() + in_.chance.between(5, 150), [this, of_run, id] {
      if (of_run != run)
        return;
      if (awake())
        attempted(id);
      else
        asleep_.push_back([this, id] { attempted(id); });
    });
  }
}

/// The host took the message for some of its recipients. A little later we know, and say so.
void sim_node::attempted(message_id id) {
  const auto recipients = in_.of(id).recipients;
  const auto found = kept.mail.find(id);
  const auto before = (found == kept.mail.end() ? 0u : found->second.settled) | settled_[id];
  std::uint32_t now_settled = 0;
  std::vector<std::uint16_t> those;
  for (std::size_t i = 0; i < recipients; ++i) {
    if ((before >> i & 1) != 0 || in_.chance.one_in(3))
      continue;
    in_.delivered(place_, id, i);
    now_settled |= 1u << i;
    those.push_back(static_cast<std::uint16_t>(i));
  }
  const auto of_run = run;
  in_.at(in_.now() + in_.chance.between(0, 5), [this, of_run, id, before, now_settled, those, recipients] {
    if (of_run != run)
      return;
    const auto finish = [this, id, before, now_settled, those, recipients] {
      busy_.erase(id);
      const auto all = (before | now_settled) == all_of(recipients);
      if (now_settled == 0 && !all)
        return;
      settled_[id] |= now_settled;
      line_.emplace_back(settle_write{id, now_settled, all}, 0);
      if (all) {
        queue_.erase(id);
        rules_->settled(id, clock());
      } else {
        rules_->settled(id, those, clock());
      }
      pump();
    };
    if (awake())
      finish();
    else
      asleep_.push_back(finish);
  });
}

void sim_node::move_some(node_id to, std::size_t count, unsigned hops_max) {
  if (!awake())
    return;
  for (const auto id : std::set<message_id>{queue_}) {
    if (count == 0)
      break;
    if (!busy_.contains(id) && rules_->move(id, to, 1000, hops_max, clock()))
      --count;
  }
  pump();
}

void sim_node::set_draining(bool draining) { draining_ = draining; }

} // namespace troupe::support
