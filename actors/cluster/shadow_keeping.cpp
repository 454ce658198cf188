// SHADOW: from a letter to its 250, and from its outcomes to what the others hear of them.

#include "actors/cluster/shadow.hpp"
#include "actors/event_log.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

caf::result<message_kept> shadow::on_keep_message(const keep_message& x) {
  const auto id = x.mail->id;
  if (rules_.find(id) != nullptr)
    return to_caf({errc::refused, "a message of this name is known already"});
  auto promise = make_response_promise<message_kept>();
  kept_.emplace(id, promise);
  legacy_->keeping.emplace(id, shadow_legacy::kept{x.mail, x.body});
  rules_.keep(id, x.body->size, steady());
  pump();
  return caf::delegated<message_kept>{};
}

// At once: the copies travel meanwhile. Its row is beside it in the same transaction, and
// what comes later about it comes to the STORE behind it.
void shadow::keep_here(const policy::keep_here& x) {
  const auto id = x.row.id;
  const auto& what = legacy_->keeping.at(id);
  keep_message whole{what.mail, what.body};
  whole.beside = std::make_shared<const storage::custody_writes>(
    storage::custody_writes{storage::put_custody{id, policy::encode_custody(x.row)}});
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, std::move(whole))
    .then([this, id](const message_kept& answer) { on_kept_here(id, answer); },
          [this, id](const caf::error& why) { on_not_kept_here(id, from_caf(why)); });
}

void shadow::on_kept_here(message_id id, const message_kept& x) {
  if (const auto found = legacy_->keeping.find(id); found != legacy_->keeping.end()) {
    found->second.here = true;
    found->second.commit = x.commit;
  }
  rules_.kept_here(id, steady());
  pump();
}

void shadow::on_not_kept_here(message_id id, const error& why) {
  why_not_.emplace(id, why);
  rules_.not_kept_here(id, steady());
  pump();
}

void shadow::accept(const policy::accept_message& x) {
  const auto found = legacy_->keeping.find(x.id);
  if (found == legacy_->keeping.end())
    return;
  const auto what = std::move(found->second);
  legacy_->keeping.erase(found);
  const auto promise = kept_.find(x.id);
  if (promise == kept_.end()) // the SESSION said 451 when the SHADOW before this one died
    return settle_away(x.id);
  promise->second.deliver(message_kept{x.id, what.commit});
  kept_.erase(promise);
  // It may have been taken over or settled elsewhere meanwhile.
  if (rules_.find(x.id) != nullptr && may_lease(x.id))
    news_.push_back({what.mail, what.body});
}

/// Out of the queue, and everybody hears it.
void shadow::settle_away(message_id id) {
  settle_task task;
  settle({id, nullptr, {}, nullptr}, task);
  legacy_->line.emplace_back(std::move(task));
}

caf::result<messages_settled> shadow::on_settle_messages(const settle_messages& x) {
  pump(); // what was to be done before
  settle_task task;
  for (const auto& each : x.all)
    settle(each, task);
  task.ticket = ++tickets_;
  settled_.emplace(task.ticket, make_response_promise<messages_settled>());
  legacy_->line.emplace_back(std::move(task));
  carry_out();
  return caf::delegated<messages_settled>{};
}

void shadow::settle(settling what, settle_task& into) {
  const auto id = what.id;
  if (const auto found = legacy_->marked.find(id); found != legacy_->marked.end() && what.mail) {
    auto mail = std::make_shared<queued_message>(*what.mail);
    for (const auto each : found->second)
      if (each < mail->recipients.size() && !is_settled(mail->recipients[each].state))
        mail->recipients[each].state = recipient_state::delivered;
    what.mail = state_of(*mail) == message_state::settled ? nullptr : mail_ptr{std::move(mail)};
  }
  if (!what.mail) {
    rules_.settled(id, steady());
    legacy_->told.erase(id);
    legacy_->marked.erase(id);
  } else if (rules_.find(id) != nullptr) {
    const auto some = newly_settled(*what.mail);
    for (std::size_t at = 0; at < some.size(); at += policy::notice_recipients_max) {
      const auto end = std::min(some.size(), at + policy::notice_recipients_max);
      rules_.settled(id, {some.begin() + static_cast<std::ptrdiff_t>(at), some.begin() + static_cast<std::ptrdiff_t>(end)},
                     steady());
    }
  }
  // What the machine wants written now belongs into the same transaction.
  auto& line = legacy_->line;
  const auto before = line.size();
  while (auto todo = rules_.next())
    translate(*todo);
  storage::custody_writes beside;
  std::vector<shadow_task> others;
  for (; line.size() > before; line.pop_back())
    if (auto* const one = std::get_if<storage::custody_write>(&line.back()))
      beside.push_back(std::move(*one));
    else
      others.push_back(std::move(line.back()));
  std::reverse(beside.begin(), beside.end());
  for (auto each = others.rbegin(); each != others.rend(); ++each)
    line.push_back(std::move(*each));
  if (!beside.empty()) {
    if (what.beside)
      beside.insert(beside.begin(), what.beside->begin(), what.beside->end());
    what.beside = std::make_shared<const storage::custody_writes>(std::move(beside));
  }
  into.all.push_back(std::move(what));
}

std::vector<std::uint16_t> shadow::newly_settled(const queued_message& mail) {
  auto& told = legacy_->told;
  if (told.size() >= told_max && !told.contains(mail.id))
    told.erase(told.begin());
  auto& of = told[mail.id];
  of.resize(mail.recipients.size());
  std::vector<std::uint16_t> some;
  for (std::size_t i = 0; i < mail.recipients.size(); ++i)
    if (is_settled(mail.recipients[i].state) && !of[i]) {
      of[i] = true;
      some.push_back(static_cast<std::uint16_t>(i));
    }
  return some;
}

} // namespace troupe::actors
