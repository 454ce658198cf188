// A door on a stage: LISTENER and SESSIONS with real sockets on an event loop that the
// test turns, its clock included, in front of a STORE that says what the test wants.

#pragma once

#include "actors/doorway.hpp"
#include "actors/listener.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::support {

/// What the fake STORE was given, and is to say.
struct keeper_book {
  std::vector<actors::keep_message> kept;
  std::optional<error> refusal;
  bool silent = false; ///< Answers wait for `speak`.
  std::vector<caf::typed_response_promise<actors::message_kept>> unanswered;
};

inline actors::store_actor::behavior_type keeper(actors::store_actor::pointer self,
                                                 std::shared_ptr<keeper_book> book) {
  using namespace actors;
  return {
    [self, book](const keep_message& x) -> caf::result<message_kept> {
      if (book->refusal)
        return to_caf(*book->refusal);
      book->kept.push_back(x);
      if (!book->silent)
        return message_kept{x.mail->id};
      book->unanswered.push_back(self->make_response_promise<message_kept>());
      return caf::delegated<message_kept>{};
    },
    [](const settle_messages&) { return messages_settled{}; },
    [](const load_schedule&) { return schedule_loaded{}; },
    [](const load_messages&) { return messages_loaded{}; },
    [](const change_custody&) { return custody_changed{}; },
    [](const load_custody&) { return custody_loaded{}; },
    [](const load_notice_peers&) { return notice_peers_loaded{}; },
    [](const load_notices&) { return notices_loaded{}; },
    [](const describe_store&) { return store_view{}; },
    [](const set_shard_aside&) {},
    [](const use_disk_breaker&) {},
    [](const act_on_breaker&) { return store_view{}; },
    [](const drain&) {},
    [book](const commit_waiting&) { // "speak"
      for (auto& each : std::exchange(book->unanswered, {}))
        each.deliver(message_kept{});
    },
    [](const recover_more&) {},
    [](const store_tick&) {},
  };
}

/// Takes bytes of bodies and says nothing until it is told.
struct mute_spool_book {
  std::size_t asked = 0;
  std::vector<caf::typed_response_promise<actors::file_written>> unanswered;
};

inline actors::spool_actor::behavior_type mute_spool(actors::spool_actor::pointer self,
                                                     std::shared_ptr<mute_spool_book> book) {
  using namespace actors;
  const auto wait = [self, book]() -> caf::result<file_written> {
    ++book->asked;
    book->unanswered.push_back(self->make_response_promise<file_written>());
    return caf::delegated<file_written>{};
  };
  return {
    [wait](const begin_file&) { return wait(); },
    [wait](const append_file&) { return wait(); },
    [](const finish_file&) -> caf::result<file_finished> {
      return to_caf({errc::storage_failed, "not in this play"});
    },
    [](const rewrite_file&) -> caf::result<file_finished> {
      return to_caf({errc::storage_failed, "not in this play"});
    },
    [](const read_file&) -> caf::result<file_read> {
      return to_caf({errc::storage_failed, "not in this play"});
    },
    [](const drop_file&) {},
  };
}

