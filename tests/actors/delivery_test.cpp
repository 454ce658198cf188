#include "actors/delivery.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/scripted_peer.hpp"

#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <functional>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::scripted_peer;

namespace {

struct foreman_notes {
  std::vector<attempt_ended> attempts;
  std::vector<session_opened> opened;
  std::vector<session_ended> ended;
};

foreman_actor::behavior_type fake_foreman(foreman_actor::pointer,
                                          std::shared_ptr<foreman_notes> notes) {
  return {
    [notes](const attempt_ended& x) { notes->attempts.push_back(x); },
    [notes](const session_opened& x) { notes->opened.push_back(x); },
    [notes](const session_ended& x) { notes->ended.push_back(x); },
  };
}

/// Descriptors run out while it lives.
struct no_descriptors {
  rlimit before{};
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto none = before;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
};

struct stage : support::actor_fixture {
  io_unit unit{sys, id_source{1, 0, {}}};
  io::timer first_of_all{unit.loop()}; // what the loop opens for itself is open then
  std::shared_ptr<foreman_notes> notes = std::make_shared<foreman_notes>();
  foreman_actor foreman = sys.spawn(fake_foreman, notes);
  std::shared_ptr<delivery_options> options = std::make_shared<delivery_options>();
  worker_actor worker;

  stage() {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(foreman));
    options->session.timeouts.greeting = 1s;
    options->session.timeouts.mail = 1s;
    options->session.timeouts.quit = 1s;
  }

  ~stage() {
    if (worker)
      caf::anon_send_exit(worker, caf::exit_reason::kill);
    worker = nullptr;
    for (int i = 0; i < 10; ++i)
      turn();
  }

  void turn() {
    unit.loop().context().run_one_for(10ms);
    settle();
  }

  void run_until(const std::function<bool()>& is_done) {
    for (const auto deadline = steady_now() + 10s; !is_done() && steady_now() < deadline;)
      turn();
    REQUIRE(is_done());
  }

  void run_to_the_end() {
    run_until([this] { return !notes->ended.empty(); });
  }

  static dial_target target(std::uint16_t port) { return {{"127.0.0.1", port}, "peer.test"}; }

  void open(std::vector<dial_target> targets) {
    worker = sys.spawn<delivery>(home, "/outbound/route/x/delivery/0", std::ref(unit), options,
                                 std::move(targets), foreman, make_role<spool_actor>());
  }

  lease_ptr lease_for(std::size_t recipients) const {
    auto mail = support::sample_mail(1, 6);
    mail.recipients.resize(recipients, mail.recipients.front());
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < recipients; ++i) {
      mail.recipients[i].to.address = {"r" + std::to_string(i), "example.org"};
      all.push_back(i);
    }
    auto hop = *policy::parse_via("smtp:127.0.0.1:25");
    return std::make_shared<const lease>(lease{std::make_shared<const queued_message>(mail),
                                               support::sample_body("text\r\n"), all, hop, {}, {}});
  }

  lease_ptr hand_over(std::size_t recipients = 1) {
    auto what = lease_for(recipients);
    self->send<caf::message_priority::high>(worker, deliver{what});
    return what;
  }

  const attempt_ended& only_attempt() const {
    REQUIRE(notes->attempts.size() == 1);
    return notes->attempts[0];
  }
};

void take_a_letter(scripted_peer& peer) {
  peer.wait_for("MAIL");
  peer.say("250 ok\r\n");
  peer.wait_for("RCPT");
  peer.say("250 ok\r\n");
  peer.wait_for("DATA");
  peer.say("354 go\r\n");
  peer.wait_for(".");
  peer.say("250 2.0.0 kept\r\n");
}

} // namespace

