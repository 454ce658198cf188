#include "net/smtp/dot_stuffing.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace std::string_literals;
using troupe::smtp::dot_stuffer;

namespace {

std::string stuffed(std::string_view body, std::size_t piece = std::string::npos) {
  dot_stuffer stuffer;
  std::string out;
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size())))
    stuffer.add(body.substr(0, piece), out);
  stuffer.end(out);
  return out;
}

/// The same, a byte at a time, as the standard words it.
std::string stuffed_slowly(std::string_view body) {
  std::string lines;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool pair = body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n';
    if (body[i] == '\r' || body[i] == '\n')
      lines += "\r\n";
    else
      lines += body[i];
    i += pair;
  }
  if (!lines.empty() && !lines.ends_with("\r\n"))
    lines += "\r\n";
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool at_start = i == 0 || lines[i - 1] == '\n';
    if (const auto first = lines.find_first_not_of('\0', i); at_start && first != lines.npos && lines[first] == '.')
      out += '.';
    out += lines[i];
  }
  return out + ".\r\n";
}

} // namespace

TEST_CASE("dot stuffing: only a dot that begins a line is doubled", "[smtp]") {
  const auto [body, sent] = GENERATE(table<std::string, std::string>({
    {"", ".\r\n"},
    {"a\r\n", "a\r\n.\r\n"},
    {"a", "a\r\n.\r\n"},
    {".\r\n", "..\r\n.\r\n"},
    {"..\r\n", "...\r\n.\r\n"},
    {"a.b.\r\n.c", "a.b.\r\n..c\r\n.\r\n"},
    {"\r\n.\r\n\r\n", "\r\n..\r\n\r\n.\r\n"},
    {"a\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
    {"a\r.\r\n", "a\r\n..\r\n.\r\n"},
    {"a\r\r\n.\n\r", "a\r\n\r\n..\r\n\r\n.\r\n"},
    {"\r", "\r\n.\r\n"},
    {"a\r\n\0.\r\n"s, "a\r\n.\0.\r\n.\r\n"s},
    {"\0\r\n\0\0a.\r\n\0"s, "\0\r\n\0\0a.\r\n\0\r\n.\r\n"s},
  }));
  CAPTURE(body);
  CHECK(stuffed(body) == sent);
  CHECK(stuffed(body, 1) == sent);
}

TEST_CASE("dot stuffing: any bytes, cut anywhere, come out as the slow way says", "[smtp]") {
  std::mt19937 dice{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string body(dice() % 24, ' ');
    for (auto& c : body)
      c = "\r\n.\0a"[dice() % 5];
    const auto piece = 1 + dice() % 5;
    CAPTURE(body, piece);
    REQUIRE(stuffed(body, piece) == stuffed_slowly(body));
  }
}

TEST_CASE("dot stuffing: a line of too many NULs is cut", "[smtp]") {
  using troupe::smtp::nul_run_max;
  const std::string run(nul_run_max, '\0');
  CHECK(stuffed(run + ".\r\n", 7) == run + "\r\n..\r\n.\r\n");
  CHECK(stuffed(run.substr(1) + ".\r\n", 7) == '.' + run.substr(1) + ".\r\n.\r\n");
}

TEST_CASE("dot stuffing: at most doubles", "[smtp]") {
  for (const auto* unit : {"\n", "\r", ".\n", ".\r\n", "."}) {
    std::string body;
    while (body.size() < 3000)
      body += unit;
    CHECK(stuffed(body).size() <= 2 * body.size() + 5);
  }
}

TEST_CASE("dot stuffing: serves one body after another", "[smtp]") {
  dot_stuffer stuffer;
  std::string out;
  stuffer.add("a\r", out);
  stuffer.end(out);
  stuffer.add("\n.", out);
  stuffer.end(out);
  CHECK(out == "a\r\n.\r\n\r\n..\r\n.\r\n");
}
