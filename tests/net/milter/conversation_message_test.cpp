#include "tests/net/milter/filter_player.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::milter;
using namespace std::chrono_literals;
using namespace std::string_literals;
using support::filter_player;

namespace {

struct message_stage : filter_player {
  message_header header = message_header::read("Received: us\r\nSubject:  hi\r\n there\r\nTo: bob\r\n\r\n", true, 0)
                            .value()->header;

  void begin(std::uint32_t how) {
    greet(how);
    talk.mail({"<a@b>"}, {}, now);
    run();
    say('c');
    verdicts.clear();
    (void)frames();
    talk.message(header, {{"i", "id1"}}, now);
    run();
  }
  static constexpr std::uint32_t silent
    = talk::no_reply_header | talk::no_reply_end_of_header | talk::no_reply_body;
};

} // namespace

TEST_CASE_METHOD(message_stage, "milter message: everything waits for its answer", "[milter]") {
  begin(0);
  CHECK(frames() == std::vector{"LSubject\0 hi\n there\0"s});
  say('c');
  CHECK(frames() == std::vector{"LTo\0bob\0"s});
  say('c');
  CHECK(frames() == std::vector{"DNi\0id1\0"s, "N"s});
  say('c');
  CHECK(frames() == std::vector{"B" + body});
  say('c');
  CHECK(frames() == std::vector{"DEi\0id1\0"s, "E"s});
  CHECK(verdicts.empty());
  say('c');
  REQUIRE(verdicts.size() == 1);
  CHECK(talk.awaits_command());
}

TEST_CASE_METHOD(message_stage, "milter message: nothing waits where no answer is wanted", "[milter]") {
  begin(silent);
  CHECK(letters() == "LLDNBDE");
}

TEST_CASE_METHOD(message_stage, "milter message: parts that a filter does not want are left out", "[milter]") {
  begin(talk::no_headers | talk::no_body | talk::no_end_of_header);
  CHECK(letters() == "DE");
  CHECK(body_at == 0);
}

TEST_CASE_METHOD(message_stage, "milter message: leading spaces are told to those who asked", "[milter]") {
  begin(silent | talk::leading_space);
  CHECK(frames().front() == "LSubject\0  hi\n there\0"s);
}

TEST_CASE_METHOD(message_stage, "milter message: a long body goes in pieces", "[milter]") {
  body.assign(65535 * 2 + 10, 'x');
  begin(silent);
  CHECK(letters() == "LLDNBBBDE");
}

TEST_CASE_METHOD(message_stage, "milter message: skip ends the body", "[milter]") {
  body.assign(100, 'x');
  body_piece = 10;
  begin(talk::no_headers | talk::no_end_of_header);
  CHECK(letters() == "B");
  say('s');
  CHECK(letters() == "DE");
  CHECK(body_at == 10);
}

TEST_CASE_METHOD(message_stage, "milter message: a verdict may come early", "[milter]") {
  begin(0);
  SECTION("accept") {
    say('a');
    CHECK(verdicts.at(0).kind == verdict_kind::proceed);
  }
  SECTION("reject") {
    say('r');
    CHECK(verdicts.at(0).kind == verdict_kind::refuse);
  }
  SECTION("discard") {
    say('d');
    CHECK(verdicts.at(0).kind == verdict_kind::discard);
  }
  (void)frames();
  talk.mail({"<next@b>"}, {}, now);
  run();
  CHECK(letters() == "AM"); // it still has the first message open
}

TEST_CASE_METHOD(message_stage, "milter message: changes come at the end, in order", "[milter]") {
  begin(silent);
  say('+', "<x@y>\0"s);
  say('2', "<x@y>\0NOTIFY=NEVER\0"s);
  say('-', "bob@z\0"s);
  say('e', "<new@b>\0"s);
  say('h', "X-One\0a\n b\0"s);
  say('i', "\0\0\0\1X-Two\0b\0"s);
  say('m', "\0\0\0\2Subject\0\0"s);
  say('b', "part one ");
  say('b', "part two");
  say('q', "smells\0"s);
  CHECK(verdicts.empty());
  say('c');
  CHECK(verdicts.size() == 1);
  CHECK(changes
        == std::vector<std::string>{"+<x@y>|", "+<x@y>|NOTIFY=NEVER", "-bob@z", "from <new@b>|",
                                    "add X-One:a\n b", "insert 1 X-Two:b", "change 2 Subject:",
                                    "body part one ", "body part two", "hold smells"});
}

TEST_CASE_METHOD(message_stage, "milter message: a change that is cut ends the conversation", "[milter]") {
  const auto [letter, data] = GENERATE(table<char, std::string>({
    {'+', "<x@y>"}, {'2', ""}, {'-', "x"}, {'e', "x"}, {'h', "Name\0"s}, {'h', "Name"},
    {'i', "\0\0\1"s}, {'i', "\0\0\0\1Name\0value"s}, {'m', "\0\0\0\1Name"s},
  }));
  begin(silent);
  say(letter, data);
  CHECK(failures.size() == 1);
  CHECK(changes.empty());
}

TEST_CASE_METHOD(message_stage, "milter message: progress lasts no longer than a client waits", "[milter]") {
  begin(silent);
  for (int i = 0; i < 8; ++i) {
    tick(60s);
    say('p');
  }
  CHECK(failures.empty());
  tick(60s);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].code == errc::timed_out);
}

TEST_CASE_METHOD(message_stage, "milter message: the next message needs no abort after an answer to the end", "[milter]") {
  begin(silent);
  say(GENERATE('c', 'a', 'r', 't', 'd'));
  (void)frames();
  talk.mail({"<next@b>"}, {}, now);
  run();
  CHECK(letters() == "M");
}

TEST_CASE_METHOD(message_stage, "milter message: bytes may be split anywhere", "[milter]") {
  begin(silent);
  std::string out;
  append_frame(out, 'h', "X-One\0a\0"s);
  append_frame(out, 'c', {});
  for (const char c : out)
    say_raw({&c, 1});
  CHECK(changes.size() == 1);
  CHECK(verdicts.size() == 1);
}
