// Those who check and sign messages.

#include "actors/worker_pool.hpp"
#include "app/node/compose_authentication.hpp"
#include "app/node/node.hpp"

namespace troupe::app {

// They are hired with the house, not with the first message: idle ones cost a thread and
// no work, and nobody's first letter waits for them.
actors::child_spec node::examination() {
  using pool = actors::worker_pool<actors::examine_message, actors::message_examined, actors::examiner_actor>;
  const auto hire = [this](policy::worker_number number) {
    return actors::examiner_actor{system_->spawn<actors::examiner, caf::detached>(
      house_, number, std::size_t{config_.pool.examination.mailbox} + 1, rules_.get().outbound.breaker, dns_)};
  };
  return {"/outbound/examination", "pool", policy::restart_kind::always, [this, hire] {
            const actors::examination_pool_actor made
              = system_->spawn<pool>(house_, make_examination_pool(config_), hire);
            inbound_->examination->cast(made);
            return caf::actor_cast<caf::strong_actor_ptr>(made);
          }};
}

} // namespace troupe::app
