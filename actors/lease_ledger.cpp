#include "actors/lease_ledger.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace troupe::actors {

void lease_ledger::hand_back(attempt_finished what) {
  lessor_actor tell;
  {
    const std::lock_guard lock(guard_);
    if (back_.empty())
      tell = on_stage_;
    back_.push_back(std::move(what));
  }
  if (tell)
    caf::anon_send<caf::message_priority::high>(tell, leases_returned{});
}

void lease_ledger::bring_back_now(bring_back what) {
  lessor_actor tell;
  {
    const std::lock_guard lock(guard_);
    tell = on_stage_;
  }
  if (tell)
    caf::anon_send<caf::message_priority::high>(tell, std::move(what));
}

void lease_ledger::open(lessor_actor by) {
  const std::lock_guard lock(guard_);
  std::swap(on_stage_, by);
}

void lease_ledger::close() {
  pages pages_left;
  std::deque<attempt_finished> back_left;
  const std::lock_guard lock(guard_);
  pages_left.swap(pages_);
  back_left.swap(back_);
}

std::vector<lease_ledger::page> lease_ledger::inherit() const {
  const std::lock_guard lock(guard_);
  std::vector<page> all;
  all.reserve(pages_.size());
  for (const auto& [id, each] : pages_)
    all.push_back(each);
  return all;
}

const attempt_finished* lease_ledger::first_back() const {
  const std::lock_guard lock(guard_);
  return back_.empty() ? nullptr : &back_.front(); // what is added behind leaves it in place
}

void lease_ledger::forget_first() {
  const std::lock_guard lock(guard_);
  back_.pop_front();
}

void lease_ledger::lend(const std::vector<lease_ptr>& all, const caf::actor_addr& to) {
  const std::lock_guard lock(guard_);
  for (const auto& each : all) {
    auto& its = pages_[each->mail->id];
    its.mail = each->mail;
    its.body = each->body;
    its.leases.push_back({each, to});
  }
}

void lease_ledger::take_back(const lease_ptr& what) {
  const std::lock_guard lock(guard_);
  const auto at = pages_.find(what->mail->id);
  if (at == pages_.end())
    return;
  strike(at->second, what);
  drop_if_done(at);
}

void lease_ledger::settle(settling& what, const mail_ptr& now, const body_ptr& body,
                          const lease_ptr& with) {
  const std::lock_guard lock(guard_);
  auto& its = pages_[what.id];
  its.mail = now;
  its.body = body;
  what.number = ++settled_;
  its.unwritten.push_back(what);
  if (with)
    strike(its, with);
}

void lease_ledger::written(message_id id) {
  const std::lock_guard lock(guard_);
  const auto at = pages_.find(id);
  if (at == pages_.end() || at->second.unwritten.empty())
    return;
  at->second.unwritten.erase(at->second.unwritten.begin());
  drop_if_done(at);
}

void lease_ledger::strike(page& from, const lease_ptr& what) {
  std::erase_if(from.leases, [&](const lent& each) { return each.what == what; });
}

void lease_ledger::drop_if_done(pages::iterator at) {
  if (at->second.leases.empty() && at->second.unwritten.empty())
    pages_.erase(at);
}

} // namespace troupe::actors
