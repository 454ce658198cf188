// SHADOW: what its machine wants done, in order: what was to be written before is on disk
// before anything is sent, answered or adopted.

#include "actors/cluster/shadow.hpp"
#include "actors/event_log.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::actors {

namespace {

bool is_write(const shadow_task& task) {
  return std::holds_alternative<storage::custody_write>(task) || std::holds_alternative<settle_task>(task);
}

} // namespace

void shadow::pump() {
  while (auto todo = rules_.next())
    translate(*todo);
  carry_out();
}

void shadow::translate(policy::shadow_action& todo) {
  auto& line = legacy_->line;
  if (auto* const sent = std::get_if<policy::send_to>(&todo)) {
    line.emplace_back(std::move(*sent));
  } else if (auto* const row = std::get_if<policy::write_custody>(&todo)) {
    auto bytes = policy::encode_custody(row->row);
    if (!arrived_ || arrived_->id != row->row.id || arrived_->row != bytes)
      write(storage::put_custody{row->row.id, std::move(bytes)});
  } else if (const auto* const dropped = std::get_if<policy::drop_custody>(&todo)) {
    write(storage::drop_custody{dropped->id});
    legacy_->told.erase(dropped->id);
  } else if (auto* const mark = std::get_if<policy::mark_recipients>(&todo)) {
    const auto* const known = rules_.find(mark->id);
    if (known != nullptr && rules_.node_at(known->owner) == options_.self) {
      auto& all = legacy_->marked[mark->id];
      for (const auto each : mark->recipients)
        if (std::find(all.begin(), all.end(), each) == all.end())
          all.push_back(each);
      legacy_->withdrawing[mark->id] = true;
    }
    write(storage::mark_recipients{mark->id, std::move(mark->recipients)});
  } else if (const auto* const told = std::get_if<policy::write_notice>(&todo)) {
    write(storage::put_notice{told->to.value, told->what.sequence, policy::encode_notice(told->what)});
  } else if (const auto* const erased = std::get_if<policy::erase_notices>(&todo)) {
    write(storage::erase_notices{erased->to.value, erased->up_to});
  } else if (const auto* const wanted = std::get_if<policy::load_notices>(&todo)) {
    line.emplace_back(*wanted);
  } else if (const auto* const keep = std::get_if<policy::keep_here>(&todo)) {
    keep_here(*keep);
  } else if (const auto* const accepted = std::get_if<policy::accept_message>(&todo)) {
    line.emplace_back(*accepted);
  } else if (const auto* const refused = std::get_if<policy::refuse_message>(&todo)) {
    write(storage::discard_message{refused->id});
    line.emplace_back(refuse_task{refused->id});
  } else if (const auto* const adopted = std::get_if<policy::adopt_message>(&todo)) {
    write(storage::adopt_message{adopted->id});
    line.emplace_back(announce_task{adopted->id});
  } else if (const auto* const demoted = std::get_if<policy::demote_message>(&todo)) {
    write(storage::demote_message{demoted->id});
    legacy_->withdrawing[demoted->id] = false;
  } else if (const auto* const discarded = std::get_if<policy::discard_message>(&todo)) {
    write(storage::discard_message{discarded->id});
    legacy_->withdrawing[discarded->id] = false;
  } else if (const auto* const changed = std::get_if<policy::serving_changed>(&todo)) {
    line.emplace_back(*changed);
  }
}

void shadow::carry_out() {
  auto& line = legacy_->line;
  while (writing_ == 0 && !write_again_ && !line.empty()) {
    if (is_write(line.front())) {
      write_some();
      break;
    }
    auto task = std::move(line.front());
    line.pop_front();
    act(task);
  }
  if (!news_.empty())
    announce(std::exchange(news_, {}));
  announce_some();
}

// One run at a time. What the STORE had not answered when it died is written once more,
// all of it and in the same order: it does no harm to what was on disk already.
void shadow::write_some() {
  if (writing_ > 0)
    return;
  write_again_ = false;
  write_failed_ = false;
  wrote_ = 0;
  auto& line = legacy_->line;
  storage::custody_writes change;
  const auto asked = [this](auto what, auto answer) {
    using answer_type = decltype(answer);
    ++writing_;
    request<caf::message_priority::high>(options_.store->now(), caf::infinite, std::move(what))
      .then([this](const answer_type&) { on_wrote(true); }, [this](const caf::error&) { on_wrote(false); });
  };
  const auto flush = [&] {
    if (!change.empty())
      asked(change_custody{std::exchange(change, {})}, custody_changed{});
  };
  for (const auto& each : line) {
    if (!is_write(each) || wrote_ == tasks_together_max)
      break;
    ++wrote_;
    if (const auto* const one = std::get_if<storage::custody_write>(&each)) {
      change.push_back(*one);
      continue;
    }
    flush();
    asked(settle_messages{std::get<settle_task>(each).all}, messages_settled{});
  }
  flush();
}

void shadow::on_wrote(bool well) {
  write_failed_ |= !well;
  if (--writing_ > 0)
    return;
  if (write_failed_) {
    write_again_ = true;
    return;
  }
  auto& line = legacy_->line;
  for (; wrote_ > 0; --wrote_) {
    const auto task = std::move(line.front());
    line.pop_front();
    if (const auto* const settled = std::get_if<settle_task>(&task))
      if (const auto found = settled_.find(settled->ticket); found != settled_.end()) {
        found->second.deliver(messages_settled{});
        settled_.erase(found);
      }
  }
  carry_out();
}

void shadow::act(shadow_task& task) {
  if (const auto* const sent = std::get_if<policy::send_to>(&task)) {
    send_word(*sent);
  } else if (const auto* const accepted = std::get_if<policy::accept_message>(&task)) {
    accept(*accepted);
  } else if (const auto* const wanted = std::get_if<policy::load_notices>(&task)) {
    load_notices_for(*wanted);
  } else if (std::holds_alternative<policy::serving_changed>(task)) {
    look_at_gate();
  } else if (const auto* const announced = std::get_if<announce_task>(&task)) {
    to_announce_.push_back(announced->id);
  } else if (const auto* const refused = std::get_if<refuse_task>(&task)) {
    const auto id = refused->id;
    legacy_->keeping.erase(id);
    error why{errc::peer_unreachable, "fewer nodes than cluster.copies have the message"};
    if (const auto disk = why_not_.find(id); disk != why_not_.end()) {
      why = disk->second;
      why_not_.erase(disk);
    }
    if (const auto promise = kept_.find(id); promise != kept_.end()) {
      promise->second.deliver(to_caf(why));
      kept_.erase(promise);
    }
  }
}

void shadow::load_notices_for(const policy::load_notices& x) {
  const auto failed = [this, x](const caf::error&) {
    legacy_->line.emplace_back(x); // the STORE is gone: the tick asks the next one
  };
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, load_notices{x.to.value, x.after, x.limit})
    .then(
      [this, x](const notices_loaded& loaded) {
        std::vector<policy::peer_notice> some;
        for (const auto& each : loaded.found)
          if (auto what = policy::decode_notice(each.sequence, each.row))
            some.push_back(std::move(*what));
          else
            log().error("notice_unreadable", {{"peer", x.to.value}, {"reason", what.error().detail}});
        rules_.notices_loaded(x.to, some, loaded.last, steady());
        pump();
      },
      failed);
}

} // namespace troupe::actors
