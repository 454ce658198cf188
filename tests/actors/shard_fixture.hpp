// A SHARD between a STORE, a SWITCHBOARD and ROUTES that are played by the test.

#pragma once

#include "tests/actors/fakes.hpp"

#include <catch2/catch.hpp>

namespace troupe::support {

class shard_fixture : public actor_fixture {
public:
  using ids = std::vector<std::int64_t>; ///< Of messages.

  prompt_book_ptr book = std::make_shared<prompt_book>();
  actors::store_actor store = take(sys.spawn(fake_store, book));
  actors::switchboard_actor switchboard = take(sys.spawn(fake_switchboard, book));
  actors::role_ptr<actors::store_actor> stores = actors::make_role(store);
  actors::role_ptr<actors::switchboard_actor> switchboards = actors::make_role(switchboard);
  actors::shard_options options;
  actors::shard_actor shard;

  shard_fixture() {
    options.settle.retry.jitter = 0;
    options.ledger = std::make_shared<actors::lease_ledger>();
    std::vector<policy::route_options> rules(3);
    // Its sessions hold all that may be leased at all, so that their number needs no warming up.
    rules[0].match = {"one.test"};
    rules[0].via = "smtp:192.0.2.1:25";
    rules[0].terms.connections_max = actors::lease_credit / actors::prefetch_max;
    rules[1].match = {"two.test"};
    rules[1].via = "smtp:192.0.2.2:25";
    rules[2].match = {"kept.test"};
    rules[2].via = "hold";
    rules.push_back({});
    rules.back().match = {"gone.test"};
    rules.back().via = "fail:Nobody is left";
    route_by(rules);
  }

  void route_by(const std::vector<policy::route_options>& rules) {
    auto local = policy::local_domains::make({}, "mx.test");
    auto table = policy::routing_table::make(
      rules, std::make_shared<policy::local_domains>(std::move(*local)));
    REQUIRE(table.ok());
    options.routing = std::make_shared<policy::routing_table>(std::move(*table));
  }

  /// One SHARD, with what is on disk by then.
  void start() {
    shard = spawn<actors::shard>(home, options, stores, switchboards);
    settle();
  }

  actors::route_actor open_route(const std::string& key, seconds valid_for = seconds{3600}) {
    auto made = take(sys.spawn(fake_route, book, key));
    book->routes[key] = {made, {}, valid_for};
    return made;
  }

  static actors::keep_message letter(std::int64_t id, const std::vector<std::string>& domains,
                                     wall_time due = {}) {
    auto mail = sample_mail(id, 4, due);
    mail.received = now_for_letters();
    mail.recipients.clear();
    for (const auto& each : domains) {
      queued_recipient to;
      to.to.address = {"bob", each};
      to.due = due;
      mail.recipients.push_back(to);
    }
    return {std::make_shared<const queued_message>(std::move(mail)), sample_body("text")};
  }

  /// On disk, and the SHARD hears of it.
  void arrive(const actors::keep_message& what) {
    book->on_disk[what.mail->id] = what;
    actors::batch_kept batch;
    batch.all.push_back(what);
    REQUIRE(ask<actors::batch_taken>(shard, std::move(batch)).ok());
  }

  [[nodiscard]] std::vector<std::int64_t> leased(const std::string& key) const {
    ids all;
    if (const auto at = book->leased.find(key); at != book->leased.end())
      for (const auto& each : at->second)
        all.push_back(each->mail->id.value);
    return all;
  }

  /// The ROUTE's verdict on its lease number `index`, which it no longer has then.
  void finish(const std::string& key, std::size_t index, actors::attempt_end end,
              outcome_kind kind = outcome_kind::delivered) {
    auto& all = book->leased[key];
    REQUIRE(index < all.size());
    const auto what = all[index];
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
    actors::attempt_finished x{what, end, {}, {}, {}};
    if (end == actors::attempt_end::put_off) {
      kind = outcome_kind::deferred;
      x.wait = seconds{30};
    }
    if (end == actors::attempt_end::made || end == actors::attempt_end::put_off) {
      outcome same;
      same.kind = kind;
      same.answer = {kind == outcome_kind::delivered ? 250 : kind == outcome_kind::deferred ? 450 : 550,
                     {}, {"So be it"}};
      x.results = actors::results_for_all(*what, same);
    }
    actors::hand_back(std::move(x));
    settle();
  }

  [[nodiscard]] actors::shard_view view() { return *ask<actors::shard_view>(shard, actors::describe_shard{}); }

  std::size_t operate(actors::queue_act act, const ids& which) {
    actors::operate x;
    x.act = act;
    for (const auto id : which)
      x.ids.push_back({id});
    x.reason = "because";
    const auto done = ask<actors::operated>(shard, std::move(x));
    REQUIRE(done.ok());
    return done->count;
  }

  void operate_later(actors::queue_act act, const ids& which) {
    actors::operate x;
    x.act = act;
    for (const auto id : which)
      x.ids.push_back({id});
    x.reason = "because";
    self->send(shard, std::move(x));
  }

  [[nodiscard]] const queued_message* on_disk(std::int64_t id) const {
    const auto at = book->on_disk.find({id});
    return at == book->on_disk.end() ? nullptr : at->second.mail.get();
  }

  template <class Handle>
  Handle take(Handle made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

private:
  static wall_time now_for_letters() { return wall_time{milliseconds{1'800'000'000'000}}; }
};

inline const std::string one = "smtp:192.0.2.1:25";
inline const std::string two = "smtp:192.0.2.2:25";

} // namespace troupe::support
