#include "tests/net/milter/filter_player.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::milter;
using namespace std::chrono_literals;
using namespace std::string_literals;
using support::filter_player;

namespace {

const client ann{"[192.0.2.7]", client_family::ipv4, 4321, "192.0.2.7"};
const macro_values macros{{"j", "mx.test"}, {"client_addr", "192.0.2.7"}, {"i", "id1"}, {"mail_addr", "a@b"}};

void open_up(filter_player& x, std::uint32_t how = 0) {
  x.greet(how);
  x.talk.connect(ann, macros, x.now);
  x.run();
  x.say('c');
  x.talk.helo("client.test", macros, x.now);
  x.run();
  x.say('c');
  x.verdicts.clear();
  (void)x.frames();
}

} // namespace

TEST_CASE("milter: the greeting offers version 6 and waits for the filter's", "[milter]") {
  filter_player x;
  CHECK(x.read == "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff"s);
  CHECK_FALSE(x.talk.awaits_command());
  x.greet();
  CHECK(x.greetings == 1);
  CHECK(x.talk.awaits_command());
}

TEST_CASE("milter: a greeting that is none ends the conversation", "[milter]") {
  filter_player x;
  SECTION("another letter") { x.say('c'); }
  SECTION("cut") { x.say('O', "\0\0\0\6\0\0"s); }
  SECTION("a version that we don't speak") { x.greet(0, 7); }
  SECTION("one that nobody speaks any more") { x.greet(0, 1); }
  SECTION("more than was offered") { x.greet(0x40000000); }
  SECTION("a list of macros without end") { x.greet(0, 6, "\0\0\0\1j"s); }
  SECTION("silence") { x.tick(30s); }
  SECTION("the end") {
    x.talk.disconnected();
    x.run();
  }
  CHECK(x.failures.size() == 1);
  CHECK(x.talk.is_closed());
  CHECK(x.greetings == 0);
}

TEST_CASE("milter: commands carry their macros, and each waits for its answer", "[milter]") {
  filter_player x;
  x.greet();
  (void)x.frames();
  x.talk.connect(ann, macros, x.now);
  x.run();
  CHECK(x.frames()
        == std::vector{"DCj\0mx.test\0{client_addr}\000192.0.2.7\0"s, "C[192.0.2.7]\0004\x10\xe1"s + "192.0.2.7\0"s});
  CHECK(x.verdicts.empty());
  x.say('c');
  REQUIRE(x.verdicts.size() == 1);
  x.talk.mail({"<ann@b>", "SIZE=10"}, macros, x.now);
  x.run();
  CHECK(x.frames() == std::vector{"DMi\0id1\0{mail_addr}\0a@b\0"s, "M<ann@b>\0SIZE=10\0"s});
  x.say('c');
  CHECK(x.verdicts.size() == 2);
}

TEST_CASE("milter: a filter names the macros that it wants", "[milter]") {
  filter_player x;
  x.greet(0, 6, "\0\0\0\2{j}, nothing {mail_addr}\0"s);
  (void)x.frames();
  x.talk.mail({"<>"}, macros, x.now);
  x.run();
  CHECK(x.frames().front() == "DMj\0mx.test\0{mail_addr}\0a@b\0"s);
}

TEST_CASE("milter: what a filter does not want to hear is not said", "[milter]") {
  filter_player x;
  x.greet(talk::no_connect | talk::no_helo | talk::no_rcpt | talk::no_data);
  (void)x.frames();
  x.talk.connect(ann, {}, x.now);
  x.run();
  x.talk.helo("x", {}, x.now);
  x.run();
  x.talk.data({}, x.now);
  x.run();
  CHECK(x.verdicts.size() == 3);
  CHECK(x.frames().empty());
}

TEST_CASE("milter: an old filter never hears DATA", "[milter]") {
  filter_player x;
  x.greet(0, 3);
  (void)x.frames();
  x.talk.data({}, x.now);
  x.run();
  CHECK(x.verdicts.size() == 1);
  CHECK(x.frames().empty());
}

TEST_CASE("milter: where no answer is wanted none is waited for", "[milter]") {
  filter_player x;
  x.greet(talk::no_reply_connect);
  (void)x.frames();
  x.talk.connect(ann, {}, x.now);
  x.run();
  CHECK(x.letters() == "C");
  CHECK(x.verdicts.size() == 1);
}

