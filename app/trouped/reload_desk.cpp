#include "app/trouped/reload_desk.hpp"

#include <csignal>
#include <unistd.h>
#include <utility>

namespace troupe::app {

result<reload_report> reload_desk::ask() {
  std::promise<reload_report> promise;
  auto report = promise.get_future();
  {
    const std::lock_guard lock(guard_);
    waiting_.push_back(std::move(promise));
  }
  ::kill(::getpid(), SIGHUP);
  if (report.wait_for(reload_wait_max) != std::future_status::ready)
    return error{errc::timed_out, "the main thread did not reload in time"};
  return report.get();
}

reload_desk::waiting reload_desk::take() {
  const std::lock_guard lock(guard_);
  return std::exchange(waiting_, {});
}

void reload_desk::answer(waiting& who, const reload_report& with) {
  for (auto& each : who)
    each.set_value(with);
}

} // namespace troupe::app
