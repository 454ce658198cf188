#include "net/smtp/command.hpp"
#include "net/smtp/xtext.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace troupe::smtp;
using namespace std::string_view_literals;

TEST_CASE("command: the verb is found in any case, the rest is its argument", "[smtp]") {
  const auto [line, what, args] = GENERATE(table<std::string_view, verb, std::string_view>({
    {"EHLO x", verb::ehlo, "x"},
    {"hElO\t x  ", verb::helo, "x"},
    {"QUIT", verb::quit, ""},
    {"QUIT ", verb::quit, ""},
    {"QUITX", verb::unknown, ""},
    {"", verb::unknown, ""},
    {" QUIT", verb::unknown, "QUIT"},
    {"MESSAGE", verb::unknown, ""},
    {"NONE", verb::unknown, ""},
    {"MAIL FROM:<a@b> X", verb::mail, "FROM:<a@b> X"},
  }));
  CAPTURE(line);
  const auto read = parse_command(line);
  REQUIRE(read);
  CHECK(read->what == what);
  CHECK(read->args == args);
}

TEST_CASE("command: control characters are in none", "[smtp]") {
  const auto line = GENERATE("NOOP\n"sv, "\nNOOP"sv, "NO\rOP"sv, "NOOP x\0y"sv, "NOOP \x1b"sv, "NOOP \x7f"sv);
  CHECK_FALSE(parse_command(line));
}

TEST_CASE("command: every verb has a name that is read back", "[smtp]") {
  for (auto i = static_cast<std::size_t>(verb::ehlo); i < verbs; ++i) {
    const auto what = static_cast<verb>(i);
    if (what != verb::message)
      CHECK(parse_verb(to_string(what)) == what);
  }
}

TEST_CASE("command: parameters come one by one", "[smtp]") {
  auto rest = "  SIZE=10   BODY=8BITMIME SMTPUTF8 "sv;
  parameter one;
  REQUIRE(read_parameter(rest, one) == parameter_read::one);
  CHECK(one.keyword == "SIZE");
  CHECK(one.value == "10");
  REQUIRE(read_parameter(rest, one) == parameter_read::one);
  CHECK(one.value == "8BITMIME");
  REQUIRE(read_parameter(rest, one) == parameter_read::one);
  CHECK(one.keyword == "SMTPUTF8");
  CHECK_FALSE(one.value);
  CHECK(read_parameter(rest, one) == parameter_read::none_left);

  auto bad = GENERATE("=x"sv, "A="sv, "A=b=c"sv, "-A=b"sv, "A_B=c"sv, "A=\x80"sv, "\xC3\xA4=x"sv);
  CHECK(read_parameter(bad, one) == parameter_read::malformed);
}

TEST_CASE("command: a chunk has a size, and may be the last", "[smtp]") {
  CHECK(parse_chunk_size("0")->bytes == 0);
  CHECK_FALSE(parse_chunk_size("10")->is_last);
  CHECK(parse_chunk_size("10 LAST")->is_last);
  CHECK(parse_chunk_size("10  last")->is_last);
  CHECK(parse_chunk_size("99999999999999999999")->bytes == std::numeric_limits<std::uint64_t>::max());
  const auto bad = GENERATE(""sv, "LAST"sv, "-1"sv, "+1"sv, "1x"sv, "0x10"sv, "1 LAST x"sv, "1 LASTLY"sv,
                            "1LAST"sv, "1 2"sv, "999999999999999999999"sv);
  CAPTURE(bad);
  CHECK_FALSE(parse_chunk_size(bad));
}

TEST_CASE("xtext: what was hidden comes back, and nothing else is taken", "[smtp]") {
  CHECK(decode_xtext("a+2Bb+3Dc+20") == "a+b=c ");
  CHECK(decode_xtext("") == "");
  const auto bad = GENERATE("+"sv, "+2"sv, "+2b"sv, "+GG"sv, "a=b"sv, "a b"sv, "a\x80"sv, "+2B+"sv);
  CAPTURE(bad);
  CHECK_FALSE(decode_xtext(bad));
}
