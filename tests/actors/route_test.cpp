#include "actors/route.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

struct ledger {
  std::vector<attempt_finished> all;
};

lessor_actor::behavior_type lessor(lessor_actor::pointer, std::shared_ptr<ledger> notes) {
  return {[notes](const attempt_finished& x) { notes->all.push_back(x); }};
}

/// A route into Maildirs, whose POSTMEN are real; `discard`, which needs nobody.
struct stage : support::actor_fixture {
  support::temp_folder folder;
  std::shared_ptr<ledger> notes = std::make_shared<ledger>();
  lessor_actor shard = keep(sys.spawn(lessor, notes));
  policy::hop_terms terms;
  route_options options;
  route_actor way;

  lessor_actor keep(lessor_actor made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  void open(const std::string& via) {
    options.hop = *policy::parse_via(via);
    options.hop.key = via;
    options.hop.terms = std::make_shared<policy::hop_terms>(terms);
    options.name = via;
    options.hostname = "mx.test";
    options.session = std::make_shared<delivery_options>();
    way = spawn<route>(home, options, dns::mail_plan{});
    settle();
  }

  lease_ptr lease_of(std::int64_t id) {
    auto mail = std::make_shared<queued_message>(support::sample_mail(id, 4));
    return std::make_shared<lease>(
      lease{mail, support::sample_body("text"), {0}, options.hop, shard, {}});
  }

  void offer(std::int64_t first, std::int64_t last) {
    lease_messages x;
    for (auto id = first; id <= last; ++id)
      x.all.push_back(lease_of(id));
    self->send<caf::message_priority::high>(way, std::move(x));
    settle();
  }

  route_view view() { return *ask<route_view>(way, describe_route{}); }
  std::string path() const { return "/outbound/route/" + options.name; }
};

} // namespace

TEST_CASE_METHOD(stage, "route: what is discarded counts as delivered", "[actors]") {
  open("discard");
  offer(1, 3);
  REQUIRE(notes->all.size() == 3);
  CHECK(notes->all[0].end == attempt_end::made);
  REQUIRE(notes->all[0].results.size() == 1);
  CHECK(notes->all[0].results[0].what.kind == outcome_kind::delivered);
  CHECK(notes->all[0].results[0].how_far == policy::reach::arrived);
  CHECK(view().delivered == 3);
  CHECK(view().ready == 0);
}

TEST_CASE_METHOD(stage, "route: it leaves when idle for long, and not before", "[actors]") {
  options.idle_max = 10s;
  open("discard");
  self->monitor(way);
  advance(8s);
  offer(1, 1); // begins anew
  advance(9s);
  CHECK(self->mailbox().empty());
  advance(3s);
  REQUIRE(self->mailbox().size() == 1);
  self->receive([](caf::down_msg& x) { CHECK(x.reason == caf::exit_reason::user_shutdown); });
}

TEST_CASE_METHOD(stage, "route: drained, it gives back each lease untried, and ends", "[actors]") {
  open("discard");
  self->monitor(way);
  self->send(way, drain{});
  settle();
  offer(1, 2); // crossed it on the way
  REQUIRE(notes->all.size() == 2);
  CHECK(notes->all[0].end == attempt_end::not_made);
  advance(2s);
  REQUIRE(self->mailbox().size() == 1);
  self->receive([](caf::down_msg& x) { CHECK(x.reason == caf::exit_reason::user_shutdown); });
}
