#include "actors/hiring.hpp"

#include "actors/postman.hpp"

namespace troupe::actors {

hire_worker hire_deliveries(const house& home, std::shared_ptr<const delivery_options> options,
                            std::vector<io_unit*> units, std::vector<role_ptr<spool_actor>> spools,
                            std::size_t first) {
  return [&home, options = std::move(options), units = std::move(units),
          spools = std::move(spools), first](caf::actor_system& system, const worker_post& post) {
    const auto turn = first + static_cast<std::size_t>(post.number);
    return worker_actor{system.spawn<delivery>(
      home, post.path + "/delivery/" + std::to_string(post.number),
      std::ref(*units[turn % units.size()]), options, post.targets, post.route,
      spools[turn % spools.size()])};
  };
}

hire_worker hire_postmen(const house& home, std::string hostname) {
  return [&home, hostname = std::move(hostname)](caf::actor_system& system,
                                                 const worker_post& post) {
    return worker_actor{system.spawn<postman, caf::detached>(
      home, post.path + "/postman/" + std::to_string(post.number), hostname, post.route)};
  };
}

} // namespace troupe::actors
