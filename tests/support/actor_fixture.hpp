// A stage for tests: CAF without threads, and a clock that stands still until it is
// turned. Nothing runs until `settle`, `advance` or `ask` says so.

#pragma once

#include "actors/directory.hpp"
#include "actors/event_log.hpp"
#include "actors/flow.hpp"
#include "actors/house.hpp"
#include "actors/metrics.hpp"
#include "net/core/result.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/test_actor_clock.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace troupe::support {

class actor_fixture {
public:
  actor_fixture() {
    // Far from the epoch, which means "nothing" to those who keep deadlines.
    sched.advance_time(std::chrono::hours{24});
    wall = wall_time{milliseconds{1'800'000'000'000}};
  }

  ~actor_fixture() { drop_cast(); }

  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

private:
  // First in, last out.
  struct configuration : caf::actor_system_config {
    configuration() { set("scheduler.policy", caf::atom("testing")); }
  };

  configuration configuration_;
  std::ostringstream lines_;
  actors::event_log log_{actors::event_log_options{"test", log_level::debug, log_format::text}, lines_};
  actors::node_metrics metrics_;
  actors::directory directory_;

  static wall_time wall_now() { return wall; }
  static inline wall_time wall; // one fixture at a time

public:
  const actors::house home{log_, metrics_, directory_, &wall_now};
  caf::actor_system sys{configuration_};
  caf::scheduler::test_coordinator& sched
    = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  caf::scoped_actor self{sys};

  /// An actor that ends with the test.
  template <class Actor, caf::spawn_options Options = caf::no_spawn_options, class... Args>
  auto spawn(Args&&... args) {
    auto made = sys.spawn<Actor, Options>(std::forward<Args>(args)...);
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }
  void keep_cast(caf::strong_actor_ptr who) { cast_.push_back(std::move(who)); }

  /// Ends them now.
  void drop_cast() {
    for (auto& each : cast_)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    cast_.clear();
    settle();
  }

  /// Runs until nobody has anything to do before the clock is turned.
  /// @throws when they keep each other busy for ever
  void settle() {
    if (sched.run(messages_max) == messages_max)
      throw std::runtime_error("the actors never come to rest");
  }

  /// Turns both clocks, in steps that no ticker misses.
  void advance(milliseconds by) {
    constexpr milliseconds step{100};
    settle();
    for (; by > milliseconds{0}; by -= step) {
      const auto now = std::min(by, step);
      wall += now;
      sched.advance_time(now);
      settle();
    }
  }

  /// Turns the wall clock alone, as an administrator may.
  void wall_forward(milliseconds by) { wall += by; }
  [[nodiscard]] wall_time now() const { return wall; }

  /// A request whose answer is wanted: the answer, or the house's error.
  template <class Answer, class Handle, class Question>
  result<Answer> ask(const Handle& whom, Question&& what) {
    auto answer = self->request(whom, caf::infinite, std::forward<Question>(what));
    settle();
    result<Answer> got = error{errc::timed_out, "no answer"};
    if (self->mailbox().empty())
      return got;
    answer.receive([&](Answer& x) { got = std::move(x); },
                   [&](caf::error& why) { got = actors::from_caf(why); });
    return got;
  }

  [[nodiscard]] bool is_gone(const std::string& path) const {
    for (const auto& each : directory_.everyone())
      if (each.path == path)
        return false;
    return true;
  }

  [[nodiscard]] actors::actor_view card(const std::string& path) const {
    for (const auto& each : directory_.everyone())
      if (each.path == path)
        return each;
    throw std::runtime_error("nobody is at " + path);
  }

  [[nodiscard]] std::string logged() const { return lines_.str(); }

private:
  static constexpr std::size_t messages_max = 200'000;

  std::vector<caf::strong_actor_ptr> cast_;
};

} // namespace troupe::support
