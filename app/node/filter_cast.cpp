// Those who keep a session's filters: the desk with their breakers, and the pool.

#include "app/node/node.hpp"

#include <atomic>
#include <memory>

namespace troupe::app {

std::vector<actors::child_spec> node::filter_cast() {
  using policy::restart_kind;
  const auto hire = [this, hired = std::make_shared<std::atomic<std::uint64_t>>(0)](
                      const actors::filter_post& x) {
    return actors::filter_actor{system_->spawn<actors::filter>(
      house_, "/filters/milter/" + std::to_string(++*hired), x, filter_desk_)};
  };
  const auto legacy = std::make_shared<actors::place_legacy<actors::filter_actor>>();
  return {
    {"/filters/desk", "filter_desk", restart_kind::always,
     [this] {
       const actors::filter_desk_actor made
         = system_->spawn<actors::filter_desk>(house_, make_filter_guards(rules_.get()));
       filter_desk_->cast(made);
       return caf::actor_cast<caf::strong_actor_ptr>(made);
     }},
    {"/filters/milter", "pool", restart_kind::always,
     [this, hire, legacy] {
       const actors::filter_pool_actor made
         = system_->spawn<actors::filter_pool>(house_, make_filter_pool(config_), hire, legacy);
       inbound_->filters->cast(made);
       return caf::actor_cast<caf::strong_actor_ptr>(made);
     }},
  };
}

} // namespace troupe::app
