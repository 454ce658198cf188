#include "actors/warden.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t mailbox_limit = 1024;

} // namespace

void roll_call::came(const std::string& name) {
  const std::lock_guard lock(guard_);
  present_.insert(name);
}

void roll_call::went(const std::string& name, const std::string& unexpected) {
  {
    const std::lock_guard lock(guard_);
    if (const auto at = present_.find(name); at != present_.end())
      present_.erase(at);
    if (!unexpected.empty() && unexpected_.empty())
      unexpected_ = name + ": " + unexpected;
  }
  changed_.notify_all();
}

bool roll_call::wait_gone(const std::string& prefix, steady_time deadline) {
  std::unique_lock lock(guard_);
  return changed_.wait_until(lock, deadline, [&] {
    const auto at = present_.lower_bound(prefix);
    return at == present_.end() || !at->starts_with(prefix);
  });
}

std::string roll_call::first_unexpected() const {
  const std::lock_guard lock(guard_);
  return unexpected_;
}

warden::warden(caf::actor_config& config, const house& home, std::shared_ptr<roll_call> roll)
  : base_actor(config, home, {"warden", "/warden", mailbox_limit}), roll_(std::move(roll)) {}

warden_actor::behavior_type warden::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  return {
    [this](const watch& x) {
      watched_[caf::actor_cast<caf::actor_addr>(x.who)] = x.name;
      monitor(caf::actor_cast<caf::actor>(x.who));
    },
  };
}

void warden::on_down(const caf::down_msg& x) {
  const auto at = watched_.find(x.source);
  if (at == watched_.end())
    return;
  const bool expected = x.reason == caf::exit_reason::user_shutdown;
  roll_->went(at->second, expected ? std::string{} : system().render(x.reason));
  watched_.erase(at);
}

} // namespace troupe::actors
