#include "actors/supervisor.hpp"

#include "actors/role.hpp"
#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <stdexcept>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::restart_kind;

namespace {

struct fall_over {};
struct go_home {};

using player_actor = caf::typed_actor<caf::reacts_to<fall_over>, caf::reacts_to<go_home>>;

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fall_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(go_home)

namespace {

class player final : public base_actor<player_actor> {
public:
  player(caf::actor_config& config, const house& home, std::string path)
    : base_actor(config, home, {"player", std::move(path), 16}) {}

protected:
  player_actor::behavior_type make_behavior() override {
    return {
      [](const fall_over&) { throw std::runtime_error("stage fright"); },
      [this](const go_home&) { quit(); },
    };
  }
};

struct stage : support::actor_fixture {
  std::shared_ptr<roll_call> roll = std::make_shared<roll_call>();
  std::map<std::string, role_ptr<player_actor>> roles;
  std::map<std::string, int> entrances;
  std::vector<std::string> order;
  int entrances_that_fail = 0;
  policy::supervision_options options{3, 60s, 100ms, 10s};

  ~stage() {
    // The supervisors hold what the test does.
    drop_cast();
  }

  child_spec place(const std::string& path, restart_kind kind = restart_kind::always) {
    roles[path] = make_role<player_actor>();
    return {path, "player", kind, [this, path] {
              if (entrances_that_fail > 0 && entrances[path] > 0) {
                --entrances_that_fail;
                throw std::runtime_error("the trapdoor jams");
              }
              ++entrances[path];
              order.push_back(path);
              const auto made = sys.spawn<player>(home, path);
              roles[path]->cast(made);
              return caf::actor_cast<caf::strong_actor_ptr>(made);
            }};
  }

  child_spec group(const std::string& path, std::vector<child_spec> children) {
    return {path, "supervisor", restart_kind::always, [this, path, children] {
              return caf::actor_cast<caf::strong_actor_ptr>(
                sys.spawn<supervisor>(home, path, options, children, roll));
            }};
  }

  supervisor_actor raise(std::vector<child_spec> children, const std::string& path = "/") {
    const auto made = spawn<supervisor>(home, path, options, std::move(children), roll);
    settle();
    return made;
  }

  void tell(const std::string& path, fall_over what) { caf::anon_send(roles[path]->now(), what), settle(); }
  void tell(const std::string& path, go_home what) { caf::anon_send(roles[path]->now(), what), settle(); }

  void end(const caf::strong_actor_ptr& who, caf::error why) {
    caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(who),
                                                caf::exit_msg{who->address(), std::move(why)});
    settle();
  }
  void end(const std::string& path, caf::error why) {
    end(caf::actor_cast<caf::strong_actor_ptr>(roles[path]->now()), std::move(why));
  }

  double restarts(const std::string& reason) {
    return static_cast<double>(home.metrics.actor_restarts_total("player", reason).value());
  }
};

} // namespace

TEST_CASE_METHOD(stage, "supervisor: its children are on stage, in order, before anybody else can act", "[actors]") {
  spawn<supervisor>(home, "/", options, std::vector{place("/a"), place("/b")}, roll);
  CHECK(order == std::vector<std::string>{"/a", "/b"});
  CHECK_FALSE(roll->wait_gone("/a", {}));
}

TEST_CASE_METHOD(stage, "supervisor: who crashed comes back after a wait, and nobody else is touched", "[actors]") {
  raise({place("/a"), place("/b")});
  const auto old = roles["/a"]->now();
  tell("/a", fall_over{});
  CHECK(is_gone("/a"));
  advance(50ms);
  CHECK(entrances["/a"] == 1);
  advance(100ms);
  CHECK(entrances["/a"] == 2);
  CHECK(roles["/a"]->now() != old);
  CHECK(entrances["/b"] == 1);
  CHECK(card("/a").restarts == 1);
  CHECK(card("/a").last_error.find("stage fright") != std::string::npos);
  CHECK(restarts("crashed") == 1);
  CHECK(logged().find("actor_restarted") != std::string::npos);
}

TEST_CASE_METHOD(stage, "supervisor: who is killed comes back, too", "[actors]") {
  raise({place("/a")});
  end("/a", caf::exit_reason::kill);
  advance(200ms);
  CHECK(entrances["/a"] == 2);
  CHECK(restarts("killed") == 1);
}

