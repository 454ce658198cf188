#include "storage/line_ends.hpp"

#include <catch2/catch.hpp>

using troupe::storage::lf_lines;

TEST_CASE("line ends: CRLF becomes LF wherever the bytes are cut, bare ones stay", "[storage]") {
  const auto [wire, file] = GENERATE(table<std::string, std::string>({
    {"", ""},
    {"a\r\nb\r\n", "a\nb\n"},
    {"\r\n\r\n", "\n\n"},
    {"a\rb\nc", "a\rb\nc"},
    {"a\r\r\nb\r", "a\r\nb\r"},
    {"\r\r\r", "\r\r\r"},
  }));
  const auto cut = GENERATE(1u, 2u, 3u, 100u);
  CAPTURE(wire, cut);
  lf_lines lines;
  std::string out;
  for (std::size_t at = 0; at < wire.size(); at += cut)
    lines.take(std::string_view{wire}.substr(at, cut), out);
  lines.finish(out);
  CHECK(out == file);
}
