#include "tests/actors/cluster/shadow_world.hpp"

using namespace troupe;
using namespace troupe::actors;
using troupe::support::shadow_world;
using places = std::vector<std::uint64_t>;

TEST_CASE("shadow: a letter is on two disks before its 250, and one node delivers it", "[cluster]") {
  shadow_world world;
  auto answer = world.send_letter(1, 100);
  world.advance(milliseconds{200});
  REQUIRE_FALSE(world.self->mailbox().empty());
  CHECK(shadow_world::said(answer) == "kept");
  CHECK(world.on_disk(1, message_state::queued) == 1);
  CHECK(world.copies() == 1);
  CHECK(world.at_work(100) == places{1});

  world.deliver(1);
  world.advance(seconds{2});
  CHECK(world.on_disk(1, message_state::queued) == 0);
  CHECK(world.copies() == 0);
  for (std::uint64_t i = 1; i <= 3; ++i)
    CHECK(world.view(i).owned + world.view(i).held == 0);
}

TEST_CASE("shadow: no 250 before the copy is there; a holder that does not answer is replaced", "[cluster]") {
  shadow_world world;
  world.silent = {2, 3};
  auto answer = world.send_letter(1, 100);
  world.advance(seconds{1});
  CHECK(world.self->mailbox().empty());
  CHECK(world.on_disk(1, message_state::queued) == 1);
  CHECK(world.at_work(100).empty());
  CHECK(world.why(1, 100).where == "keeping");
  world.silent.clear();
  world.advance(seconds{3});
  REQUIRE_FALSE(world.self->mailbox().empty());
  CHECK(shadow_world::said(answer) == "kept");
  CHECK(world.copies() == 1);
  CHECK(world.at_work(100) == places{1});
}

TEST_CASE("shadow: short of copies mail is accepted, or refused and gone, as configured", "[cluster]") {
  SECTION("accept") {
    shadow_world world;
    world.cut = {2, 3};
    world.tell_all();
    CHECK(world.keep(1, 100) == "kept");
    CHECK(world.view(1).counts.short_of_copies == 1);
    CHECK(world.at_work(100) == places{1});
    world.cut.clear();
    world.tell_all();
    world.advance(seconds{3});
    CHECK(world.copies() == 1); // made as soon as it can be
  }
  SECTION("refuse") {
    shadow_world world(3, policy::short_rule::refuse);
    world.silent = {2, 3};
    CHECK(world.keep(1, 100) == "peer_unreachable");
    CHECK(world.on_disk(1, message_state::queued) == 0);
    CHECK(world.at_work(100).empty());
    world.silent.clear();
    world.advance(seconds{5});
    CHECK(world.copies() == 0);
  }
}

TEST_CASE("shadow: when the owner is lost exactly one holder delivers; it returns and does not", "[cluster]") {
  shadow_world world;
  REQUIRE(world.keep(1, 100) == "kept");
  world.kill(1);
  world.lose(1);
  world.advance(seconds{10});
  const auto now = world.at_work(100);
  REQUIRE(now.size() == 1);
  CHECK(now.front() != 1);

  world.bring_back(1);
  CHECK(world.at_work(100) == now); // it asks first
  world.advance(seconds{5});
  CHECK(world.at_work(100) == now);
  CHECK(world.on_disk(1, message_state::queued) == 0);
  CHECK(world.copies() == 1); // on the third node, made while the owner was away

  world.deliver(now.front());
  world.advance(seconds{3});
  CHECK(world.copies() == 0);
}

TEST_CASE("shadow: what was delivered elsewhere while a node was down is not delivered again", "[cluster]") {
  shadow_world world;
  REQUIRE(world.keep(1, 100) == "kept");
  world.kill(1);
  world.lose(1);
  world.advance(seconds{10});
  const auto now = world.at_work(100);
  REQUIRE(now.size() == 1);
  world.deliver(now.front());
  world.advance(seconds{2});
  world.bring_back(1);
  world.advance(seconds{5});
  CHECK(world.at_work(100).empty());
  CHECK(world.on_disk(1, message_state::queued) == 0);
  CHECK(world.copies() == 0);
}

