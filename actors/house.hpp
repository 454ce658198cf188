// What every actor finds when it enters: where to log, count and sign in. Made
// before the first actor, gone after the last.

#pragma once

namespace troupe::actors {

class directory;
class event_log;
class node_metrics;

struct house {
  event_log& log;
  node_metrics& metrics;
  directory& actors;
};

} // namespace troupe::actors
