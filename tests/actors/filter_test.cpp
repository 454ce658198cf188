#include "actors/filter.hpp"

#include "net/milter/frame.hpp"
#include "tests/actors/door_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <sys/un.h>

#include <deque>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// The filter's side of one connection.
struct milter_end {
  support::wire_end wire;
  milter::frame_reader input;

  void say(char letter, std::string_view data = {}) {
    std::string out;
    milter::append_frame(out, letter, data);
    REQUIRE(wire.put(out) == out.size());
  }
  void greet() {
    std::string data;
    for (const auto number : {std::uint32_t{6}, milter::may::all, std::uint32_t{0}})
      milter::append_number(data, number);
    say('O', data);
  }
  /// The letters of what we were told, macros left out.
  std::string heard() {
    input.take(wire.take());
    std::string letters;
    for (auto got = input.next(); got && *got; got = input.next())
      if ((*got)->letter != 'D')
        letters += (*got)->letter;
    return letters;
  }
};

struct stage : support::door_fixture {
  std::deque<int> listening; ///< One for each filter.
  filter_list all;
  filter_actor who;
  std::optional<filter_answered> answer;
  std::optional<error> no_answer;

  ~stage() {
    if (who)
      caf::anon_send_exit(who, caf::exit_reason::kill);
    who = nullptr;
    run();
    for (const int each : listening)
      ::close(each);
  }

  void add_filter(filter_failure how = filter_failure::tempfail) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const auto path = folder.path() + "/milter" + std::to_string(listening.size());
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    listening.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listening.back(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listening.back(), 8) == 0);
    filter_terms one;
    one.name = one.where.address = "unix:" + path;
    one.on_failure = how;
    all.push_back(one);
  }

  void hire() {
    const filter_post post{&unit, std::make_shared<const filter_list>(all), common->queue.spools[0], common->memory};
    who = sys.spawn<filter>(home, "/filters/milter/1", post, make_role<filter_desk_actor>());
    run();
  }

  milter_end accept(std::size_t number = 0) {
    run();
    const int handle = ::accept4(listening[number], nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    REQUIRE(handle >= 0);
    return {support::wire_end{handle}, {}};
  }

  void ask(std::vector<filter_step> steps, std::string body = {}) {
    answer.reset();
    no_answer.reset();
    ask_filter question;
    question.steps = std::move(steps);
    if (!body.empty()) {
      auto made = std::make_shared<troupe::body>();
      made->size = body.size();
      made->bytes = std::move(body);
      question.body = made;
      question.message_bytes_max = 1000;
    }
    sys.spawn([this, to = who, question](caf::event_based_actor* asker) {
      asker->request(to, caf::infinite, question)
        .then([this](const filter_answered& x) { answer = x; },
              [this](const caf::error& why) { no_answer = from_caf(why); });
    });
    run();
  }

  static filter_step step(filter_stage what, std::vector<std::string> words = {}) {
    filter_step made;
    made.what = what;
    made.arguments = std::move(words);
    made.client.host = "client.test";
    return made;
  }
  static std::vector<filter_step> beginning() {
    return {step(filter_stage::client), step(filter_stage::helo, {"client.test"}),
            step(filter_stage::mail, {"<ann@client.test>"})};
  }

  bool has_left() {
    run();
    return is_gone("/filters/milter/1");
  }

  void go_on(milter_end& with, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      with.say('c');
      run();
    }
  }
};

} // namespace

using enum filter_stage;

TEST_CASE_METHOD(stage, "filter: each filter hears all of it, one after the other, and changes go on to the next", "[actors]") {
  add_filter();
  add_filter();
  hire();
  ask(beginning());
  auto first = accept(0);
  first.greet();
  go_on(first, 3);
  CHECK(first.heard() == "OCHM");
  auto second = accept(1);
  second.greet();
  go_on(second, 3);
  REQUIRE(answer);
  CHECK(answer->said.kind == milter::verdict_kind::proceed);
  ask({step(message)}, "Received: us\r\nSubject: hi\r\n\r\ntext\r\n");
  CHECK(first.heard() == "L");
  go_on(first, 3); // field, end of header, body
  CHECK(first.heard() == "NBE");
  std::string field = "X-One";
  first.say('h', field + '\0' + "1" + '\0');
  go_on(first, 1);
  CHECK(second.heard() == "OCHML");
  go_on(second, 5);
  CHECK(second.heard() == "LNBE");
  REQUIRE(answer);
  REQUIRE(answer->changes);
  CHECK(answer->changes->prepended == "Received: us\r\nSubject: hi\r\nX-One: 1\r\n");
}

