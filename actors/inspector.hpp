// INSPECTOR: looks once, while the shard serves, whether its database is whole.
//
//   Place      [INSPECTOR] -> STORE
//   Spawned    by the node at start, one for each shard, detached: it reads the
//              whole file.
//   Dies       when it has looked, or when asked to stop.
//   Restarted  when it crashed; when it has looked, the next start looks again.
//   Bound      one look; it asks every few milliseconds whether to go on.
//   States     looking.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/role.hpp"
#include "actors/store.hpp"
#include "storage/queue_store_options.hpp"

#include <caf/typed_actor.hpp>

#include <stop_token>

namespace troupe::actors {

struct begin_inspection {};

using inspector_actor = caf::typed_actor<caf::reacts_to<begin_inspection>>;

class inspector final : public base_actor<inspector_actor> {
public:
  /// `stop` is asked for by the node when it goes down: a long look must not hold it.
  inspector(caf::actor_config& config, const house& home, unsigned number,
            const storage::queue_store_options& files, role_ptr<store_actor> store, std::stop_token stop);

  const char* name() const override { return "inspector"; }

protected:
  inspector_actor::behavior_type make_behavior() override;

private:
  void look();

  const storage::queue_store_options files_;
  const role_ptr<store_actor> store_;
  const std::stop_token stop_;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::begin_inspection)