TEST_CASE_METHOD(stage, "delivery: letters go over one session, until it is told to leave", "[actors]") {
  scripted_peer peer([](scripted_peer& x) {
    x.greet();
    take_a_letter(x);
    take_a_letter(x);
    x.wait_for("QUIT");
    x.say("221 bye\r\n");
  });
  open({target(peer.port())});
  const auto first = hand_over();
  const auto second = hand_over();
  run_until([this] { return notes->attempts.size() == 2; });
  CHECK(notes->attempts[0].attempt.what == first);
  CHECK(notes->attempts[1].attempt.what == second);
  for (const auto& each : notes->attempts) {
    CHECK(each.attempt.end == attempt_end::made);
    CHECK(each.attempt.results.at(0).what.kind == outcome_kind::delivered);
    CHECK(each.news == host_news::fine);
    CHECK(each.session_goes_on);
  }
  REQUIRE(notes->opened.size() == 1);
  CHECK(notes->opened[0].dialled.answered == "127.0.0.1:" + std::to_string(peer.port()));
  self->send(worker, leave{});
  run_to_the_end();
  CHECK(notes->ended[0].news == host_news::fine);
}

TEST_CASE_METHOD(stage, "delivery: each recipient has its own outcome, and a refusal is not the host's fault",
                 "[actors]") {
  scripted_peer peer([](scripted_peer& x) {
    x.greet();
    x.wait_for("MAIL");
    x.say("250 ok\r\n");
    for (const auto* answer : {"250 ok\r\n", "550 5.1.1 who\r\n", "450 4.2.1 busy\r\n"}) {
      x.wait_for("RCPT");
      x.say(answer);
    }
    x.wait_for("DATA");
    x.say("354 go\r\n");
    x.wait_for(".");
    x.say("250 kept\r\n");
    x.wait_until_left();
  });
  open({target(peer.port())});
  hand_over(3);
  run_until([this] { return !notes->attempts.empty(); });
  const auto& results = only_attempt().attempt.results;
  REQUIRE(results.size() == 3);
  CHECK(results[0].what.kind == outcome_kind::delivered);
  CHECK(results[1].what.kind == outcome_kind::failed);
  CHECK(results[2].what.kind == outcome_kind::deferred);
  CHECK(only_attempt().news == host_news::fine);
}

TEST_CASE_METHOD(stage, "delivery: a host that says nothing is left when its time is over", "[actors]") {
  scripted_peer peer([](scripted_peer& x) {
    x.accept();
    x.wait_until_left();
  });
  open({target(peer.port())});
  hand_over();
  run_to_the_end();
  CHECK(only_attempt().attempt.end == attempt_end::made);
  CHECK(only_attempt().attempt.results.at(0).what.kind == outcome_kind::deferred);
  CHECK_FALSE(only_attempt().session_goes_on);
  CHECK(notes->ended[0].news == host_news::unreachable);
  CHECK(notes->opened.empty());
}

TEST_CASE_METHOD(stage, "delivery: a host that turns away at the door is not the last one", "[actors]") {
  const std::string greeting = GENERATE("421 4.3.2 not now\r\n", "554 never\r\n", "");
  scripted_peer rude([&greeting](scripted_peer& x) {
    x.accept();
    x.say(greeting);
  });
  scripted_peer kind([](scripted_peer& x) {
    x.greet();
    take_a_letter(x);
    x.wait_until_left();
  });
  open({target(rude.port()), target(kind.port())});
  hand_over();
  run_until([this] { return !notes->attempts.empty(); });
  CHECK(only_attempt().attempt.results.at(0).what.kind == outcome_kind::delivered);
  REQUIRE(notes->opened.size() == 1);
  CHECK(notes->opened[0].dialled.deaf
        == std::vector<std::string>{"127.0.0.1:" + std::to_string(rude.port())});
}

TEST_CASE_METHOD(stage, "delivery: nobody listens anywhere, and each host is named as deaf", "[actors]") {
  const auto free_port = [] { return scripted_peer([](scripted_peer&) {}).port(); };
  open({target(free_port()), target(free_port())});
  hand_over();
  hand_over();
  run_to_the_end();
  REQUIRE(notes->attempts.size() == 2);
  for (const auto& each : notes->attempts) {
    CHECK(each.attempt.end == attempt_end::made);
    CHECK(each.news == host_news::unreachable);
    CHECK_FALSE(each.session_goes_on);
  }
  CHECK(notes->ended[0].dialled.deaf.size() == 2);
  CHECK(notes->ended[0].why.find("refused") != std::string::npos);
}

