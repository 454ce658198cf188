#include "tests/actors/door_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// An open door on a free port of the loopback.
struct stage : support::door_fixture {
  stage() {
    REQUIRE(door->acceptor.listen({"127.0.0.1", 0}).ok());
    open();
  }

  void open() {
    doorman = sys.spawn<listener>(home, "/inbound/mx/0", std::ref(unit), std::ref(*door));
    run();
  }

  support::wire_end dial() {
    const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(door->acceptor.local().port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(handle, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    run();
    return support::wire_end{handle};
  }

  void kill_doorman() {
    caf::anon_send_exit(doorman, caf::exit_reason::kill);
    run();
    REQUIRE(doorman_has_ended());
  }

  bool doorman_has_ended() const {
    return caf::actor_cast<caf::abstract_actor*>(doorman)->getf(
      caf::abstract_actor::is_cleaned_up_flag);
  }
};

} // namespace

TEST_CASE_METHOD(stage, "listener: above the limits a client is told 421 and no session begins",
                 "[actors]") {
  auto first = dial();
  CHECK(first.take().starts_with("220 "));
  SECTION("in all") {
    common->counted.set_limits({1, 100});
    CHECK(dial().take() == "421 4.3.2 Too many connections, try again later\r\n");
  }
  SECTION("from one address") {
    common->counted.set_limits({100, 1});
    CHECK(dial().take() == "421 4.7.0 Too many connections from your address, try again later\r\n");
  }
  CHECK(door->sessions.size() == 1);
  first.hang_up();
  run();
  CHECK(door->sessions.empty());
  CHECK(dial().take().starts_with("220 "));
}

TEST_CASE_METHOD(stage, "listener: after its death the port is open and its sessions go on", "[actors]") {
  auto early = dial();
  early.take();
  kill_doorman();
  CHECK(say(early, "NOOP\r\n").starts_with("250 "));
  auto waiting = dial(); // in the backlog
  CHECK(waiting.take().empty());
  open();
  CHECK(waiting.take().starts_with("220 "));
  CHECK(say(early, "NOOP\r\n").starts_with("250 "));
  CHECK(door->sessions.size() == 2);
  CHECK(common->counted.present() == 2);
  CHECK(home.metrics.sessions("mx").value() == 2);
}

TEST_CASE_METHOD(stage, "listener: a session whose listener is dead gives its place back by itself",
                 "[actors]") {
  auto early = dial();
  kill_doorman();
  REQUIRE(common->counted.present() == 1);
  early.hang_up();
  run();
  CHECK(common->counted.present() == 0);
  CHECK(home.metrics.sessions("mx").value() == 0);
}

TEST_CASE_METHOD(stage, "listener: the next one drains the sessions of the dead one", "[actors]") {
  auto early = dial();
  early.take();
  kill_doorman();
  open();
  SECTION("when it is told") { self->send(doorman, drain{}); }
  SECTION("when the dead one was told") {
    door->draining = true;
    kill_doorman();
    open();
  }
  run();
  CHECK(early.take() == "421 4.3.2 Going down, come back later\r\n");
  CHECK_FALSE(doorman_has_ended()); // until the last client has left
  early.hang_up();
  run();
  CHECK(doorman_has_ended());
}

TEST_CASE_METHOD(stage, "listener: when the house closes, port and sessions end with it", "[actors]") {
  auto client = dial();
  client.take();
  caf::anon_send_exit(doorman, caf::exit_reason::user_shutdown);
  run();
  CHECK(door->sessions.empty());
  CHECK(common->counted.present() == 0);
  client.take();
  CHECK(client.ended());
}

TEST_CASE_METHOD(stage, "listener: new rules hold for who comes from now on, and for the next listener",
                 "[actors]") {
  auto other = std::make_shared<inbound_rules>(*rules);
  other->session.hostname = "next.test";
  self->send(doorman, use_inbound_rules{other});
  run();
  CHECK(dial().take().starts_with("220 next.test "));
  kill_doorman();
  open();
  CHECK(dial().take().starts_with("220 next.test "));
}

TEST_CASE_METHOD(stage, "listener: a crash of a session is told", "[actors]") {
  auto client = dial();
  crash_first_session();
  CHECK(logged().find("session_crashed") != std::string::npos);
  CHECK(home.metrics.actor_restarts_total("session", "crashed").value() == 1);
}
