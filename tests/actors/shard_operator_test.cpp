#include "tests/actors/shard_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using support::two;
using stage = support::shard_fixture;

namespace {

recipient_state state(const queued_message* mail) {
  REQUIRE(mail != nullptr);
  return mail->recipients[0].state;
}

} // namespace

TEST_CASE_METHOD(stage, "operator: scheduled mail is held and released", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"one.test"}, now() + 60s);
  start();
  CHECK(operate(queue_act::hold, {7}) == 1);
  CHECK(state(on_disk(7)) == recipient_state::held);
  CHECK(on_disk(7)->hold_reason == "because");
  CHECK(view().scheduled == 0);
  CHECK(view().active == 0);
  CHECK(operate(queue_act::hold, {7}) == 0); // nothing left to change
  advance(120s);
  CHECK(leased(one).empty());
  CHECK(operate(queue_act::release, {7}) == 1);
  CHECK(state(on_disk(7)) == recipient_state::queued);
  CHECK(on_disk(7)->hold_reason.empty());
  advance(1s);
  CHECK(leased(one) == ids{7});
}

TEST_CASE_METHOD(stage, "operator: scheduled mail is retried at once", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"one.test"}, now() + 3600s);
  start();
  CHECK(operate(queue_act::retry, {7}) == 1);
  advance(1s);
  CHECK(leased(one) == ids{7});
  CHECK(view().scheduled == 0); // not there a second time
  CHECK(operate(queue_act::retry, {8}) == 0); // not ours
}

TEST_CASE_METHOD(stage, "operator: scheduled mail is removed or bounced", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"one.test"}, now() + 60s);
  book->on_disk[{8}] = letter(8, {"one.test"}, now() + 60s);
  start();
  CHECK(operate(queue_act::remove, {7}) == 1);
  CHECK(on_disk(7) == nullptr);
  CHECK(book->settled.back().all.back().notices.empty());
  CHECK(operate(queue_act::bounce, {8}) == 1);
  CHECK(on_disk(8) == nullptr);
  CHECK(book->settled.back().all.back().notices.size() == 1);
  CHECK(view().scheduled == 0);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "operator: leased mail is held, and what the lease brings still counts", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  arrive(letter(8, {"one.test"}));
  CHECK(operate(queue_act::hold, {7, 8}) == 2);
  CHECK(state(on_disk(7)) == recipient_state::held);
  finish(one, 0, attempt_end::made, outcome_kind::deferred);
  CHECK(state(on_disk(7)) == recipient_state::held);
  CHECK(view().scheduled == 0);
  finish(one, 0, attempt_end::made, outcome_kind::delivered);
  CHECK(on_disk(8) == nullptr);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "operator: leased mail that is removed stays removed", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  CHECK(operate(queue_act::remove, {7}) == 1);
  CHECK(on_disk(7) == nullptr);
  finish(one, 0, attempt_end::made, outcome_kind::deferred);
  CHECK(on_disk(7) == nullptr);
  CHECK(view().active == 0);
  CHECK(view().scheduled == 0);
}

TEST_CASE_METHOD(stage, "operator: held mail that was waiting is not leased", "[actors]") {
  open_route(one);
  start();
  const auto count = static_cast<std::int64_t>(lease_credit + 1);
  for (std::int64_t i = 1; i <= count; ++i)
    arrive(letter(i, {"one.test"}));
  CHECK(operate(queue_act::hold, {count}) == 1);
  finish(one, 0, attempt_end::made);
  CHECK(leased(one).size() == lease_credit - 1);
  CHECK(state(on_disk(count)) == recipient_state::held);
  CHECK(view().active == lease_credit - 1);
}

