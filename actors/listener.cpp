#include "actors/listener.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <caf/send.hpp>

#include <array>
#include <charconv>

namespace troupe::actors {

namespace {

constexpr std::size_t mailbox_limit = 64;
/// Connections taken at one go; then sockets get their turn.
constexpr unsigned accepts_at_once = 64;
constexpr milliseconds accept_pause{100};

std::string in_hex(std::uint64_t number) {
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  return {text.data(), end};
}

} // namespace

listener::listener(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                   const listener_options& options,
                   std::shared_ptr<std::unique_ptr<io::acceptor>> door, inbound_rules_ptr rules,
                   queue_doors_ptr queue, std::shared_ptr<census> counted)
  : pinned_actor(config, home, {"listener", std::move(path), mailbox_limit}, unit),
    options_(options), door_(std::move(*door)), rules_(std::move(rules)),
    queue_(std::move(queue)), counted_(std::move(counted)) {}

listener_actor::behavior_type listener::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  wait();
  return {
    [this](const use_inbound_rules& x) { rules_ = x.rules; },
    [this](const accept_again&) { accept_waiting(); },
    [this](const drain&) { on_drain(); },
  };
}

void listener::on_exit() {
  door_->close();
  // Those that a drain had no more time for: a socket left open would keep its thread.
  for (const auto& [address, each] : sessions_)
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  sessions_.clear();
  queue_ = nullptr;
  pinned_actor::on_exit();
}

void listener::wait() {
  door_->wait_acceptable(bind([this](std::error_code why) {
    if (!why && !draining_)
      accept_waiting();
  }));
}

void listener::accept_waiting() {
  if (draining_)
    return;
  for (unsigned n = 0; n < accepts_at_once; ++n) {
    std::error_code failed;
    auto socket = door_->accept(unit().loop(), failed);
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
  if (const auto answer = counted_->enter(peer.address); answer != census_answer::counted)
    return turn_away(*socket, peer.address, answer);
  auto made = system().spawn<session>(home(), path() + "/session/" + in_hex(welcomed_++),
                                      std::ref(unit()), std::move(socket), peer, rules_, queue_,
                                      counted_);
  monitor(made);
  sessions_.emplace(made.address(), std::move(made));
  metrics().sessions(options_.name).add(1);
}

void listener::turn_away(io::stream_socket& socket, const std::string& from, census_answer why) {
  const bool all = why == census_answer::too_many;
  metrics().messages_rejected_total(all ? "connections" : "connections_per_ip").add();
  log().warn("connection_refused", {{"actor", path()}, {"client_ip", from},
                                    {"reason", all ? "limits.connections" : "limits.connections_per_ip"}});
  // One packet on a fresh socket always fits its buffer.
  static_cast<void>(socket.write_some(
    all ? "421 4.3.2 Too many connections, try again later\r\n"
        : "421 4.7.0 Too many connections from your address, try again later\r\n"));
  socket.shut_write();
  socket.close();
}

void listener::on_down(const caf::down_msg& x) {
  if (sessions_.erase(x.source) == 0)
    return;
  metrics().sessions(options_.name).add(-1);
  if (x.reason && x.reason != caf::exit_reason::user_shutdown) {
    log().error("session_crashed", {{"actor", path()}, {"reason", system().render(x.reason)}});
    metrics().actor_restarts_total("session", "crashed").add();
  }
  if (draining_ && sessions_.empty())
    quit(caf::exit_reason::user_shutdown);
}

void listener::on_drain() {
  draining_ = true;
  door_->close();
  for (const auto& [address, each] : sessions_)
    send(each, drain{});
  if (sessions_.empty())
    quit(caf::exit_reason::user_shutdown);
}

} // namespace troupe::actors
