// SHADOW: what the SHARD sees of the queue, and what is taken out of its hands.

#include "actors/cluster/shadow.hpp"
#include "actors/event_log.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr seconds share_interval{1};
constexpr std::size_t withdraw_page = 10'000;

} // namespace

// A letter whose 250 waits is announced when it is said; the STORE's own go on at once.
caf::result<batch_taken> shadow::on_batch_kept(const batch_kept& x) {
  std::vector<keep_message> own;
  for (const auto& each : x.all) {
    if (each.beside) // by keep_here
      continue;
    rules_.own(each.mail->id);
    own.push_back(each);
  }
  if (!own.empty()) {
    pump();
    announce(std::move(own));
  }
  if (ahead_ < announced_ahead_max)
    return batch_taken{};
  batches_.push_back(make_response_promise<batch_taken>());
  return caf::delegated<batch_taken>{};
}

void shadow::announce(std::vector<keep_message> all) {
  ++ahead_;
  const auto taken = [this] {
    --ahead_;
    if (!batches_.empty()) {
      batches_.front().deliver(batch_taken{});
      batches_.pop_front();
    }
  };
  request<caf::message_priority::high>(options_.shard->now(), caf::infinite, batch_kept{std::move(all)})
    .then([taken](const batch_taken&) { taken(); },
          [taken](const caf::error&) { taken(); }); // the next SHARD finds it in the schedule
}

/// As they are on disk now, if they may be leased. One request in flight.
void shadow::announce_some() {
  if (announcing_ || to_announce_.empty())
    return;
  announcing_ = true;
  load_messages asked;
  while (!to_announce_.empty() && asked.ids.size() < load_batch_max) {
    asked.ids.push_back(to_announce_.front());
    to_announce_.pop_front();
  }
  const auto ids = asked.ids;
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, std::move(asked))
    .then(
      [this](const messages_loaded& x) {
        announcing_ = false;
        on_announced(x);
      },
      [this, ids](const caf::error&) { // the STORE is gone: the tick asks the next one
        announcing_ = false;
        to_announce_.insert(to_announce_.end(), ids.begin(), ids.end());
      });
}

void shadow::on_announced(const messages_loaded& x) {
  std::vector<keep_message> news;
  for (const auto& each : x.found) {
    const auto id = each.mail->id;
    const auto* const known = rules_.find(id);
    if (each.as == storage::kept_as::copy
        || (known != nullptr && rules_.node_at(known->owner) != options_.self))
      continue;
    if (state_of(*each.mail) == message_state::settled)
      settle_away(id);
    else if (may_lease(id))
      news.push_back(each);
  }
  if (x.why.empty())
    for (const auto id : x.missing)
      if (!legacy_->keeping.contains(id))
        rules_.settled(id, steady());
  if (!news.empty())
    announce(std::move(news));
  pump();
  announce_some();
}

/// Something may be in the schedule that it does not know of.
void shadow::tell_shard() {
  if (legacy_->restored)
    send<caf::message_priority::high>(options_.shard->now(), store_opened{});
}

caf::result<schedule_loaded> shadow::on_load_schedule(const load_schedule& x) {
  if (!legacy_->restored)
    return to_caf({errc::worker_lost, "who owns what is not known yet"});
  auto promise = make_response_promise<schedule_loaded>();
  page(x, promise);
  return caf::delegated<schedule_loaded>{};
}

