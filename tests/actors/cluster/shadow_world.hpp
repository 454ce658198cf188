// Several nodes with real STORES, SHARDS and SHADOWS, one slice each, on one test
// scheduler. HUBS, SWITCHBOARDS and ROUTES are played by the test, MEMBER is the test.

#pragma once

#include "actors/cluster/shadow.hpp"
#include "tests/actors/fakes.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace troupe::support {

class shadow_world : public actor_fixture {
public:
  /// What one node is made of. The disk outlives it.
  struct host {
    std::uint64_t place = 0;
    std::uint64_t starts = 0;
    std::string directory;
    bool running = false;
    actors::role_ptr<actors::store_actor> disk;   ///< The STORE itself.
    actors::role_ptr<actors::store_actor> played; ///< The SHADOW, once there is one.
    actors::role_ptr<actors::shard_inbox> inbox;
    actors::role_ptr<actors::spool_actor> spool;
    actors::role_ptr<actors::shard_actor> shard;
    actors::role_ptr<actors::parcel_sender> hub;
    actors::store_options store_options;
    actors::shard_options shard_options;
    actors::shadow_actor_options options;
    std::shared_ptr<actors::store_legacy> store_legacy;
    std::shared_ptr<actors::shadow_legacy> legacy;
    actors::store_actor store;
    actors::shadow_actor shadow;
    std::vector<caf::strong_actor_ptr> cast;
    prompt_book_ptr book;
  };

  temp_folder folder;
  std::map<std::uint64_t, host> nodes; ///< By id.
  std::set<std::uint64_t> lost;        ///< By majority.
  std::set<std::uint64_t> cut;         ///< No parcel comes or goes.
  std::set<std::uint64_t> silent;      ///< Nothing of copies' words comes from it; letters do not come to it.
  std::size_t parcels = 0;
  policy::shadow_options rules;
  unsigned disk_shards = 1;
  std::uint64_t news = 0;

  explicit shadow_world(std::size_t count = 3, policy::short_rule when_short = policy::short_rule::accept) {
    rules.when_short = when_short;
    for (std::uint64_t i = 1; i <= count; ++i) {
      nodes[i].place = i;
      nodes[i].directory = folder / ("node-" + std::to_string(i));
    }
    for (auto& [id, each] : nodes)
      start(each);
    tell_all();
    advance(seconds{2});
  }
  ~shadow_world() {
    for (auto& [id, each] : nodes)
      if (each.running)
        kill(id);
    advance(minutes{2});
  }

  // ---- nodes

