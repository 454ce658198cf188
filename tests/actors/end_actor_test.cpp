#include "actors/base_actor.hpp"
#include "actors/end_actor.hpp"
#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;

namespace {

struct do_something {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(do_something)

namespace {

using porter_actor = caf::typed_actor<caf::reacts_to<do_something>>;

class porter final : public base_actor<porter_actor> {
public:
  porter(caf::actor_config& config, const house& home, int& did)
    : base_actor(config, home, {"porter", "/porter", 1000}), did_(did) {}
  const char* name() const override { return "porter"; }

protected:
  porter_actor::behavior_type make_behavior() override {
    return {[this](const do_something&) { ++did_; }};
  }

private:
  int& did_;
};

struct porter_fixture : support::actor_fixture {
  int did = 0;
  porter_actor actor = spawn<porter>(home, did);
  std::shared_ptr<const actor_card> card = home.actors.find("/porter");
};

} // namespace

TEST_CASE_METHOD(porter_fixture, "end actor: an end does not wait behind what the mailbox holds", "[actors]") {
  settle();
  for (int i = 0; i < 500; ++i)
    caf::anon_send(actor, do_something{});
  const auto how = GENERATE(actor_end::kill, actor_end::blame, actor_end::restart);
  CHECK_FALSE(has_ended(*card));
  CHECK(end_actor(*card, how));
  settle();
  CHECK(has_ended(*card));
  CHECK(did < 500);
  CHECK_FALSE(end_actor(*card, how));
}

TEST_CASE_METHOD(porter_fixture, "end actor: an actor that is gone for good has ended", "[actors]") {
  settle();
  CHECK(end_actor(*card, actor_end::kill));
  actor = nullptr;
  drop_cast();
  CHECK(has_ended(*card));
  CHECK_FALSE(end_actor(*card, actor_end::kill));
}
