#include "actors/base_actor.hpp"
#include "actors/store.hpp" // for `drain`, a message without an answer
#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace troupe;
using namespace troupe::actors;

namespace {

struct count_me {
  int number = 0;
};
struct counted {
  int number = 0;
};
struct fall_over {};
struct fall_over_oddly {};
struct ask_other {};
struct talk_to_yourself {
  int times = 0;
};
struct promise_nothing {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(count_me)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(counted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fall_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fall_over_oddly)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ask_other)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(talk_to_yourself)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(promise_nothing)

namespace {

using clerk_actor = caf::typed_actor<
  caf::replies_to<count_me>::with<counted>, caf::replies_to<fall_over>::with<counted>,
  caf::reacts_to<fall_over_oddly>, caf::reacts_to<ask_other>, caf::reacts_to<talk_to_yourself>,
  caf::reacts_to<drain>>;

struct diary {
  std::vector<int> numbers;
  int drains = 0;
  int answers = 0;
  int refusals = 0;
  caf::error last;
};

class clerk final : public base_actor<clerk_actor> {
public:
  clerk(caf::actor_config& config, const house& home, std::string path, std::size_t limit,
        std::shared_ptr<diary> notes, clerk_actor other = {})
    : base_actor(config, home, {"clerk", std::move(path), limit}), notes_(std::move(notes)),
      other_(std::move(other)) {}

  void on_exit() override {
    other_ = nullptr;
    base_actor::on_exit();
  }

protected:
  clerk_actor::behavior_type make_behavior() override {
    return {
      [this](const count_me& x) -> caf::result<counted> {
        notes_->numbers.push_back(x.number);
        return counted{x.number};
      },
      [](const fall_over&) -> caf::result<counted> { throw std::runtime_error("a bug"); },
      [](const fall_over_oddly&) { throw 7; },
      [this](const ask_other&) {
        request(other_, caf::infinite, count_me{1})
          .then([this](const counted&) { ++notes_->answers; },
                [this](const caf::error& why) {
                  ++notes_->refusals;
                  notes_->last = why;
                });
      },
      [this](const talk_to_yourself& x) {
        for (int i = 0; i < x.times; ++i)
          send(this, drain{});
      },
      [this](const drain&) { ++notes_->drains; },
    };
  }

private:
  std::shared_ptr<diary> notes_;
  clerk_actor other_;
};

struct office : support::actor_fixture {
  std::shared_ptr<diary> notes = std::make_shared<diary>();