TEST_CASE_METHOD(stage, "supervisor: a restart that was asked for comes at once and counts for nothing", "[actors]") {
  raise({place("/a")});
  for (int i = 0; i < 10; ++i) {
    end("/a", restart_asked());
    advance(100ms);
    CHECK(entrances["/a"] == i + 2);
  }
  CHECK(roll->why_fell().empty());
  CHECK(restarts("asked") == 10);
}

TEST_CASE_METHOD(stage, "supervisor: who is through goes home, unless the place must never be empty", "[actors]") {
  raise({place("/a", restart_kind::on_crash), place("/b", restart_kind::always)});
  tell("/a", go_home{});
  tell("/b", go_home{});
  advance(1s);
  CHECK(entrances["/a"] == 1);
  CHECK(roll->wait_gone("/a", {}));
  CHECK(entrances["/b"] == 2);
}

TEST_CASE_METHOD(stage, "supervisor: an entrance that fails is one more crash", "[actors]") {
  raise({place("/a")});
  entrances_that_fail = 2;
  tell("/a", fall_over{});
  advance(2s);
  CHECK(entrances_that_fail == 0);
  CHECK(entrances["/a"] == 2);
}

TEST_CASE_METHOD(stage, "supervisor: a storm of restarts brings the house down with its reason", "[actors]") {
  raise({place("/a")});
  for (int i = 0; i < 3; ++i) {
    tell("/a", fall_over{});
    advance(5s);
  }
  CHECK(roll->why_fell().empty());
  CHECK(entrances["/a"] == 4);
  tell("/a", fall_over{});
  advance(20s);
  CHECK(entrances["/a"] == 4);
  CHECK(roll->why_fell().starts_with("/a: "));
  CHECK(is_gone("/"));
}

TEST_CASE_METHOD(stage, "supervisor: a group that gave up is built anew by its parent", "[actors]") {
  raise({group("/g", {place("/g/a"), place("/g/b")}), place("/c")});
  for (int i = 0; i < 4; ++i) {
    tell("/g/a", fall_over{});
    advance(5s);
  }
  CHECK(roll->why_fell().empty());
  CHECK(entrances["/g/a"] == 5);
  CHECK(entrances["/g/b"] == 2); // it went with its group
  CHECK(entrances["/c"] == 1);
  CHECK(card("/g").restarts == 1);
}

TEST_CASE_METHOD(stage, "supervisor: a killed supervisor takes its children along, and comes back with new ones", "[actors]") {
  raise({group("/g", {place("/g/a")})});
  const auto old = roles["/g/a"]->now();
  end(home.actors.find("/g")->who.lock(), caf::exit_reason::kill);
  advance(1s);
  CHECK(entrances["/g/a"] == 2);
  CHECK(roles["/g/a"]->now() != old);
}

TEST_CASE_METHOD(stage, "supervisor: a group's child that has not gone yet is waited for", "[actors]") {
  const auto still_there = spawn<player>(home, "/a");
  raise({place("/a")});
  advance(1s);
  CHECK(entrances["/a"] == 0);
  end(caf::actor_cast<caf::strong_actor_ptr>(still_there), caf::exit_reason::kill);
  advance(100ms);
  CHECK(entrances["/a"] == 1);
}

TEST_CASE_METHOD(stage, "supervisor: whose predecessor never ends gives up", "[actors]") {
  const auto still_there = spawn<player>(home, "/a");
  raise({place("/a")});
  advance(11s);
  CHECK(entrances["/a"] == 0);
  CHECK(roll->why_fell().find("does not come to its end") != std::string::npos);
}

TEST_CASE_METHOD(stage, "supervisor: a closing house starts nobody", "[actors]") {
  const auto root = raise({group("/g", {place("/g/a")}), place("/b")});
  caf::anon_send(root, close_house{});
  settle();
  tell("/g/a", fall_over{});
  tell("/b", go_home{});
  advance(20s);
  CHECK(entrances["/g/a"] == 1);
  CHECK(entrances["/b"] == 1);
  CHECK(roll->wait_gone("/g/", {}));
  CHECK(roll->why_fell().empty());
}

TEST_CASE_METHOD(stage, "supervisor: a house that can't be built throws at its builder", "[actors]") {
  child_spec broken{"/x", "player", restart_kind::always,
                    []() -> caf::strong_actor_ptr { throw std::runtime_error("no stage"); }};
  CHECK_THROWS_WITH(spawn<supervisor>(home, "/", options, std::vector{place("/a"), broken}, roll), "no stage");
  settle();
  CHECK(is_gone("/a"));
}
