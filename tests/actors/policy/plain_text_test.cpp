#include "actors/policy/plain_text.hpp"

#include <catch2/catch.hpp>

using namespace troupe::policy;

TEST_CASE("plain text: hostile bytes become harmless on one line", "[policy]") {
  const auto [given, shown] = GENERATE(table<std::string, std::string>({
    {"", ""},
    {"550 no", "550 no"},
    {"a\r\nBcc: all@example.org", "a Bcc: all@example.org"},
    {"a\n\n\t b  c \r\n", "a b c"},
    {std::string{"a\0b", 3}, "a?b"},
    {"a\x1B[2Jb\x7F", "a?[2Jb?"},
    {"gr\xC3\xBC\xC3\x9F", "gr????"},
  }));
  CHECK(one_line(given, 100) == shown);
}

TEST_CASE("plain text: above the bound it ends in dots, and never in half a letter", "[policy]") {
  CHECK(one_line("0123456789", 10) == "0123456789");
  CHECK(one_line("0123456789a", 10) == "0123456...");
  CHECK(one_line("0123", 3) == "...");
  CHECK(one_line_utf8("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 7) == "\xC3\xBC\xC3\xBC...");
}

TEST_CASE("plain text: only well-formed UTF-8 that shows something stays", "[policy]") {
  const auto [given, shown] = GENERATE(table<std::string, std::string>({
    {"gr\xC3\xBC", "gr\xC3\xBC"},
    {"\xE6\x97\xA5", "\xE6\x97\xA5"},
    {"\xF0\x9F\x93\xA7", "\xF0\x9F\x93\xA7"},
    {"\xC0\xAF", "??"},           // overlong
    {"\xED\xA0\x80", "???"},      // surrogate
    {"\xF4\x90\x80\x80", "????"}, // beyond Unicode
    {"\xE6\x97", "??"},           // cut
    {"\xC2\x85x", "?x"},          // next line
    {"\xE2\x80\xA8", "?"},        // line separator
  }));
  CHECK(one_line_utf8(given, 100) == shown);
}

TEST_CASE("plain text: letters compare without case in ASCII only", "[policy]") {
  CHECK(ascii_lower("AbC[\\]{\xC3\x9C") == "abc[\\]{\xC3\x9C");
  CHECK(equal_without_case("ABC", "abc"));
  CHECK_FALSE(equal_without_case("ab", "abc"));
  CHECK_FALSE(equal_without_case("[", "{"));
  CHECK(is_utf8(""));
  CHECK_FALSE(is_utf8("\x80"));
}
