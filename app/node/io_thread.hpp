// One I/O thread of the node, with the doors that open on it.

#pragma once

#include "actors/doorway.hpp"
#include "actors/io_unit.hpp"
#include "app/node/node.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace troupe::app {

struct node::io_thread {
  io_thread(caf::actor_system& system, id_source ids) : unit(system, ids) {}

  actors::io_unit unit;
  std::vector<std::unique_ptr<actors::doorway>> doors; ///< One for each [[listener]].
  std::thread thread;
};

} // namespace troupe::app