TEST_CASE("milter: refusals become replies", "[milter]") {
  filter_player x;
  open_up(x);
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  const auto [letter, data, code] = GENERATE(table<char, std::string, int>({
    {'r', "", 550},
    {'t', "", 451},
    {'y', "554 5.1.0 Go away\0"s, 554},
    {'y', "421 4.3.2 Later\0"s, 421},
    {'4', "", 421},
    {'f', "", 421},
  }));
  x.say(letter, data);
  REQUIRE(x.verdicts.size() == 1);
  CHECK(x.verdicts[0].kind == verdict_kind::refuse);
  CHECK(x.verdicts[0].answer.code == code);
}

TEST_CASE("milter: a refused client stays refused, unheard", "[milter]") {
  filter_player x;
  x.greet();
  x.talk.connect(ann, {}, x.now);
  x.run();
  x.say('r');
  (void)x.frames();
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  CHECK(x.verdicts.back().answer.code == 550);
  CHECK(x.frames().empty());
}

TEST_CASE("milter: an accepted client hears no more of the filter", "[milter]") {
  filter_player x;
  x.greet();
  x.talk.connect(ann, {}, x.now);
  x.run();
  x.say('a');
  (void)x.frames();
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  message_header header;
  x.talk.message(header, {}, x.now);
  x.run();
  CHECK(x.verdicts.size() == 3);
  CHECK(x.frames().empty());
}

TEST_CASE("milter: a refused recipient does not end the message", "[milter]") {
  filter_player x;
  open_up(x);
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  x.say('c');
  x.talk.rcpt({"<c@d>"}, {}, x.now);
  x.run();
  x.say('r');
  x.talk.rcpt({"<e@f>"}, {}, x.now);
  x.run();
  CHECK(x.letters() == "MRR");
  x.say('c');
  CHECK(x.verdicts.back().kind == verdict_kind::proceed);
}

TEST_CASE("milter: an accepted message is not asked about again, the next one is", "[milter]") {
  filter_player x;
  open_up(x);
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  x.say('a');
  x.talk.rcpt({"<c@d>"}, {}, x.now);
  x.run();
  CHECK(x.letters() == "M");
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  CHECK(x.letters() == "AM");
}

TEST_CASE("milter: a discarded message is not asked about again", "[milter]") {
  filter_player x;
  open_up(x);
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  x.say('d');
  CHECK(x.verdicts.back().kind == verdict_kind::discard);
}

TEST_CASE("milter: whoever speaks out of turn, or nonsense, is no filter", "[milter]") {
  filter_player x;
  open_up(x);
  SECTION("unasked") { x.say('c'); }
  SECTION("an answer that nobody knows") {
    x.talk.mail({"<a@b>"}, {}, x.now);
    x.run();
    x.say('Z');
  }
  SECTION("a change before the end") {
    x.talk.mail({"<a@b>"}, {}, x.now);
    x.run();
    x.say('+', "<x@y>\0"s);
  }
  SECTION("a reply that is none") {
    x.talk.mail({"<a@b>"}, {}, x.now);
    x.run();
    x.say('y', "250 2.0.0 fine\0"s);
  }
  SECTION("a frame without end") {
    x.talk.mail({"<a@b>"}, {}, x.now);
    x.run();
    x.say_raw("\x7f\xff\xff\xff");
  }
  SECTION("a frame without a letter") {
    x.talk.mail({"<a@b>"}, {}, x.now);
    x.run();
    x.say_raw("\0\0\0\0"s);
  }
  CHECK(x.failures.size() == 1);
  CHECK(x.talk.is_closed());
  x.say('c');
  CHECK(x.failures.size() == 1);
}

TEST_CASE("milter: each answer has its deadline, and progress moves it", "[milter]") {
  filter_player x;
  open_up(x);
  x.talk.mail({"<a@b>"}, {}, x.now);
  x.run();
  x.tick(29s);
  x.say('p');
  x.tick(29s);
  CHECK(x.failures.empty());
  x.tick(1s);
  REQUIRE(x.failures.size() == 1);
  CHECK(x.failures[0].code == errc::timed_out);
}

TEST_CASE("milter: an idle conversation has no deadline", "[milter]") {
  filter_player x;
  open_up(x);
  CHECK(x.talk.deadline() == steady_time::max());
}

TEST_CASE("milter: the last words are QUIT", "[milter]") {
  filter_player x;
  open_up(x);
  x.talk.quit(x.now);
  x.run();
  CHECK(x.letters() == "Q");
  CHECK(x.talk.is_closed());
}