TEST_CASE("shadow: notices wait on disk for a holder that is away, over a restart of the owner", "[cluster]") {
  shadow_world world(2);
  REQUIRE(world.keep(1, 100) == "kept");
  REQUIRE(world.on_disk(2, message_state::copy) == 1);
  world.cut = {2};
  world.tell_all();
  world.deliver(1);
  world.advance(seconds{1});
  CHECK(world.on_disk(2, message_state::copy) == 1);
  world.kill(1);
  world.start_again(1);
  world.cut.clear();
  world.tell_all();
  world.advance(seconds{3});
  CHECK(world.on_disk(2, message_state::copy) == 0);
  CHECK(world.at_work(100).empty());
}

TEST_CASE("shadow: recipients that the owner served are not served again by who takes over", "[cluster]") {
  shadow_world world;
  REQUIRE(world.keep(1, 100, 3) == "kept");
  world.deliver(1, 1);
  world.advance(seconds{1});
  world.kill(1);
  world.lose(1);
  world.advance(seconds{10});
  world.advance(std::chrono::minutes{20});
  const auto now = world.at_work(100);
  REQUIRE(now.size() == 1);
  const auto& lease = world.nodes.at(now.front()).book->leased["r"].front();
  CHECK(lease->recipients == std::vector<std::size_t>{1, 2});
}

TEST_CASE("shadow: without standing what others hold is not leased, and with it is again", "[cluster]") {
  shadow_world world;
  world.nodes.at(1).book->routes.clear(); // nobody takes it yet
  REQUIRE(world.keep(1, 100) == "kept");
  world.tell(1, false);
  CHECK(world.why(1, 100).where == "no standing");
  auto& one = world.nodes.at(1);
  const auto route = world.sys.spawn(support::fake_route, one.book, std::string{"r"});
  one.cast.push_back(caf::actor_cast<caf::strong_actor_ptr>(route));
  one.book->routes["smtp:192.0.2.1:25"] = {route, {}, seconds{3600}};
  world.advance(seconds{3});
  CHECK(world.at_work(100).empty());

  ++world.lives[1];
  world.tell(1, true);
  world.advance(seconds{3});
  CHECK(world.at_work(100) == places{1});
}

TEST_CASE("shadow: the STORE dies between writing and answering; nothing is lost or doubled", "[cluster]") {
  shadow_world world;
  REQUIRE(world.keep(1, 100) == "kept");
  auto& one = world.nodes.at(1);
  caf::anon_send_exit(one.store, caf::exit_reason::kill);
  world.deliver(1);
  world.advance(seconds{1});
  world.start_store(one);
  world.advance(seconds{3});
  CHECK(world.on_disk(1, message_state::queued) == 0);
  CHECK(world.copies() == 0);
  CHECK(world.at_work(100).empty());
  CHECK(world.keep(1, 101) == "kept");
  CHECK(world.copies() == 1);
}

TEST_CASE("shadow: a SHADOW dies; its legacy goes on, and who waited is told so", "[cluster]") {
  shadow_world world;
  REQUIRE(world.keep(1, 100) == "kept");
  auto& one = world.nodes.at(1);
  world.silent = {2, 3};
  auto answer = world.send_letter(1, 101);
  world.advance(milliseconds{300});
  caf::anon_send_exit(one.shadow, caf::exit_reason::kill);
  world.settle();
  REQUIRE_FALSE(world.self->mailbox().empty());
  CHECK(shadow_world::said(answer) == "worker_lost");
  world.start_shadow(one);
  world.silent.clear();
  world.tell_all();
  world.advance(seconds{10});
  CHECK(world.at_work(100) == places{1});
  CHECK(world.at_work(101).empty()); // its 250 was never said
  CHECK(world.on_disk(1, message_state::queued) == 1);
  CHECK(world.copies() == 1);
  world.deliver(1);
  world.advance(seconds{3});
  CHECK(world.copies() == 0);
}