  clerk_actor hire(const std::string& path, std::size_t limit, clerk_actor other = {}) {
    const auto made = spawn<clerk>(home, path, limit, notes, other);
    settle();
    return made;
  }
};

} // namespace

TEST_CASE_METHOD(office, "base actor: the request above the bound is refused at once", "[actors]") {
  const auto who = hire("/clerk", 2);
  auto first = self->request(who, caf::infinite, count_me{1});
  auto second = self->request(who, caf::infinite, count_me{2});
  auto third = self->request(who, caf::infinite, count_me{3});
  // Nothing ran yet: the refusal does not wait for the busy actor.
  REQUIRE(self->mailbox().size() == 1);
  third.receive([](counted&) { FAIL("taken above the bound"); },
                [](caf::error& why) { CHECK(from_caf(why).code == errc::mailbox_full); });
  CHECK(card("/clerk").mailbox_depth == 2);
  CHECK(card("/clerk").refused == 1);
  settle();
  first.receive([](counted& x) { CHECK(x.number == 1); }, [](caf::error&) { FAIL("refused"); });
  second.receive([](counted& x) { CHECK(x.number == 2); }, [](caf::error&) { FAIL("refused"); });
  CHECK(notes->numbers == std::vector<int>{1, 2});
  CHECK(card("/clerk").mailbox_depth == 0);
  CHECK(card("/clerk").handled == 2);
  CHECK(ask<counted>(who, count_me{4}).ok()); // there is room again
}

TEST_CASE_METHOD(office, "base actor: a message without an answer is dropped above the bound, and counted",
                 "[actors]") {
  const auto who = hire("/clerk", 3);
  for (int i = 0; i < 10; ++i)
    self->send(who, drain{});
  CHECK(card("/clerk").refused == 7);
  settle();
  CHECK(notes->drains == 3);
  CHECK(card("/clerk").mailbox_depth == 0);
}

TEST_CASE_METHOD(office, "base actor: urgent messages pass above the bound", "[actors]") {
  const auto who = hire("/clerk", 1);
  for (int i = 0; i < 5; ++i)
    self->send<caf::message_priority::high>(who, drain{});
  settle();
  CHECK(notes->drains == 5);
  CHECK(card("/clerk").refused == 0);
  CHECK(card("/clerk").mailbox_depth == 0);
}

TEST_CASE_METHOD(office, "base actor: what an actor tells itself passes above the bound", "[actors]") {
  const auto who = hire("/clerk", 1);
  self->send(who, talk_to_yourself{20});
  settle();
  CHECK(notes->drains == 20);
  CHECK(card("/clerk").refused == 0);
  CHECK(card("/clerk").mailbox_depth == 0);
}

TEST_CASE_METHOD(office, "base actor: answers pass above the bound", "[actors]") {
  const auto other = hire("/other", 100);
  const auto who = hire("/clerk", 1, other);
  self->send(who, ask_other{});
  REQUIRE(sched.try_run_once()); // it asked
  self->send(who, drain{});      // and now its mailbox is full
  REQUIRE(card("/clerk").mailbox_depth == 1);
  settle();
  CHECK(notes->answers == 1);
  CHECK(notes->drains == 1);
  CHECK(notes->refusals == 0);
  CHECK(card("/clerk").mailbox_depth == 0);
}

TEST_CASE_METHOD(office, "base actor: an exception ends its actor only, and the asker hears of it",
                 "[actors]") {
  const auto other = hire("/other", 10);
  const auto who = hire("/clerk", 10, other);
  auto behind = self->request(who, caf::infinite, fall_over{});
  auto queued = self->request(who, caf::infinite, count_me{1});
  settle();
  behind.receive([](counted&) { FAIL("answered"); },
                 [](caf::error& why) { CHECK(from_caf(why).code == errc::worker_lost); });
  queued.receive([](counted&) { FAIL("answered"); },
                 [](caf::error& why) { CHECK(from_caf(why).code == errc::worker_lost); });
  CHECK(ask<counted>(other, count_me{1}).ok());
  const auto late = ask<counted>(who, count_me{1});
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().code == errc::worker_lost);
}

TEST_CASE_METHOD(office, "base actor: whatever is thrown, the reason of the death says something",
                 "[actors]") {
  const auto who = hire("/clerk", 10);
  self->monitor(who);
  self->send(who, fall_over_oddly{});
  settle();
  bool down = false;
  self->receive([&](caf::down_msg& x) {
    down = true;
    CHECK(sys.render(x.reason).find("not a std::exception") != std::string::npos);
  });
  CHECK(down);
}

TEST_CASE_METHOD(office, "base actor: the errors of others kill nobody", "[actors]") {
  const auto who = hire("/clerk", 10);
  // As an answer that nobody awaits.
  caf::anon_send(caf::actor_cast<caf::actor>(who), caf::make_error(caf::sec::runtime_error));
  caf::anon_send(caf::actor_cast<caf::actor>(who), 42); // as a message that it doesn't know
  settle();
  CHECK(ask<counted>(who, count_me{1}).ok());

  const auto dying = hire("/dying", 10);
  const auto asking = hire("/asking", 10, dying);
  self->send(dying, fall_over{});
  settle();
  self->send(asking, ask_other{}); // its request fails
  settle();
  CHECK(notes->refusals == 1);
  CHECK(ask<counted>(asking, count_me{1}).ok());
}

TEST_CASE_METHOD(office, "base actor: an actor is in the directory for as long as it lives", "[actors]") {
  {
    const auto who = hire("/clerk", 10);
    CHECK_FALSE(is_gone("/clerk"));
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    settle();
  }
  drop_cast();
  CHECK(is_gone("/clerk"));
}
