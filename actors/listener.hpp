// LISTENER: lets clients in by the door of one address on one I/O thread.
//
//   Place      TCP -> [LISTENER], which spawns SESSIONS
//   Spawned    by the node, one for each address on each I/O thread.
//   Dies       when it drains and its last SESSION has ended, or is told user_shutdown:
//              then the house closes, the port with it, and SESSIONS end at once.
//   Restarted  after any other death, on the same doorway: the port stays open, clients
//              wait in its backlog, and the SESSIONS of the dead one go on. The next one
//              goes by its rules and drains its SESSIONS.
//   Bound      the census and the rates of strangers: above a limit a connection is
//              answered 421 and closed.
//   States     open -> draining (the port is closed, each SESSION is told).

#pragma once

#include "actors/doorway.hpp"
#include "actors/pinned_actor.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>

namespace troupe::actors {

/// For connections that come in from now on.
struct use_inbound_rules {
  inbound_rules_ptr rules;
};

/// Tries again to accept, after descriptors had run out.
struct accept_again {};

using listener_actor
  = caf::typed_actor<caf::reacts_to<use_inbound_rules>, caf::reacts_to<accept_again>,
                     caf::reacts_to<drain>>;

class listener final : public pinned_actor<listener_actor> {
public:
  /// `door` belongs to the thread of `unit`, and listens already, so that a start can
  /// tell why it can't.
  listener(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
           doorway& door);

  /// Why somebody is not let in: for the metrics, the log and the client.
  struct turning {
    std::string_view reason;
    std::string_view limit;
    std::string_view reply;
  };

  const char* name() const override { return "listener"; }
  void on_exit() override;

protected:
  listener_actor::behavior_type make_behavior() override;

private:
  void wait();
  void accept_waiting();
  void welcome(std::unique_ptr<io::stream_socket> socket);
  void turn_away(io::stream_socket& socket, const std::string& from, const turning& why);
  void on_down(const caf::down_msg& x);
  void on_told_to_exit(const caf::exit_msg& x);
  void on_drain();

  doorway& door_;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_inbound_rules)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::accept_again)
