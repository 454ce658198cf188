#include "net/core/header_section.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace troupe;

TEST_CASE("header section: fields keep their folds, and the empty line ends them", "[core]") {
  const std::string message = "A: 1\r\nLong:  two\r\n\tthree\r\nno colon here\r\n\r\nB: text\r\n";
  const auto header = split_header(message);
  REQUIRE(header.fields.size() == 3);
  CHECK(header.fields[0].name == "A");
  CHECK(header.fields[0].value == " 1");
  CHECK(header.fields[1].whole == "Long:  two\r\n\tthree\r\n");
  CHECK(header.fields[1].value == "  two\r\n\tthree");
  CHECK(header.fields[2].name.empty());
  CHECK(header.complete);
  CHECK(message.substr(header.bytes, 2) == "\r\n");
  CHECK(message.substr(header.text_from) == "B: text\r\n");
}

TEST_CASE("header section: spaces before the colon are no part of the name", "[core]") {
  const auto header = split_header("Subject \t: x\r\n\r\n");
  REQUIRE(header.fields.size() == 1);
  CHECK(header.fields[0].name == "Subject");
}

TEST_CASE("header section: odd messages have an answer too", "[core]") {
  CHECK(split_header("").fields.empty());
  CHECK_FALSE(split_header("").complete);
  const auto only_text = split_header("\r\nA: no field\r\n");
  CHECK(only_text.fields.empty());
  CHECK(only_text.complete);
  CHECK(only_text.text_from == 2);
  const auto unended = split_header("A: 1\r\nB: 2");
  REQUIRE(unended.fields.size() == 2);
  CHECK(unended.fields[1].value == " 2");
  CHECK_FALSE(unended.complete);
  CHECK(unended.text_from == 10);
  const auto bare = split_header("A: 1\nB: 2\n\ntext");
  CHECK(bare.fields.size() == 2);
  CHECK(bare.text_from == 11);
  CHECK(split_header(" folded\r\n\r\n").fields.size() == 1);
}

TEST_CASE("header section: no more than fields_max are cut", "[core]") {
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += "X: y\r\n";
  const auto header = split_header(many + "\r\n", 10);
  CHECK(header.fields.size() == 10);
  CHECK_FALSE(header.complete);
}