TEST_CASE("shadow: large bodies travel in parts, whole", "[cluster]") {
  shadow_world world(2);
  std::string text(3 * policy::body_part_bytes_max + 17, 'x');
  for (std::size_t i = 0; i < text.size(); i += 1000)
    text[i] = static_cast<char>('a' + i % 23);
  const auto& one = world.nodes.at(1);
  auto file = world.ask<file_written>(one.spool->now(), begin_file{{100}, text});
  REQUIRE(file.ok());
  const auto whole = world.ask<file_finished>(one.spool->now(), finish_file{file->file});
  REQUIRE(whole.ok());
  auto mail = shadow_world::mail_of(100);
  mail.body_bytes = text.size();
  auto answer = world.self->request(one.played->now(), caf::infinite,
                                    keep_message{std::make_shared<const queued_message>(mail), whole->body});
  world.advance(seconds{1});
  REQUIRE_FALSE(world.self->mailbox().empty());
  CHECK(shadow_world::said(answer) == "kept");
  CHECK(world.parcels >= 4);
  const auto there = world.ask<messages_loaded>(world.nodes.at(2).disk->now(), load_messages{{{100}}});
  REQUIRE(there->found.size() == 1);
  auto reader = storage::body_reader::open(there->found.front().body);
  REQUIRE(reader.ok());
  std::string back(text.size(), '\0');
  const auto got = reader->read(0, back);
  REQUIRE(got.ok());
  CHECK(*got == text);
}

TEST_CASE("shadow: a node that drains hands its mail over, and does not deliver it", "[cluster]") {
  shadow_world world;
  world.nodes.at(1).book->routes.clear();
  for (std::int64_t id = 100; id < 110; ++id)
    REQUIRE(world.keep(1, id) == "kept");
  world.draining = {1};
  world.tell_all();
  world.advance(seconds{10});
  CHECK(world.on_disk(1, message_state::queued) == 0);
  CHECK(world.leased(1).empty());
  CHECK(world.leased(2).size() + world.leased(3).size() == 10);
  CHECK(world.view(1).counts.moved_out == 10);
}

TEST_CASE("shadow: mail from before there was a cluster gets its copies", "[cluster]") {
  shadow_world world(2);
  const auto kept = world.ask<message_kept>(
    world.nodes.at(1).disk->now(),
    keep_message{std::make_shared<const queued_message>(shadow_world::mail_of(100)), support::sample_body("text")});
  REQUIRE(kept.ok());
  world.advance(seconds{3});
  CHECK(world.on_disk(2, message_state::copy) == 1);
  CHECK(world.at_work(100) == places{1});
}

TEST_CASE("shadow: garbage and other slices' words do no harm", "[cluster]") {
  shadow_world world(2);
  const auto shadow = parcel_receiver{world.nodes.at(1).shadow};
  CHECK(world.ask<parcel_taken>(shadow, parcel_came{{2}, channel::copies, 0, "garbage"}).ok());
  CHECK(world.ask<parcel_taken>(shadow, parcel_came{{2}, channel::copies, 9,
                                                    policy::encode_shadow(policy::part_taken{1, 2})})
          .ok());
  CHECK(world.ask<parcel_taken>(shadow, parcel_came{{2}, channel::copies, 0,
                                                    policy::encode_shadow(policy::body_part{1, 0, "x"})})
          .ok());
  policy::custody_row row{.id = {7}, .by = {0, {2}}};
  CHECK(world.ask<parcel_taken>(shadow, parcel_came{{2}, channel::copies, 0,
                                                    policy::encode_shadow(policy::shadow_word{
                                                      policy::keep_copy{1, row, 4}, {"no envelope", "text", false}})})
          .ok());
  CHECK(world.copies() == 0);
  CHECK(world.keep(1, 100) == "kept");
}