  void start(host& of) {
    ++of.starts;
    of.running = true;
    of.book = std::make_shared<prompt_book>();
    of.disk = actors::make_role<actors::store_actor>();
    of.played = actors::make_role<actors::store_actor>();
    of.inbox = actors::make_role<actors::shard_inbox>();
    of.shard = actors::make_role<actors::shard_actor>();
    of.spool = actors::make_role<actors::spool_actor>();
    of.hub = actors::make_role<actors::parcel_sender>();
    of.store_options = {};
    of.store_options.files.directory = of.directory;
    of.store_options.files.disk_free_min = 0;
    of.store_options.shard = of.inbox;
    of.store_legacy = std::make_shared<actors::store_legacy>(
      id_source{static_cast<unsigned>(of.place), 0, now()});
    of.spool->cast(actors::spool_actor{own(of, sys.spawn<actors::spool>(home, 0u, storage::body_folder{of.directory}, std::size_t{100}))});
    of.hub->cast(own(of, sys.spawn([this, from = of.place](actors::parcel_sender::pointer) -> actors::parcel_sender::behavior_type {
      return {[this, from](const actors::send_parcel& x) { carry(from, x); }};
    })));
    start_store(of);
    const policy::node_id name{of.place};
    of.legacy = std::make_shared<actors::shadow_legacy>(rules, name, policy::first_life(of.starts), steady());
    of.options = {};
    of.options.self = name;
    of.options.rules = rules;
    of.options.store = of.disk;
    of.options.spool = of.spool;
    of.options.shard = of.shard;
    of.options.played = of.played;
    of.options.inbox = of.inbox;
    of.options.hub = of.hub;
    start_shadow(of);
    start_shard(of);
    settle();
  }
  void start_store(host& of) {
    of.store = own(of, sys.spawn<actors::store>(home, of.store_options, of.store_legacy));
    of.disk->cast(of.store);
  }
  void start_shadow(host& of) {
    of.shadow = own(of, actors::shadow_actor{sys.spawn<actors::shadow>(home, of.options, of.legacy)});
  }
  void start_shard(host& of) {
    auto& options = of.shard_options;
    options = {};
    options.settle.retry.jitter = 0;
    auto local = policy::local_domains::make({}, "mx.test");
    std::vector<policy::route_options> some(1);
    some[0].match = {"*"};
    some[0].via = "smtp:192.0.2.1:25";
    auto table = policy::routing_table::make(some, std::make_shared<policy::local_domains>(std::move(*local)));
    REQUIRE(table.ok());
    options.routing = std::make_shared<policy::routing_table>(std::move(*table));
    const auto route = own(of, sys.spawn(fake_route, of.book, std::string{"r"}));
    of.book->routes["smtp:192.0.2.1:25"] = {route, {}, seconds{86'400}};
    const auto board = actors::make_role(own(of, sys.spawn(fake_switchboard, of.book)));
    of.shard->cast(own(of, actors::shard_actor{sys.spawn<actors::shard>(home, options, of.played, board)}));
  }
  /// As kill -9: what is not on disk is gone.
  void kill(std::uint64_t id) {
    auto& of = nodes.at(id);
    of.running = false;
    cut.insert(id);
    of.store = nullptr;
    of.shadow = nullptr;
    for (auto& each : of.cast)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    of.cast.clear();
    settle();
    for (const auto& each : {of.disk, of.played})
      each->vacate();
    of.inbox->vacate();
    of.shard->vacate();
    of.hub->vacate();
    of.spool->vacate();
    of.legacy.reset();
    of.store_legacy.reset();
    of.book.reset();
  }
  void start_again(std::uint64_t id) {
    cut.erase(id);
    start(nodes.at(id));
  }

  // ---- what MEMBER would say

  void tell(std::uint64_t id, bool standing = true) {
    auto& of = nodes.at(id);
    if (!of.running)
      return;
    auto what = std::make_shared<policy::cluster_news>();
    what->number = ++news;
    what->life = {policy::first_life(of.starts).value + lives[id]};
    what->standing = standing;
    what->standing_until = steady() + std::chrono::hours{1};
    what->draining = draining.contains(id);
    for (const auto& [other, each] : nodes) {
      if (other == id)
        continue;
      const bool reached = each.running && !cut.contains(other) && !cut.contains(id);
      what->peers.push_back({{.id = {other},
                              .reachable = reached,
                              .lost = lost.contains(other),
                              .load = {.room_bytes = 1u << 30, .draining = draining.contains(other)}},
                             "mx" + std::to_string(other),
                             policy::first_life(each.starts)});
    }
    caf::anon_send(actors::cluster_watcher{of.shadow}, actors::cluster_changed{std::move(what)});
    settle();
  }
  void tell_all() {
    for (const auto& [id, each] : nodes)
      tell(id);
  }
  void lose(std::uint64_t id) {
    lost.insert(id);
    tell_all();
  }
  void bring_back(std::uint64_t id) {
    lost.erase(id);
    start_again(id);
    tell_all();
  }

  // ---- mail

  static queued_message mail_of(std::int64_t id, std::size_t recipients = 1) {
    auto mail = sample_mail(id, 4);
    mail.recipients.resize(recipients, mail.recipients.front());
    for (std::size_t i = 0; i < recipients; ++i)
      mail.recipients[i].to.address.local = "bob" + std::to_string(i);
    mail.received = wall_time{milliseconds{1'800'000'000'000}};
    return mail;
  }
  auto send_letter(std::uint64_t to, std::int64_t id, std::size_t recipients = 1) {
    return self->request(nodes.at(to).played->now(), caf::infinite,
                         actors::keep_message{std::make_shared<const queued_message>(mail_of(id, recipients)),
                                              sample_body("text")});
  }
  /// "kept", or the error.
  template <class Response>
  static std::string said(Response& answer) {
    std::string what;
    answer.receive([&](actors::message_kept&) { what = "kept"; },
                   [&](caf::error& why) { what = to_string(actors::from_caf(why).code); });
    return what;
  }
  std::string keep(std::uint64_t at, std::int64_t id, std::size_t recipients = 1) {
    auto answer = send_letter(at, id, recipients);
    advance(seconds{8});
    REQUIRE_FALSE(self->mailbox().empty());
    return said(answer);
  }
  /// What the ROUTE of this node has in hand.
  std::vector<std::int64_t> leased(std::uint64_t id) {
    std::vector<std::int64_t> all;
    if (nodes.at(id).running)
      for (const auto& each : nodes.at(id).book->leased["r"])
        all.push_back(each->mail->id.value);
    return all;
  }
  /// Nodes that would deliver it.
  std::vector<std::uint64_t> at_work(std::int64_t id) {
    std::vector<std::uint64_t> those;
    for (const auto& [place, each] : nodes)
      for (const auto one : leased(place))
        if (one == id)
          those.push_back(place);
    return those;
  }
  /// The ROUTE says what became of its first lease; of all recipients, or of one only.
  void deliver(std::uint64_t at, std::size_t recipients = 1'000) {
    auto& all = nodes.at(at).book->leased["r"];
    REQUIRE_FALSE(all.empty());
    const auto what = all.front();
    all.erase(all.begin());
    actors::attempt_finished x{what, actors::attempt_end::made, {}, {}, {}};
    outcome well;
    well.kind = outcome_kind::delivered;
    well.answer = {250, {}, {"So be it"}};
    outcome ill = well;
    ill.kind = outcome_kind::deferred;
    ill.answer = {450, {}, {"Later"}};
    for (std::size_t i = 0; i < what->recipients.size(); ++i)
      x.results.push_back({what->recipients[i], i < recipients ? well : ill, policy::reach::relayed});
    actors::hand_back(std::move(x));
    settle();
  }
  std::uint64_t on_disk(std::uint64_t at, message_state state) {
    return ask<actors::store_view>(nodes.at(at).disk->now(), actors::describe_store{})->counts.of(state).messages;
  }
  std::uint64_t copies() {
    std::uint64_t sum = 0;
    for (const auto& [id, each] : nodes)
      if (each.running)
        sum += on_disk(id, message_state::copy);
    return sum;
  }
  actors::shadow_view view(std::uint64_t id) {
    return *ask<actors::shadow_view>(nodes.at(id).shadow, actors::describe_shadow{});
  }
  actors::copy_place why(std::uint64_t at, std::int64_t id) {
    return *ask<actors::copy_place>(nodes.at(at).shadow, actors::explain_copy{{id}});
  }

  std::map<std::uint64_t, std::uint64_t> lives; ///< Besides those of starts.
  std::set<std::uint64_t> draining;
  using minutes = std::chrono::minutes;

private:
  template <class Handle>
  Handle own(host& of, Handle made) {
    of.cast.push_back(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }
  steady_time steady() const { return sched.clock().now(); }

  void carry(std::uint64_t from, const actors::send_parcel& x) {
    const auto to = nodes.find(x.to.value);
    REQUIRE(x.bytes.size() <= actors::parcel_bytes_max);
    if (to == nodes.end() || !to->second.running || cut.contains(from) || cut.contains(x.to.value)
        || silent.contains(x.to.value))
      return;
    ++parcels;
    caf::anon_send(actors::parcel_receiver{to->second.shadow},
                   actors::parcel_came{{from}, x.on, x.slice, x.bytes});
  }
};

} // namespace troupe::support