TEST_CASE_METHOD(stage, "filter: what one refuses, the next is not asked about", "[actors]") {
  add_filter();
  add_filter();
  hire();
  ask(beginning());
  auto first = accept(0);
  first.greet();
  go_on(first, 2);
  first.say('r');
  run();
  REQUIRE(answer);
  CHECK(answer->said.kind == milter::verdict_kind::refuse);
  CHECK(answer->by == all[0].name);
  CHECK_FALSE(answer->failed);
  CHECK(::accept(listening[1], nullptr, nullptr) < 0);
}

TEST_CASE_METHOD(stage, "filter: silence is a failure, and its terms decide", "[actors]") {
  const auto [how, kind] = GENERATE(table<filter_failure, milter::verdict_kind>({
    {filter_failure::tempfail, milter::verdict_kind::refuse},
    {filter_failure::reject, milter::verdict_kind::refuse},
    {filter_failure::accept, milter::verdict_kind::proceed},
  }));
  add_filter(how);
  hire();
  ask(beginning());
  auto mute = accept();
  pass(all[0].waits.reply_max - 1s);
  CHECK_FALSE(answer);
  pass(2s);
  REQUIRE(answer);
  CHECK(answer->said.kind == kind);
  CHECK(answer->failed == (how != filter_failure::accept));
  if (how == filter_failure::reject)
    CHECK(answer->said.answer.code == 550);
}

TEST_CASE_METHOD(stage, "filter: it gives its place back when nobody asks", "[actors]") {
  add_filter();
  hire();
  ask(beginning());
  auto end = accept();
  end.greet();
  go_on(end, 3);
  REQUIRE(answer);
  pass(filter_idle_max - 500ms);
  CHECK_FALSE(has_left());
  pass(1s);
  CHECK(has_left());
  CHECK(end.heard() == "OCHMQ"); // which ends the message too
}

TEST_CASE_METHOD(stage, "filter: it makes room between two messages, and within one when it was there for long", "[actors]") {
  add_filter();
  hire();
  ask(beginning());
  auto end = accept();
  end.greet();
  go_on(end, 2);
  const auto how = GENERATE(room_wanted::when_idle, room_wanted::soon);
  self->send(who, make_room{how});
  run();
  CHECK_FALSE(has_left()); // it is asked
  go_on(end, 1);
  CHECK(answer);
  CHECK(has_left() == (how == room_wanted::soon));
  if (how == room_wanted::soon)
    return;
  ask({step(message)}, "Received: us\r\n\r\ntext\r\n");
  go_on(end, 3);
  CHECK(has_left());
}

TEST_CASE_METHOD(stage, "filter: whoever asked hears of its death", "[actors]") {
  add_filter();
  hire();
  ask(beginning());
  auto end = accept();
  caf::anon_send_exit(who, caf::exit_reason::kill);
  run();
  REQUIRE(no_answer);
  CHECK(no_answer->code == errc::worker_lost);
}

TEST_CASE_METHOD(stage, "filter: a filter that sends nonsense, cuts or leaves has failed", "[actors]") {
  add_filter();
  hire();
  ask(beginning());
  auto end = accept();
  SECTION("nonsense") { end.wire.put("HTTP/1.1 400 Bad Request\r\n\r\n"); }
  SECTION("a cut frame, and gone") {
    end.greet();
    run();
    end.wire.put(std::string("\0\0", 2));
    end.wire.hang_up();
  }
  SECTION("gone") { end.wire.hang_up(); }
  run();
  REQUIRE(answer);
  CHECK(answer->failed);
  CHECK(answer->said.answer.code == 451);
}

TEST_CASE_METHOD(stage, "filter: a body that one puts in has the message's bound", "[actors]") {
  add_filter();
  hire();
  ask(beginning());
  auto end = accept();
  end.greet();
  go_on(end, 3);
  ask({step(message)}, "Received: us\r\n\r\ntext\r\n");
  go_on(end, 2);
  const std::string half(600, 'x');
  end.say('b', half);
  run();
  CHECK_FALSE(answer);
  end.say('b', half);
  run();
  REQUIRE(answer);
  CHECK(answer->failed);
  CHECK(common->memory->taken() == 0);
}
