#include "actors/listener.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <caf/send.hpp>

#include <array>
#include <charconv>

namespace troupe::actors {

namespace {

constexpr std::size_t listener_mailbox_limit = 64;
/// Connections taken at one go; then sockets get their turn.
constexpr unsigned accepts_at_once = 64;
constexpr milliseconds accept_pause{100};

const listener::turning too_many{"connections", "limits.connections",
                                 "421 4.3.2 Too many connections, try again later\r\n"};
const listener::turning too_many_from_there{"connections_per_ip", "limits.connections_per_ip",
                                            "421 4.7.0 Too many connections from your address, try again later\r\n"};
const listener::turning too_often{"connection_rate", "limits.connection_rate",
                                  "421 4.7.0 Too many connections from you, try again later\r\n"};

std::string in_hex(std::uint64_t number) {
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  return {text.data(), end};
}

} // namespace

listener::listener(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                   doorway& door)
  : pinned_actor(config, home, {"listener", std::move(path), listener_mailbox_limit}, unit), door_(door) {}

listener_actor::behavior_type listener::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  set_exit_handler([this](caf::exit_msg& x) { on_told_to_exit(x); });
  for (const auto& [id, each] : door_.sessions)
    monitor(each);
  if (door_.draining)
    on_drain();
  else
    wait();
  return {
    [this](const use_inbound_rules& x) { door_.rules = x.rules; },
    [this](const accept_again&) { accept_waiting(); },
    [this](const drain&) { on_drain(); },
  };
}

void listener::on_exit() {
  door_.acceptor.cancel();
  pinned_actor::on_exit();
}

void listener::on_told_to_exit(const caf::exit_msg& x) {
  if (x.reason == caf::exit_reason::user_shutdown) {
    door_.draining = true;
    door_.acceptor.close();
    // Those that a drain had no more time for: a socket left open would keep its thread.
    for (const auto& [id, each] : door_.sessions)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  }
  quit(x.reason);
}

void listener::wait() {
  door_.acceptor.wait_acceptable(bind([this](std::error_code why) {
    if (!why)
      accept_waiting();
  }));
}

void listener::accept_waiting() {
  if (door_.draining)
    return;
  for (unsigned n = 0; n < accepts_at_once; ++n) {
    std::error_code failed;
    auto socket = door_.acceptor.accept(unit().loop(), failed);
    if (failed) {
      // No descriptors left, most likely: without a pause this would spin.
      log().warn("accept_failed", {{"actor", path()}, {"reason", failed.message()}});
      delayed_send(this, accept_pause, accept_again{});
      return;
    }
    if (!socket)
      break;
    welcome(std::move(socket));
  }
  wait();
}

void listener::welcome(std::unique_ptr<io::stream_socket> socket) {
  const auto peer = socket->peer();
  if (peer.address.empty())
    return; // gone already
  const auto parsed = parse_ip_address(peer.address);
  const auto from = parsed ? *parsed : ip_address{}; // none on a local socket
  // Who speaks for others is counted, and limited, as those.
  const bool speaks_for_others = door_.rules->door.speaks_for_others(from);
  switch (door_.house->counted.enter(speaks_for_others ? ip_address{} : from)) {
    case census_answer::counted: break;
    case census_answer::too_many: return turn_away(*socket, peer.address, too_many);
    case census_answer::too_many_from_there: return turn_away(*socket, peer.address, too_many_from_there);
  }
  if (!speaks_for_others && !door_.rules->admission->may_relay({from, false})
      && door_.house->book.connection(from, unit().loop().now()) != policy::arrival_answer::welcome) {
    door_.house->counted.leave(from);
    return turn_away(*socket, peer.address, too_often);
  }
  auto made = system().spawn<session>(home(), path() + "/session/" + in_hex(door_.welcomed++),
                                      std::ref(unit()), std::move(socket), peer, from,
                                      std::ref(door_));
  monitor(made);
  door_.sessions.emplace(made.id(), std::move(made));
}

void listener::turn_away(io::stream_socket& socket, const std::string& from, const turning& why) {
  metrics().messages_rejected_total(why.reason).add();
  log().warn("connection_refused", {{"actor", path()}, {"client_ip", from}, {"reason", why.limit}});
  // One packet on a fresh socket always fits its buffer. To who waits for TLS it would be
  // noise, and a handshake is more than a connection too many is worth.
  if (!door_.rules->begins_with_tls)
    static_cast<void>(socket.write_some(why.reply));
  socket.shut_write();
  socket.close();
}

void listener::on_down(const caf::down_msg& x) {
  if (x.reason && x.reason != caf::exit_reason::user_shutdown) {
    log().error("session_crashed", {{"actor", path()}, {"reason", system().render(x.reason)}});
    metrics().actor_restarts_total("session", "crashed").add();
  }
  if (door_.draining && door_.sessions.empty())
    quit(caf::exit_reason::user_shutdown);
}

void listener::on_drain() {
  door_.draining = true;
  door_.acceptor.close();
  for (const auto& [id, each] : door_.sessions)
    send(each, drain{});
  if (door_.sessions.empty())
    quit(caf::exit_reason::user_shutdown);
}

} // namespace troupe::actors
