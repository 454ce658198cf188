// How a thread that CAF does not run asks an actor: a one-shot actor puts the
// question and hands the answer over. (A scoped_actor would do it too, but any
// living one makes the system's end hang, and ThreadSanitizer can't follow it.)

#pragma once

#include "actors/base_actor.hpp"
#include "net/core/result.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

#include <future>
#include <memory>
#include <utility>

namespace troupe::app {

/// The asker's thread waits no longer.
struct give_up {};

using asker_actor = caf::typed_actor<caf::reacts_to<give_up>>;

template <class Answer>
using answer_slot = std::shared_ptr<std::promise<result<Answer>>>;

// ASKER: puts one question to one actor for an HTTP thread.
//
//   Place      HTTP thread -> [ASKER] -> any actor
//   Spawned    by `ask`, one for each question.
//   Dies       with the answer, or when the thread gives up.
//   Restarted  never.
//   Bound      one question; as many ASKERS as HTTP threads have questions open.
//   States     waiting.
template <class Answer, class Target, class Question>
class asker final : public actors::base_actor<asker_actor> {
public:
  asker(caf::actor_config& config, const actors::house& home, Target whom, Question what,
        answer_slot<Answer> slot)
    : base_actor(config, home, {"asker", "/admin/asker", 4}),
      whom_(std::move(whom)),
      what_(std::move(what)),
      slot_(std::move(slot)) {}

  const char* name() const override { return "asker"; }

  void on_exit() override {
    settle(error{errc::worker_lost, "the actor asked is gone"});
    whom_ = nullptr;
    base_actor::on_exit();
  }

protected:
  asker_actor::behavior_type make_behavior() override {
    this->request(whom_, caf::infinite, std::move(what_))
      .then([this](const Answer& x) { finish(x); },
            [this](const caf::error& why) { finish(actors::from_caf(why)); });
    return {[this](const give_up&) { this->quit(); }};
  }

private:
  void finish(result<Answer> answer) {
    settle(std::move(answer));
    this->quit();
  }

  void settle(result<Answer> answer) {
    if (const auto slot = std::exchange(slot_, nullptr))
      slot->set_value(std::move(answer));
  }

  Target whom_;
  Question what_;
  answer_slot<Answer> slot_;
};

/// A question that is under way. Dropping it lets the answer fall.
template <class Answer>
class question {
public:
  question(asker_actor by, std::future<result<Answer>> answer)
    : by_(std::move(by)),
      answer_(std::move(answer)) {}
  question(question&&) noexcept = default;
  question& operator=(question&&) noexcept = default;
  ~question() {
    if (by_)
      caf::anon_send(by_, give_up{});
  }

  /// Waits. Fails with timed_out at the deadline, with worker_lost for an actor that
  /// is gone, or as the actor itself says. To be called once.
  [[nodiscard]] result<Answer> await(steady_time deadline) {
    if (answer_.wait_until(deadline) != std::future_status::ready)
      return error{errc::timed_out, "no answer in time"};
    try {
      return answer_.get();
    } catch (const std::future_error&) {
      return error{errc::worker_lost, "the actor asked is gone"};
    }
  }

private:
  asker_actor by_;
  std::future<result<Answer>> answer_;
};

/// The actor of a card under the handle of its kind; null if it is gone.
template <class Handle>
[[nodiscard]] Handle handle_of(const actors::actor_card& card) {
  const auto who = caf::actor_cast<caf::strong_actor_ptr>(card.who);
  return who ? caf::actor_cast<Handle>(who) : Handle{};
}

/// Puts the question and returns at once, so that one deadline can hold for many.
/// @pre whom is not null
template <class Answer, class Target, class Question>
[[nodiscard]] question<Answer> ask(caf::actor_system& system, const actors::house& home,
                                   const Target& whom, Question what) {
  auto slot = std::make_shared<std::promise<result<Answer>>>();
  auto answer = slot->get_future();
  auto by
    = system.spawn<asker<Answer, Target, Question>>(home, whom, std::move(what), std::move(slot));
  return {std::move(by), std::move(answer)};
}

} // namespace troupe::app

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::app::give_up)
