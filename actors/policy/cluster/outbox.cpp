#include "actors/policy/cluster/outbox.hpp"

#include <algorithm>

namespace troupe::policy {

peer_notice outbox::add(peer_notice what, steady_time now) {
  what.sequence = ++last_;
  if (spilled_ || window_.size() >= options_.window_max)
    spilled_ = true;
  else
    restore(what, now);
  return what;
}

void outbox::restore(peer_notice what, steady_time now) {
  last_ = std::max(last_, what.sequence);
  if (what.sequence <= in_window_)
    return;
  if (window_.size() >= options_.window_max) {
    spilled_ = true;
    return;
  }
  in_window_ = what.sequence;
  if (window_.empty())
    due_ = now + options_.gather;
  window_.push_back(std::move(what));
}

std::vector<peer_notice> outbox::due(steady_time now) {
  if (window_.empty() || now < due_)
    return {};
  const auto count = std::min(window_.size(), options_.batch_max);
  due_ = now + options_.repeat;
  std::vector<peer_notice> batch(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(count));
  batch_last_ = batch.back().sequence;
  return batch;
}

steady_time outbox::deadline() const noexcept {
  return window_.empty() ? steady_time::max() : due_;
}

bool outbox::answer(std::uint64_t sequence, steady_time now) {
  // One answer is for a whole batch, in order: what came before it is dealt with too.
  bool some = false;
  while (!window_.empty() && window_.front().sequence <= sequence) {
    window_.pop_front();
    some = true;
  }
  if (!some)
    return false;
  answered_ = std::max(answered_, sequence);
  if (sequence >= batch_last_)
    due_ = now + options_.gather;
  return true;
}

bool outbox::through(std::uint64_t mark) const noexcept {
  if (!window_.empty())
    return window_.front().sequence > mark;
  return !spilled_ || in_window_ >= mark;
}

bool outbox::releases(message_id id) const noexcept {
  return spilled_ || std::any_of(window_.begin(), window_.end(), [&](const peer_notice& each) {
           return each.id == id && each.kind == notice_kind::released;
         });
}

std::optional<std::uint64_t> outbox::load() {
  if (!spilled_ || loading_ || !window_.empty())
    return std::nullopt;
  loading_ = true;
  return in_window_;
}

} // namespace troupe::policy
