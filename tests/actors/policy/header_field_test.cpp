#include "actors/policy/header_field.hpp"

#include <catch2/catch.hpp>

using namespace troupe::policy;

namespace {

std::string field(std::string_view value) {
  std::string out;
  append_field(out, "X-Test", value);
  return out;
}

std::string unfolded(std::string text) {
  for (auto at = text.find("\r\n "); at != text.npos; at = text.find("\r\n ", at))
    text.erase(at, 2);
  return text;
}

} // namespace

TEST_CASE("header field: short ones stay whole, long ones fold at spaces", "[policy]") {
  CHECK(field("a b") == "X-Test: a b\r\n");
  const auto value = std::string(50, 'a') + ' ' + std::string(50, 'b') + " c";
  CHECK(field(value)
        == "X-Test: " + std::string(50, 'a') + "\r\n " + std::string(50, 'b') + " c\r\n");
  CHECK(unfolded(field(value)) == "X-Test: " + value + "\r\n");
}

TEST_CASE("header field: no line is above the bound or blank, whatever the words", "[policy]") {
  const auto word = GENERATE(1u, 77u, 78u, 79u, 989u, 990u, 991u, 997u, 998u, 3000u);
  const auto out = field(std::string(word, 'a') + ' ' + std::string(word, 'b'));
  std::size_t from = 0;
  while (from < out.size()) {
    const auto end = out.find("\r\n", from);
    CAPTURE(word, from);
    CHECK(end - from <= line_bytes_max);
    CHECK(out.find_first_not_of(' ', from) < end);
    from = end + 2;
  }
}

TEST_CASE("header field: a cut word is cut between letters", "[policy]") {
  std::string value;
  for (int i = 0; i < 1000; ++i)
    value += "\xE6\x97\xA5";
  const auto out = field(value);
  for (auto at = out.find("\r\n "); at != out.npos; at = out.find("\r\n ", at + 1))
    CHECK(static_cast<unsigned char>(out[at + 3]) == 0xE6);
}
