// What every actor finds when it enters: where to log, count and sign in. Made
// before the first actor, gone after the last.

#pragma once

#include "net/core/time.hpp"

namespace troupe::actors {

class directory;
class event_log;
class node_metrics;

struct house {
  event_log& log;
  node_metrics& metrics;
  directory& actors;
  wall_time (*wall_clock)() = wall_now; ///< A test brings its own.
};

} // namespace troupe::actors
