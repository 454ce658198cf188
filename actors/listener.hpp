// LISTENER: the door of one address on one I/O thread.
//
//   Place      TCP -> [LISTENER], which spawns SESSIONS
//   Spawned    by the node at start, one for each address on each I/O thread.
//   Dies       on shutdown only: when it drains and its last SESSION has ended.
//   Restarted  never: its death ends the process, and systemd starts it anew.
//   Bound      the census: above its limits a connection is answered 421 and closed.
//   States     open -> draining (the port is closed, each SESSION is told).

#pragma once

#include "actors/census.hpp"
#include "actors/inbound_rules.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/session.hpp"
#include "net/io/acceptor.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>
#include <unordered_map>

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

struct listener_options {
  std::string name; ///< For paths and metrics: "mx".
  io::endpoint address;
};

class listener final : public pinned_actor<listener_actor> {
public:
  /// `door` listens already, so that a start can tell why it can't.
  listener(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
           const listener_options& options, std::shared_ptr<std::unique_ptr<io::acceptor>> door,
           inbound_rules_ptr rules, queue_doors_ptr queue, std::shared_ptr<census> counted);

  const char* name() const override { return "listener"; }
  void on_exit() override;

protected:
  listener_actor::behavior_type make_behavior() override;

private:
  void wait();
  void accept_waiting();
  void welcome(std::unique_ptr<io::stream_socket> socket);
  void turn_away(io::stream_socket& socket, const std::string& from, census_answer why);
  void on_down(const caf::down_msg& x);
  void on_drain();

  const listener_options options_;
  std::unique_ptr<io::acceptor> door_;
  inbound_rules_ptr rules_;
  queue_doors_ptr queue_;
  const std::shared_ptr<census> counted_;
  std::unordered_map<caf::actor_addr, session_actor> sessions_;
  std::uint64_t welcomed_ = 0;
  bool draining_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_inbound_rules)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::accept_again)
