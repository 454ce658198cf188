#include "app/admin/ask.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <catch2/catch.hpp>

#include <sstream>

using namespace std::chrono_literals;
using namespace troupe;

namespace {

struct want_answer {};
struct given_answer {
  int value = 0;
};
struct answer_now {};

enum class manner { at_once, later, never, refuse };

using oracle_actor
  = caf::typed_actor<caf::replies_to<want_answer>::with<given_answer>, caf::reacts_to<answer_now>>;

class oracle final : public actors::base_actor<oracle_actor> {
public:
  oracle(caf::actor_config& config, const actors::house& home, manner how)
    : base_actor(config, home, {"oracle", "/oracle", 16}),
      how_(how) {}

  // An open promise holds its own actor.
  void on_exit() override {
    open_ = {};
    base_actor::on_exit();
  }

protected:
  oracle_actor::behavior_type make_behavior() override {
    return {
      [this](const want_answer&) -> caf::result<given_answer> {
        if (how_ == manner::at_once)
          return given_answer{42};
        if (how_ == manner::refuse)
          return actors::to_caf({errc::storage_full, "no room"});
        open_ = make_response_promise<given_answer>();
        if (how_ == manner::later)
          send(this, answer_now{});
        return caf::delegated<given_answer>{};
      },
      [this](const answer_now&) { open_.deliver(given_answer{7}); },
    };
  }

private:
  manner how_;
  caf::typed_response_promise<given_answer> open_;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(want_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(given_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(answer_now)

namespace {

struct stage {
  stage() { config.set("scheduler.policy", caf::atom("sharing")); }

  oracle_actor spawn(manner how) { return system().spawn<oracle>(home, how); }
  app::question<given_answer> ask(const oracle_actor& whom) {
    return app::ask<given_answer>(system(), home, whom, want_answer{});
  }
  caf::actor_system& system() {
    if (!made)
      made.emplace(config);
    return *made;
  }

  std::ostringstream lines;
  actors::event_log log{{"test", log_level::error, log_format::json}, lines};
  actors::node_metrics metrics;
  actors::directory actors;
  const actors::house home{log, metrics, actors};
  caf::actor_system_config config;
  std::optional<caf::actor_system> made;
};

} // namespace

TEST_CASE("ask: an answer comes back, at once or later", "[admin]") {
  stage on;
  const auto how = GENERATE(manner::at_once, manner::later);
  const auto whom = on.spawn(how);
  const auto said = on.ask(whom).await(steady_now() + 30s);
  REQUIRE(said);
  CHECK(said->value == (how == manner::at_once ? 42 : 7));
}

TEST_CASE("ask: what the actor refuses comes back as our error", "[admin]") {
  stage on;
  const auto said = on.ask(on.spawn(manner::refuse)).await(steady_now() + 30s);
  REQUIRE_FALSE(said);
  CHECK(said.error() == error{errc::storage_full, "no room"});
}

TEST_CASE("ask: a silent actor costs the deadline and leaves nothing behind", "[admin]") {
  stage on;
  const auto whom = on.spawn(manner::never);
  const auto begun = steady_now();
  {
    auto first = on.ask(whom);
    auto second = on.ask(whom);
    const auto deadline = begun + 50ms; // one for both
    CHECK(first.await(deadline).error().code == errc::timed_out);
    CHECK(second.await(deadline).error().code == errc::timed_out);
  }
  CHECK(steady_now() - begun >= 50ms);
  CHECK(steady_now() - begun < 10s);
  caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
  on.system().await_all_actors_done(); // hangs if an asker stays
}

TEST_CASE("ask: an actor that is gone, or goes, is an error and no wait", "[admin]") {
  stage on;
  const auto whom = on.spawn(manner::never);
  auto open = on.ask(whom);
  caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
  auto late = on.ask(whom);
  CHECK_FALSE(late.await(steady_now() + 30s));
  CHECK_FALSE(open.await(steady_now() + 200ms)); // its promise died unanswered: CAF says nothing
}

TEST_CASE("ask: a question that is dropped ends its asker", "[admin]") {
  stage on;
  const auto whom = on.spawn(manner::never);
  { const auto dropped = on.ask(whom); }
  caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
  on.system().await_all_actors_done(); // hangs if the asker stays
  SUCCEED();
}
