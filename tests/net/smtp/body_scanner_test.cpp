#include "net/smtp/body_scanner.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>

using namespace troupe::smtp;

namespace {

struct scanned {
  std::string body;
  std::size_t taken = 0;
  bool ended = false;
  bool flawed = false;
};

/// Feeds `wire` in pieces of `size` bytes up to the end of the message.
scanned scan(std::string wire, std::size_t size, framing frame, bare_newline policy) {
  body_scanner scanner{frame, policy};
  scanned all;
  while (all.taken < wire.size() && !all.ended) {
    const auto found = scanner.scan(wire.data() + all.taken, std::min(size, wire.size() - all.taken));
    all.body += found.body;
    all.taken += found.taken;
    all.ended = found.ended;
  }
  if (frame == framing::chunks)
    all.body += scanner.finish();
  all.flawed = scanner.is_flawed();
  return all;
}

/// The same by the letter of RFC 5321 §4.5.2, slow and obvious.
scanned scan_naively(const std::string& wire) {
  const auto end = ("\r\n" + wire).find("\r\n.\r\n");
  scanned all;
  all.ended = end != std::string::npos;
  all.taken = all.ended ? end + 3 : wire.size();
  const auto text = wire.substr(0, all.ended ? end : wire.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_line_start = i == 0 || (i >= 2 && text[i - 2] == '\r' && text[i - 1] == '\n');
    const bool bare_cr = text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n';
    const bool bare_lf = text[i] == '\n' && (i == 0 || text[i - 1] != '\r');
    all.flawed = all.flawed || bare_cr || bare_lf;
    if (at_line_start && text[i] == '.')
      continue;
    if (bare_lf)
      all.body += '\r';
    all.body += text[i];
    if (bare_cr)
      all.body += '\n';
  }
  return all;
}

} // namespace

TEST_CASE("body scanner: agrees with the naive reading on all short bodies", "[smtp]") {
  constexpr std::string_view letters = "\r\n.x";
  std::size_t cases = 0;
  for (std::size_t length = 0; length <= 7; ++length) {
    for (std::size_t number = 0; number < std::size_t{1} << (2 * length); ++number, ++cases) {
      std::string wire;
      for (std::size_t i = 0; i < length; ++i)
        wire += letters[number >> (2 * i) & 3];
      wire += "\r\n.\r\n"; // so that nothing is held back
      const auto right = scan_naively(wire);
      for (const std::size_t size : {std::size_t{1}, std::size_t{3}, wire.size()}) {
        const auto strict = scan(wire, size, framing::dots, bare_newline::reject);
        const auto lenient = scan(wire, size, framing::dots, bare_newline::normalize);
        const bool same = strict.ended && strict.taken == right.taken && strict.flawed == right.flawed
                          && lenient.ended && lenient.taken == right.taken && !lenient.flawed
                          && lenient.body == right.body && (strict.flawed || strict.body == right.body);
        if (!same)
          FAIL("wire of length " << length << ", number " << number << ", in pieces of " << size);
      }
    }
  }
  CHECK(cases > 20000);
}

TEST_CASE("body scanner: agrees with the naive reading on long bodies of any mixture", "[smtp]") {
  std::mt19937 dice{7};
  for (int round = 0; round < 300; ++round) {
    std::string wire;
    const auto odd = 1 + dice() % 60;
    while (wire.size() < 2000)
      wire += dice() % odd != 0 ? std::string(dice() % 80, 'x') + "\r\n"
                                : std::string(1, "\r\n.x"[dice() % 4]) + (dice() % 2 != 0 ? "." : "");
    wire += "\r\n.\r\n";
    const auto right = scan_naively(wire);
    const auto size = 1 + dice() % 200;
    const auto lenient = scan(wire, size, framing::dots, bare_newline::normalize);
    CHECK(lenient.body == right.body);
    CHECK(lenient.taken == right.taken);
    const auto strict = scan(wire, size, framing::dots, bare_newline::reject);
    CHECK(strict.flawed == right.flawed);
    CHECK(strict.taken == right.taken);
  }
}

TEST_CASE("body scanner: in chunks dots mean nothing, and newlines the same as ever", "[smtp]") {
  const std::string wire = "..a\r\n.\r\n..\r\n.";
  const auto size = GENERATE(1u, 2u, 100u);
  const auto plain = scan(wire, size, framing::chunks, bare_newline::reject);
  CHECK(plain.body == wire);
  CHECK_FALSE(plain.flawed);
  CHECK(scan("a\nb\rc\r", size, framing::chunks, bare_newline::normalize).body == "a\r\nb\r\nc\r\n");
  CHECK(scan("a\r", size, framing::chunks, bare_newline::reject).flawed);
  CHECK(scan("\na", size, framing::chunks, bare_newline::reject).flawed);
}

TEST_CASE("body scanner: muted, it still finds the end", "[smtp]") {
  std::string wire = "..a\r\nb\n.\n\r\n.\r\nQUIT\r\n";
  body_scanner scanner{framing::dots, bare_newline::normalize};
  scanner.mute();
  const auto found = scanner.scan(wire.data(), wire.size());
  CHECK(found.ended);
  CHECK(found.body.empty());
  CHECK(found.taken == wire.find("QUIT"));
}

TEST_CASE("body scanner: a body without anything odd is one view", "[smtp]") {
  std::string wire;
  for (int i = 0; i < 500; ++i)
    wire += "a line of text\r\n";
  const auto copy = wire;
  body_scanner scanner{framing::dots, bare_newline::reject};
  const auto found = scanner.scan(wire.data(), wire.size());
  CHECK(found.body.data() == wire.data());
  CHECK(found.body == copy);
}