TEST_CASE_METHOD(stage, "operator: parked mail obeys too", "[actors]") {
  open_route(one);
  start();
  const auto count = static_cast<std::int64_t>(2 * lease_credit + 3);
  for (std::int64_t i = 1; i <= count; ++i)
    arrive(letter(i, {"one.test"}));
  REQUIRE(view().parked == 3);
  CHECK(operate(queue_act::hold, {count}) == 1);
  CHECK(operate(queue_act::remove, {count - 1}) == 1);
  std::size_t delivered = 0;
  for (; !leased(one).empty(); ++delivered)
    finish(one, 0, attempt_end::made);
  CHECK(delivered == 2 * lease_credit + 1);
  CHECK(state(on_disk(count)) == recipient_state::held);
  CHECK(view().parked == 0);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "operator: an act on mail that is just being loaded does not undo its fate", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"gone.test", "one.test"}, now() + 1s);
  start();
  arrive(letter(1, {"one.test"})); // the route is known now
  finish(one, 0, attempt_end::made);
  wall_forward(2s);
  self->send(shard, shard_tick{}); // asks for it, and so does the operator, at the same time
  operate_later(queue_act::hold, {7});
  settle();
  CHECK(leased(one) == ids{7});
  REQUIRE(on_disk(7) != nullptr);
  CHECK(on_disk(7)->recipients[0].state == recipient_state::failed);
  CHECK(on_disk(7)->recipients[1].state == recipient_state::held);
}

TEST_CASE_METHOD(stage, "operator: the answer comes when it is on disk", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"one.test"}, now() + 60s);
  start();
  book->disk_is_slow = true;
  actors::operate x;
  x.act = queue_act::remove;
  x.ids = {{7}};
  const auto early = ask<operated>(shard, x);
  CHECK_FALSE(early.ok());
  CHECK(self->mailbox().empty());
  self->send(store, commit_waiting{});
  settle();
  CHECK(self->mailbox().size() == 1);
}

TEST_CASE_METHOD(stage, "operator: is told where a message is", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  const auto place = ask<message_place>(shard, explain_message{{7}});
  REQUIRE(place.ok());
  CHECK(place->where == "leased");
  CHECK(place->destinations == std::vector<std::string>{one});
  CHECK(place->routes.size() == 1);
  advance(3s);
  CHECK(ask<message_place>(shard, explain_message{{7}})->leased_for == 3s);
  finish(one, 0, attempt_end::made, outcome_kind::deferred);
  CHECK(ask<message_place>(shard, explain_message{{7}})->where == "scheduled");
}

TEST_CASE_METHOD(stage, "operator: mail that a route had put off is due at once when he lets go of it", "[actors]") {
  open_route(one);
  open_route(two);
  book->on_disk[{7}] = letter(7, {"one.test", "two.test"}, now() + 50s);
  book->on_disk[{8}] = letter(8, {"one.test"}, now() + 50s);
  start();
  const bring_back what{{{message_id{7}, {0}}, {message_id{9}, {0}}, {message_id{8}, {0, 5}}}};
  self->send<caf::message_priority::high>(shard, what);
  settle();
  advance(1s);
  CHECK(leased(one) == ids{7, 8});
  CHECK(leased(two).empty()); // nobody said so of the other recipient
  self->send<caf::message_priority::high>(shard, what); // under way already
  settle();
  CHECK(leased(one) == ids{7, 8});
}

TEST_CASE_METHOD(stage, "operator: held mail does not come back with what a route had put off", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"one.test"}, now() + 50s);
  start();
  CHECK(operate(queue_act::hold, {7}) == 1);
  self->send<caf::message_priority::high>(shard, bring_back{{{message_id{7}, {0}}}});
  settle();
  advance(1s);
  CHECK(leased(one).empty());
  CHECK(state(on_disk(7)) == recipient_state::held);
}

TEST_CASE_METHOD(stage, "operator: where the disk refuses, what was put off comes when it is due", "[actors]") {
  open_route(one);
  book->on_disk[{7}] = letter(7, {"one.test"}, now() + 50s);
  start();
  book->disk_is_broken = true;
  self->send<caf::message_priority::high>(shard, bring_back{{{message_id{7}, {0}}}});
  settle();
  book->disk_is_broken = false;
  advance(2s);
  CHECK(leased(one).empty());
  advance(50s);
  CHECK(leased(one) == ids{7});
}