void shadow::page(const load_schedule& x, caf::typed_response_promise<schedule_loaded> promise) {
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, x)
    .then(
      [this, limit = x.limit, promise](const schedule_loaded& loaded) mutable {
        schedule_loaded answer{{}, loaded.last};
        for (const auto& each : loaded.entries) {
          // Nobody holds it yet: it was here before the cluster, or is a notice of our own.
          rules_.own(each.id);
          if (may_lease(each.id))
            answer.entries.push_back(each);
        }
        pump();
        if (answer.entries.empty() && !loaded.last) // the asker would ask for the same page for ever
          return page({loaded.entries.back(), limit}, promise);
        promise.deliver(std::move(answer));
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
}

caf::result<messages_loaded> shadow::on_load_messages(const load_messages& x) {
  auto promise = make_response_promise<messages_loaded>();
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, x)
    .then(
      [this, promise](const messages_loaded& loaded) mutable {
        auto answer = loaded;
        const auto withheld = std::stable_partition(answer.found.begin(), answer.found.end(), [this](const auto& each) {
          return may_lease(each.mail->id);
        });
        for (auto each = withheld; each != answer.found.end(); ++each)
          answer.missing.push_back(each->mail->id);
        answer.found.erase(withheld, answer.found.end());
        promise.deliver(std::move(answer));
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  return caf::delegated<messages_loaded>{};
}

// ---- out of its hands

void shadow::withdraw_some() {
  // Some that a peer declined, or that never went: they are ours to deliver again.
  std::erase_if(legacy_->moving, [this](message_id id) {
    const auto* const known = rules_.find(id);
    if (known != nullptr && known->state == policy::custody_state::moving)
      return false;
    if (known != nullptr && known->state == policy::custody_state::owned)
      legacy_->line.emplace_back(announce_task{id});
    return true;
  });
  carry_out();
  if (withdrawing_ || legacy_->withdrawing.empty())
    return;
  withdrawing_ = true;
  withdraw asked;
  for (const auto& [id, back] : legacy_->withdrawing) {
    asked.ids.push_back(id);
    if (asked.ids.size() == withdraw_page)
      break;
  }
  request<caf::message_priority::high>(options_.shard->now(), caf::infinite, std::move(asked))
    .then(
      [this](const withdrawn& x) {
        withdrawing_ = false;
        for (const auto id : x.ids) {
          const auto found = legacy_->withdrawing.find(id);
          if (found == legacy_->withdrawing.end())
            continue;
          if (found->second) {
            legacy_->marked.erase(id);
            if (may_lease(id)) // else the gate tells it, when it opens
              legacy_->line.emplace_back(announce_task{id});
          }
          legacy_->withdrawing.erase(found);
        }
        carry_out();
      },
      [this](const caf::error&) { withdrawing_ = false; });
}

void shadow::share() {
  if (sharing_ || !legacy_->restored || steady() < share_at_ || !open_)
    return;
  share_at_ = steady() + share_interval;
  sharing_ = true;
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, describe_store{})
    .then(
      [this](const store_view& x) {
        sharing_ = false;
        const auto oldest = x.oldest == message_id{} ? milliseconds{0} : wall() - born_at(x.oldest);
        share(x.counts.of(message_state::queued).messages, std::max(oldest, milliseconds{0}));
      },
      [this](const caf::error&) { sharing_ = false; });
}

// Each slice gives its part of what the node would give.
void shadow::share(std::uint64_t queued, milliseconds wait) {
  const auto& news = legacy_->news;
  const policy::node_load own{.queued = queued * options_.slices, .wait = wait, .draining = news.draining};
  const auto hops_max = news.draining ? policy::hops_draining : options_.sharing.hops_max;
  for (const auto& order : policy::share_out(options_.sharing, own, policy::peers_of(news))) {
    const auto part = (order.messages + options_.slices - 1) / options_.slices;
    hand_over(rules_.movable(part, hops_max), order.to, hops_max);
  }
}

void shadow::hand_over(std::vector<message_id> ids, policy::node_id to, unsigned hops_max) {
  if (ids.empty())
    return;
  request<caf::message_priority::high>(options_.shard->now(), caf::infinite, withdraw{std::move(ids)})
    .then(
      [this, to, hops_max](const withdrawn& x) {
        for (const auto id : x.busy)
          legacy_->line.emplace_back(announce_task{id});
        carry_out();
        const auto back = [this](const std::vector<message_id>& some) {
          for (const auto id : some)
            legacy_->line.emplace_back(announce_task{id});
          carry_out();
        };
        request<caf::message_priority::high>(options_.store->now(), caf::infinite, load_messages{x.ids})
          .then(
            [this, to, hops_max, back](const messages_loaded& loaded) {
              std::vector<message_id> kept;
              for (const auto& each : loaded.found)
                if (const auto id = each.mail->id; state_of(*each.mail) != message_state::settled
                                                   && rules_.move(id, to, each.body->size, hops_max, steady()))
                  legacy_->moving.insert(id);
                else
                  kept.push_back(id);
              pump();
              back(kept);
            },
            [back, ids = x.ids](const caf::error&) { back(ids); });
      },
      [](const caf::error&) {}); // the next SHARD reads them from disk
}

} // namespace troupe::actors
