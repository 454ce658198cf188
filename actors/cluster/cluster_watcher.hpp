// What MEMBER tells those who act by who lives: SHADOWs and GOVERNOR.

#pragma once

#include "actors/policy/cluster/cluster_news.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <memory>

namespace troupe::actors {

/// At each change, and with each heartbeat.
struct cluster_changed {
  std::shared_ptr<const policy::cluster_news> news;
};
using cluster_watcher = caf::typed_actor<caf::reacts_to<cluster_changed>>;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::cluster_changed)