/// The other end of a session's socket.
class wire_end {
public:
  explicit wire_end(int handle) : handle_(handle) {}
  ~wire_end() { hang_up(); }
  wire_end(wire_end&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  wire_end& operator=(wire_end&&) = delete;

  /// As much of it as the socket takes.
  std::size_t put(std::string_view bytes) {
    const auto sent = ::send(handle_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  /// What is there now.
  std::string take() {
    std::string all;
    std::array<char, 4096> some{};
    for (;;) {
      const auto got = ::recv(handle_, some.data(), some.size(), MSG_DONTWAIT);
      ended_ = got == 0;
      if (got <= 0)
        return all;
      all.append(some.data(), static_cast<std::size_t>(got));
    }
  }

  [[nodiscard]] bool ended() const { return ended_; } ///< As `take` saw it last.
  void end_of_output() { ::shutdown(handle_, SHUT_WR); }
  void hang_up() {
    if (handle_ >= 0)
      ::close(std::exchange(handle_, -1));
  }

private:
  int handle_;
  bool ended_ = false;
};

struct door_fixture : actor_fixture {
  io::hand_clock clock{steady_time{std::chrono::hours{24}}};
  temp_folder folder;
  std::shared_ptr<keeper_book> book = std::make_shared<keeper_book>();
  actors::io_unit unit{sys, id_source{1, 0, now()}};
  std::shared_ptr<actors::inbound_house> common;
  std::unique_ptr<actors::doorway> door;
  std::shared_ptr<actors::inbound_rules> rules = std::make_shared<actors::inbound_rules>();
  actors::listener_actor doorman;
  std::string peer = "192.0.2.7";

  door_fixture() {
    unit.loop().go_by(clock);
    const storage::body_folder bodies{folder.path()};
    REQUIRE(bodies.make().ok());
    common = std::make_shared<actors::inbound_house>(home.log, home.metrics,
                                                     actors::census_limits{}, 1u << 20);
    auto store = sys.spawn(keeper, book);
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(store));
    common->queue.stores = {actors::make_role(store)};
    common->queue.spools = {actors::make_role(
      actors::spool_actor{spawn<actors::spool>(home, 0u, bodies, std::size_t{64})})};
    policy::domain_options local;
    local.name = "local.test";
    const auto domains = std::make_shared<const policy::local_domains>(
      std::move(*policy::local_domains::make({local}, "mx.test")));
    policy::relay_options relay;
    relay.networks = {*parse_ip_network("10.0.0.0/8")};
    rules->session.hostname = "mx.test";
    rules->admission = std::make_shared<const policy::admission>(
      std::move(*policy::admission::make(relay, domains)));
    rules->routing = std::make_shared<const policy::routing_table>(
      std::move(*policy::routing_table::make({}, domains)));
    door = std::make_unique<actors::doorway>(unit.loop(), "mx");
    door->house = common;
    door->rules = rules;
  }

  ~door_fixture() {
    for (const auto& [id, each] : door->sessions)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    if (doorman)
      caf::anon_send_exit(doorman, caf::exit_reason::kill);
    run();
    doorman = nullptr;
    for (const auto& each : common->queue.stores)
      each->vacate();
    for (const auto& each : common->queue.spools)
      each->vacate();
    run();
  }

  /// Until nobody has anything to do before the clock is turned.
  void run() {
    do
      settle();
    while (unit.loop().poll() > 0);
  }

  /// Turns every clock.
  void pass(milliseconds by) {
    constexpr milliseconds step{100};
    for (run(); by > milliseconds{0}; by -= step) {
      const auto some = std::min(by, step);
      clock.turn(some);
      advance(some);
      run();
    }
  }

  /// A session on a socket pair, as a LISTENER makes it.
  wire_end connect() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    io::stream_socket::protocol::socket socket(unit.loop().context());
    socket.assign(io::stream_socket::protocol(AF_UNIX, 0), ends[0]);
    const auto from = *parse_ip_address(peer);
    REQUIRE(common->counted.enter(from) == actors::census_answer::counted);
    actors::session_actor made = sys.spawn<actors::session>(
      home, "/inbound/mx/0/session/" + std::to_string(door->welcomed++), std::ref(unit),
      std::make_unique<io::stream_socket>(std::move(socket)), io::endpoint{peer, 4242}, from,
      std::ref(*door));
    door->sessions.emplace(made.id(), made);
    run();
    return wire_end{ends[1]};
  }

  /// What a bug in a session would do.
  void crash_first_session() {
    const auto whom = caf::actor_cast<caf::actor>(door->sessions.begin()->second);
    caf::anon_send(whom, caf::exit_msg{whom.address(), caf::make_error(caf::sec::runtime_error)});
    run();
  }

  /// The answer to what is said.
  std::string say(wire_end& client, std::string_view line) {
    REQUIRE(client.put(line) == line.size());
    run();
    return client.take();
  }

  /// All of it, however little the session takes at a time.
  void pour(wire_end& client, std::string_view bytes) {
    for (int idle = 0; !bytes.empty() && idle < 2;) {
      const auto sent = client.put(bytes);
      bytes.remove_prefix(sent);
      idle = sent > 0 ? 0 : idle + 1;
      run();
    }
  }

  /// A client that has said DATA.
  wire_end sending() {
    auto client = connect();
    REQUIRE(say(client, "EHLO client.test\r\n").find("220 mx.test") == 0);
    REQUIRE(say(client, "MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@local.test>\r\nDATA\r\n")
            == "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CRLF>.<CRLF>\r\n");
    return client;
  }
};

} // namespace troupe::support
