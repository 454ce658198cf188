// Where threads ask the main thread for a reload and wait for what came of it.

#pragma once

#include "app/admin/parts.hpp"

#include <future>
#include <mutex>
#include <vector>

namespace troupe::app {

/// Reading files and asking actors takes a moment; a main thread that does not come by
/// in this time is stuck.
inline constexpr seconds reload_wait_max{5};

class reload_desk {
public:
  using waiting = std::vector<std::promise<reload_report>>;

  /// Wakes the main thread with SIGHUP and waits. Any thread. Fails with timed_out.
  [[nodiscard]] result<reload_report> ask();

  /// The main thread: whoever waits, before the reload begins.
  [[nodiscard]] waiting take();
  static void answer(waiting& who, const reload_report& with);

private:
  std::mutex guard_;
  waiting waiting_;
};

} // namespace troupe::app
