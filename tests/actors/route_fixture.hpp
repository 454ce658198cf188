// A ROUTE on stage with workers that only take notes; the test speaks for them.

#pragma once

#include "actors/lease_ledger.hpp"
#include "actors/route.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/queue_samples.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::support {

/// What came back to the SHARD.
struct returns {
  std::vector<actors::attempt_finished> all;
  std::vector<actors::put_off_mail> recalled;
};

inline actors::lessor_actor::behavior_type fake_lessor(actors::lessor_actor::pointer,
                                                       std::shared_ptr<returns> notes,
                                                       std::shared_ptr<actors::lease_ledger> book) {
  return {[notes, book](const actors::leases_returned&) {
            for (; const auto* back = book->first_back(); book->forget_first())
              notes->all.push_back(*back);
          },
          [notes](const actors::bring_back& x) {
            notes->recalled.insert(notes->recalled.end(), x.all.begin(), x.all.end());
          }};
}

/// One who was hired, and what it was told.
struct hired_worker {
  actors::worker_post post;
  actors::worker_actor handle;
  std::vector<actors::lease_ptr> in_hand;
  bool told_to_leave = false;
  std::optional<actors::room_wanted> told_to_make_room;
};

using hired_ptr = std::shared_ptr<hired_worker>;

inline actors::worker_actor::behavior_type fake_worker(actors::worker_actor::pointer,
                                                       hired_ptr notes) {
  return {
    [notes](const actors::deliver& x) { notes->in_hand.push_back(x.what); },
    [notes](const actors::leave&) { notes->told_to_leave = true; },
    [notes](const actors::make_room& x) { notes->told_to_make_room = x.how; },
  };
}

struct route_fixture : actor_fixture {
  std::shared_ptr<returns> notes = std::make_shared<returns>();
  std::shared_ptr<actors::lease_ledger> book = std::make_shared<actors::lease_ledger>();
  std::shared_ptr<std::vector<hired_ptr>> hired = std::make_shared<std::vector<hired_ptr>>();
  actors::lessor_actor shard = kept(sys.spawn(fake_lessor, notes, book));
  policy::hop_terms terms;
  actors::route_options options;
  dns::mail_plan plan;
  actors::route_actor way;

  template <class Handle>
  Handle kept(Handle made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  ~route_fixture() {
    way = nullptr;
    hired->clear();
    book->open({}); // lest it and its SHARD hold each other
  }

  void open(const std::string& via = "smtp:192.0.2.1:25") {
    options.hop = *policy::parse_via(via);
    options.hop.key = via;
    options.hop.terms = std::make_shared<policy::hop_terms>(terms);
    options.name = via;
    if (plan.hosts.empty())
      plan.hosts.push_back({10, "mx.test", {*parse_ip_address("192.0.2.1")}});
    options.hire = [this](caf::actor_system& system, const actors::worker_post& post) {
      auto man = std::make_shared<hired_worker>();
      man->handle = kept(system.spawn(fake_worker, man));
      man->post = post;
      man->post.route = nullptr; // lest they hold each other
      hired->push_back(man);
      return man->handle;
    };
    book->open(shard);
    way = spawn<actors::route>(home, options, plan);
    settle();
  }

  actors::lease_ptr lease_of(std::int64_t id, const std::string& sender = "ann", int priority = 0) {
    auto mail = std::make_shared<queued_message>(sample_mail(id, 4));
    mail->sender.local = sender;
    mail->priority = priority;
    return std::make_shared<actors::lease>(actors::lease{
      mail, sample_body("text"), {0}, options.hop, book, {}, look_again});
  }
  wall_time look_again = wall_time::max(); ///< Of the leases to come.

  void offer(std::vector<actors::lease_ptr> all) {
    self->send<caf::message_priority::high>(way, actors::lease_messages{std::move(all)});
    settle();
  }

  void offer(std::int64_t first, std::int64_t last) {
    std::vector<actors::lease_ptr> all;
    for (auto id = first; id <= last; ++id)
      all.push_back(lease_of(id));
    offer(std::move(all));
  }

  hired_worker& man(std::size_t number) { return *hired->at(number); }

  template <class Message>
  void say(hired_worker& who, Message&& what) {
    caf::send_as<caf::message_priority::high>(caf::actor_cast<caf::actor>(who.handle),
                                              caf::actor_cast<caf::actor>(way),
                                              std::forward<Message>(what));
    settle();
  }

  static actors::lease_ptr first_of(hired_worker& who) {
    if (who.in_hand.empty())
      throw std::runtime_error("it has nothing in hand");
    auto what = who.in_hand.front();
    who.in_hand.erase(who.in_hand.begin());
    return what;
  }

  /// The worker is through with its first lease.
  void finish(hired_worker& who, outcome_kind kind = outcome_kind::delivered,
              actors::host_news news = actors::host_news::fine) {
    auto what = first_of(who);
    outcome same;
    same.kind = kind;
    same.answer = {kind == outcome_kind::delivered ? 250 : kind == outcome_kind::deferred ? 450 : 550,
                   {}, {"So be it"}};
    auto results = actors::results_for_all(*what, same);
    say(who, actors::attempt_ended{
               {std::move(what), actors::attempt_end::made, std::move(results), {}, {}},
               news, news == actors::host_news::fine});
  }

  /// What a DELIVERY does that got no session, or lost it: all in hand was an attempt.
  void fail(hired_worker& who, actors::host_news news = actors::host_news::unreachable,
            const std::string& why = "connection refused") {
    while (!who.in_hand.empty())
      finish(who, outcome_kind::deferred, news);
    say(who, actors::session_ended{news, why, {}});
  }

  /// Everyone on stage fails at once, until nobody is left.
  std::size_t fail_all() {
    std::size_t failed = 0;
    for (std::size_t i = 0; i < hired->size(); ++i)
      if (!man(i).in_hand.empty()) {
        fail(man(i));
        ++failed;
      }
    return failed;
  }

  [[nodiscard]] std::size_t count(actors::attempt_end end) const {
    std::size_t number = 0;
    for (const auto& each : notes->all)
      number += each.end == end ? 1 : 0;
    return number;
  }

  actors::route_view view() { return *ask<actors::route_view>(way, actors::describe_route{}); }

  /// What `way` died of, if it did.
  caf::error end_of_route() {
    caf::error reason;
    if (!self->mailbox().empty())
      self->receive([&](caf::down_msg& x) { reason = x.reason; });
    return reason;
  }
};

} // namespace troupe::support
