#include "actors/roll_call.hpp"

namespace troupe::actors {

void roll_call::came(const std::string& path) {
  const std::lock_guard lock(guard_);
  present_.insert(path);
}

void roll_call::went(const std::string& path) {
  {
    const std::lock_guard lock(guard_);
    if (const auto at = present_.find(path); at != present_.end())
      present_.erase(at);
  }
  changed_.notify_all();
}

void roll_call::closes() {
  {
    const std::lock_guard lock(guard_);
    ++closed_;
  }
  changed_.notify_all();
}

bool roll_call::wait_closed(std::size_t supervisors, steady_time deadline) {
  std::unique_lock lock(guard_);
  return changed_.wait_until(lock, deadline, [&] { return closed_ >= supervisors; });
}

void roll_call::fell(const std::string& why) {
  const std::lock_guard lock(guard_);
  if (why_.empty())
    why_ = why;
}

bool roll_call::wait_gone(const std::string& prefix, steady_time deadline) {
  std::unique_lock lock(guard_);
  return changed_.wait_until(lock, deadline, [&] {
    const auto at = present_.lower_bound(prefix);
    return at == present_.end() || !at->starts_with(prefix);
  });
}

std::string roll_call::why_fell() const {
  const std::lock_guard lock(guard_);
  return why_;
}

} // namespace troupe::actors
