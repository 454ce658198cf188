// SHADOW: what is on disk of the cluster comes into memory, once in the life of a node.

#include "actors/cluster/shadow.hpp"
#include "actors/event_log.hpp"

#include <utility>

namespace troupe::actors {

void shadow::restore() {
  restoring_ = true;
  restore_custody({});
}

void shadow::restore_custody(message_id after) {
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, load_custody{after, custody_page})
    .then(
      [this](const custody_loaded& x) {
        on_custody(x);
        if (!x.last && !x.found.empty())
          return restore_custody(x.found.back().id);
        request<caf::message_priority::high>(options_.store->now(), caf::infinite, load_notice_peers{})
          .then([this](const notice_peers_loaded& some) { restore_notices(some.found); },
                [this](const caf::error&) { restoring_ = false; });
      },
      [this](const caf::error&) { restoring_ = false; }); // the tick begins again
}

// A crash may have come between a change of owner and the message's change of place.
void shadow::on_custody(const custody_loaded& x) {
  for (const auto& each : x.found) {
    const auto row = policy::decode_custody(each.id, each.row);
    if (!row) {
      log().error("custody_unreadable", {{"msg", each.id}, {"reason", row.error().detail}});
      continue;
    }
    if (rules_.find(each.id) != nullptr)
      continue; // newer
    if (!each.message) {
      log().warn("copy_lost", {{"msg", each.id}, {"actor", path()}});
      write(storage::drop_custody{each.id});
      continue;
    }
    rules_.restore(*row);
    const bool ours = row->by.owner == options_.self;
    const bool copy = *each.message == message_state::copy;
    if (ours && copy)
      write(storage::adopt_message{each.id});
    else if (!ours && !copy)
      write(storage::demote_message{each.id});
    if (ours && (copy || *each.message == message_state::settled))
      legacy_->line.emplace_back(announce_task{each.id});
  }
  carry_out();
}

void shadow::restore_notices(std::vector<storage::notice_peer> peers) {
  if (peers.empty())
    return end_restoring();
  const auto to = peers.back();
  peers.pop_back();
  // One more than there is room for, so that the machine knows of the others.
  const auto limit = policy::outbox_options{}.window_max + 1;
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, load_notices{to.peer, 0, limit})
    .then(
      [this, to, peers = std::move(peers)](const notices_loaded& x) mutable {
        for (const auto& each : x.found)
          if (const auto what = policy::decode_notice(each.sequence, each.row))
            rules_.restore({to.peer}, *what, steady());
          else
            log().error("notice_unreadable", {{"peer", to.peer}, {"reason", what.error().detail}});
        restore_notices(std::move(peers));
      },
      [this](const caf::error&) { restoring_ = false; });
}

void shadow::end_restoring() {
  restoring_ = false;
  legacy_->restored = true;
  enter_state(open_ ? "serving" : "withholding");
  rules_.restored(steady());
  pump();
  tell_shard();
}

} // namespace troupe::actors
