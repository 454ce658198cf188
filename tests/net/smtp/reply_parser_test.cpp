#include "net/smtp/reply_parser.hpp"

#include "tests/support/transcript.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::smtp;
using support::split;

namespace {

/// Each reply as its words, then the flaw if there is one.
std::vector<std::string> replies(std::string_view bytes, split cut) {
  const reply_limits limits;
  reply_parser parser{limits};
  std::vector<std::string> all;
  for (auto piece : support::pieces(bytes, cut)) {
    while (!piece.empty()) {
      const auto progress = parser.read(piece);
      if (progress == reply_progress::whole)
        all.push_back(to_string(parser.words()));
      if (progress == reply_progress::broken) {
        all.emplace_back(parser.flaw());
        return all;
      }
    }
  }
  return all;
}

reply only_reply(std::string_view bytes) {
  const reply_limits limits;
  reply_parser parser{limits};
  REQUIRE(parser.read(bytes) == reply_progress::whole);
  return parser.words();
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0)
    all += text;
  return all;
}

} // namespace

TEST_CASE("reply: is read alike wherever it is cut", "[smtp]") {
  const auto cut = GENERATE(split::whole, split::per_line, split::per_byte);
  using strings = std::vector<std::string>;
  const auto [bytes, words] = GENERATE(table<std::string, strings>({
    {"250 Ok\r\n", {"250 Ok"}},
    {"250\r\n", {"250 "}},
    {"250 \r\n", {"250 "}},
    {"220-a\r\n220-b\r\n220 c\r\n354 d\r\n", {"220 a b c", "354 d"}},
    {"250-\r\n250\r\n", {"250  "}},
    {"250 a\nb\r\n", {"250 a?b"}},
    {"250 a\r250 b\r\n", {"250 a?250 b"}},
    {"250 a\r\r\n", {"250 a?"}},
    {"250 Ok\n", {}},
    {"250 Ok\r", {}},
    {"\r\n", {"a line without a reply code"}},
    {"25 Ok\r\n", {"a line without a reply code"}},
    {"2500 Ok\r\n", {"a line without a reply code"}},
    {"199 a\r\n", {"a line without a reply code"}},
    {"600 a\r\n", {"a line without a reply code"}},
    {"250\tOk\r\n", {"a line without a reply code"}},
    {" 250 Ok\r\n", {"a line without a reply code"}},
    {"250-a\r\n251 b\r\n", {"lines of one reply bear different codes"}},
    {"250-a\r\nb\r\n", {"a line without a reply code"}},
  }));
  CAPTURE(bytes, cut);
  CHECK(replies(bytes, cut) == words);
}

TEST_CASE("reply: the enhanced code stands apart when it fits the code", "[smtp]") {
  const auto [text, enhanced, line] = GENERATE(table<std::string, std::string, std::string>({
    {"550 5.1.1 No such user", "5.1.1", "No such user"},
    {"550 5.1.1", "5.1.1", ""},
    {"550 5.123.456 x", "5.123.456", "x"},
    {"550 4.1.1 x", "", "4.1.1 x"},
    {"550 5.1 x", "", "5.1 x"},
    {"550 5.1.1x", "", "5.1.1x"},
    {"550 5.1234.1 x", "", "5.1234.1 x"},
    {"550 5..1 x", "", "5..1 x"},
    {"550 5.1.", "", "5.1."},
    {"354 3.0.0 x", "3.0.0", "x"},
  }));
  CAPTURE(text);
  CHECK(only_reply(text + "\r\n").enhanced == enhanced);
  CHECK(only_reply(text + "\r\n").lines == std::vector{line});
}

TEST_CASE("reply: the enhanced code is taken off every line", "[smtp]") {
  CHECK(only_reply("550-5.7.1 a\r\n550-b\r\n550 5.7.1 c\r\n")
        == reply{550, "5.7.1", {"a", "b", "c"}});
}

TEST_CASE("reply: each bound on what a peer may send holds", "[smtp]") {
  const auto cut = GENERATE(split::whole, split::per_byte);
  const reply_limits limits;
  const auto longest = "250 " + repeat("x", limits.line_bytes_max - 4);
  CHECK(replies(longest + "\r\n", cut).front().starts_with("250 x"));
  CHECK(replies(longest + "x\r\n", cut)
        == std::vector<std::string>{"a line of the reply is too long"});
  CHECK(replies(longest + "xxx", cut)
        == std::vector<std::string>{"a line of the reply is too long"});
  CHECK(replies(repeat("\n", limits.line_bytes_max + 2), cut)
        == std::vector<std::string>{"a line of the reply is too long"});
  CHECK(replies(repeat("250-\r\n", limits.lines_max - 1) + "250 \r\n", cut).size() == 1);
  CHECK(replies(repeat("250-\r\n", limits.lines_max) + "250 \r\n", cut)
        == std::vector<std::string>{"a reply of too many lines"});
  CHECK(replies(repeat("250-" + repeat("x", 1000) + "\r\n", 20), cut)
        == std::vector<std::string>{"a reply with too much text"});
}

TEST_CASE("reply: once broken, nothing after it counts", "[smtp]") {
  const reply_limits limits;
  reply_parser parser{limits};
  std::string_view bytes = "oops\r\n250 Ok\r\n";
  CHECK(parser.read(bytes) == reply_progress::broken);
  CHECK(parser.read(bytes) == reply_progress::broken);
}

TEST_CASE("reply: what is kept is bounded and clean", "[smtp]") {
  const auto words
    = only_reply(repeat("250-" + repeat("\x1b\xc3\xa9", 600) + "\r\n", 6) + "250 end\r\n");
  CHECK(words.lines.size() == reply_words_bytes_max / reply_line_bytes_max);
  for (const auto& line : words.lines) {
    CHECK(line.size() <= reply_line_bytes_max);
    CHECK(line.starts_with("?\xc3\xa9?"));
    CHECK_FALSE(line.ends_with('\xc3'));
  }
  CHECK(clean_reply_text("a\tb\rc\nd\x7f\xff\xc2\x9b\xed\xa0\x80") == "a b?c?d???????");
}