TEST_CASE_METHOD(stage, "delivery: a host that closes in the middle falters; who waits behind was not tried",
                 "[actors]") {
  const std::string last_words = GENERATE("421 4.3.2 closing\r\n", "");
  scripted_peer peer([&last_words](scripted_peer& x) {
    x.greet();
    x.wait_for("MAIL");
    x.say(last_words);
  });
  open({target(peer.port())});
  hand_over();
  hand_over();
  run_to_the_end();
  REQUIRE(notes->attempts.size() == 2);
  CHECK(notes->attempts[0].attempt.end == attempt_end::made);
  CHECK(notes->attempts[0].attempt.results.at(0).what.kind == outcome_kind::deferred);
  CHECK(notes->attempts[1].attempt.end == attempt_end::not_made);
  CHECK(notes->ended[0].news == host_news::faltered);
}

TEST_CASE_METHOD(stage, "delivery: it dials nobody before it has a letter, and waits for that no longer than for others",
                 "[actors]") {
  options->idle_max = 0s;
  scripted_peer peer([](scripted_peer&) {});
  open({target(peer.port())});
  run_to_the_end();
  CHECK(notes->ended[0].news == host_news::fine);
  CHECK(notes->ended[0].dialled.deaf.empty());
  CHECK(notes->opened.empty());
}

TEST_CASE_METHOD(stage, "delivery: while others wait for its place, an idle session says goodbye at once",
                 "[actors]") {
  options->idle_max = 3600s;
  scripted_peer peer([](scripted_peer& x) {
    x.greet();
    take_a_letter(x);
    if (x.wait_for("QUIT"))
      x.say("221 bye\r\n");
  });
  open({target(peer.port())});
  hand_over();
  run_until([this] { return !notes->attempts.empty(); });
  CHECK(only_attempt().session_goes_on);
  self->send(worker, make_room{room_wanted::when_idle});
  run_to_the_end();
  CHECK(notes->ended[0].news == host_news::fine);
}

TEST_CASE_METHOD(stage, "delivery: one whose place is wanted soon does a letter, and leaves the next to another",
                 "[actors]") {
  scripted_peer rude([](scripted_peer& x) {
    x.accept();
    x.say("554 never\r\n");
  });
  scripted_peer kind([](scripted_peer& x) {
    x.greet();
    take_a_letter(x);
    if (x.wait_for("QUIT"))
      x.say("221 bye\r\n");
  });
  open({target(rude.port()), target(kind.port())});
  hand_over();
  hand_over();
  self->send(worker, make_room{room_wanted::soon}); // it asks every host all the same
  run_to_the_end();
  REQUIRE(notes->attempts.size() == 2);
  CHECK(notes->attempts[0].attempt.results.at(0).what.kind == outcome_kind::delivered);
  CHECK_FALSE(notes->attempts[0].session_goes_on);
  CHECK(notes->attempts[1].attempt.end == attempt_end::not_made);
  CHECK(notes->ended[0].news == host_news::fine);
}

TEST_CASE_METHOD(stage, "delivery: one whose place is wanted soon, and that has nothing to do, ends", "[actors]") {
  options->idle_max = 3600s;
  scripted_peer peer([](scripted_peer&) {});
  open({target(peer.port())});
  self->send(worker, make_room{room_wanted::when_idle});
  self->send(worker, make_room{room_wanted::soon});
  run_to_the_end();
  CHECK(notes->attempts.empty());
}

TEST_CASE_METHOD(stage, "delivery: after so many letters the session ends", "[actors]") {
  options->messages_max = 1;
  scripted_peer peer([](scripted_peer& x) {
    x.greet();
    take_a_letter(x);
    if (x.wait_for("QUIT"))
      x.say("221 bye\r\n");
  });
  open({target(peer.port())});
  hand_over();
  run_to_the_end();
  CHECK(only_attempt().attempt.results.at(0).what.kind == outcome_kind::delivered);
  CHECK_FALSE(only_attempt().session_goes_on);
}

TEST_CASE_METHOD(stage, "delivery: without a descriptor nothing was tried, and no host is to blame",
                 "[actors]") {
  scripted_peer peer([](scripted_peer&) {});
  {
    const no_descriptors now;
    open({target(peer.port()), target(peer.port())});
    hand_over();
    run_to_the_end();
  }
  CHECK(only_attempt().attempt.end == attempt_end::not_made);
  CHECK(notes->ended[0].news == host_news::starved);
  CHECK(notes->ended[0].dialled.deaf.empty());
}
