#include "net/milter/reply_words.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::milter;

TEST_CASE("milter reply: code, enhanced code and text", "[milter]") {
  CHECK(*parse_reply("550 5.7.1 No") == reply{550, "5.7.1", {"No"}});
  CHECK(*parse_reply("451 Try later") == reply{451, "4.7.1", {"Try later"}});
  CHECK(*parse_reply("554") == reply{554, "5.7.1", {"Command rejected"}});
  CHECK(*parse_reply("550 4.7.1 Class") == reply{550, "5.7.1", {"4.7.1 Class"}});
}

TEST_CASE("milter reply: several lines", "[milter]") {
  CHECK(*parse_reply("550-5.7.1 One\r\n550 5.7.1 Two") == reply{550, "5.7.1", {"One", "Two"}});
}

TEST_CASE("milter reply: percent signs come doubled", "[milter]") {
  CHECK(parse_reply("550 5.7.1 100%% sure%")->lines.front() == "100% sure");
}

TEST_CASE("milter reply: nothing in it can end a line or hide", "[milter]") {
  CHECK(parse_reply("550 5.7.1 a\rb\tc\x7f\xc3\xa9")->lines.front() == "a?b?c???");
  CHECK(parse_reply("550 5.7.1 " + std::string(5000, 'x'))->lines.front().size() == reply_line_bytes_max);
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "550-5.7.1 x\r\n";
  CHECK(parse_reply(many)->lines.size() == reply_lines_max);
}

TEST_CASE("milter reply: what is no refusal is none", "[milter]") {
  for (const auto* each : {"", "250 2.0.0 Ok", "55", "5500 x", "abc", "550-a\r\n451 b", "550 a\r\nhello"}) {
    CAPTURE(each);
    CHECK_FALSE(parse_reply(each));
  }
}
