#include "app/words/terminal_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace std::string_literals;
using troupe::app::terminal_line;
using troupe::app::terminal_lines;

TEST_CASE("terminal text: what a terminal would obey is shown instead", "[words]") {
  CHECK(terminal_line("\x1b]0;owned\x07") == "\\x1b]0;owned\\x07");
  CHECK(terminal_line("a\nb\tc\rd") == "a\\x0ab\\x09c\\x0dd");
  CHECK(terminal_line("\x7f"s) == "\\x7f");
  CHECK(terminal_line("nul\0l"s) == "nul\\x00l");
}

TEST_CASE("terminal text: C1 controls are found in both of their spellings", "[words]") {
  CHECK(terminal_line("\xc2\x9b"
                      "31m")
        == "\\u{9b}31m"); // CSI as UTF-8
  CHECK(terminal_line("\x9b"
                      "31m")
        == "\\x9b"
           "31m"); // and as a byte
}

TEST_CASE("terminal text: letters stay, marks that turn text around do not", "[words]") {
  CHECK(terminal_line("J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xac")
        == "J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xac");
  CHECK(terminal_line("a\xe2\x80\xae"
                      "b")
        == "a\\u{202e}b");
  CHECK(terminal_line("a\xe2\x80\xa8"
                      "b")
        == "a\\u{2028}b");
}

TEST_CASE("terminal text: bytes that are no UTF-8 are named", "[words]") {
  CHECK(terminal_line("\xff\xc3") == "\\xff\\xc3");
  CHECK(terminal_line("\xe2\x82") == "\\xe2\\x82");
}

TEST_CASE("terminal text: lines keep their ends and nothing else", "[words]") {
  CHECK(terminal_lines("a\r\nb\tc\n\x1b[2J\rd") == "a\nb\tc\n\\x1b[2J\\x0dd");
}
