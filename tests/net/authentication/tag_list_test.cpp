#include "net/authentication/tag_list.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

TEST_CASE("tag list: tags are found whatever white space is around them", "[authentication]") {
  const auto tags = tag_list::parse(" v = 1 ;a=rsa-sha256;\r\n\tb=ab\r\n\t cd ; t= ;");
  REQUIRE(tags.ok());
  CHECK(tags->first() == "v");
  CHECK(tags->find("v") == "1");
  CHECK(tags->find("t") == "");
  CHECK(tags->find_packed("b") == "abcd");
  CHECK_FALSE(tags->find("B").has_value());
}

TEST_CASE("tag list: what is none is malformed", "[authentication]") {
  const auto* const text = GENERATE("a", "a=1;;b=2", "=1", "1a=2", "a b=1", "a=1;a=2");
  CAPTURE(text);
  CHECK(tag_list::parse(text).error().code == errc::malformed);
}

TEST_CASE("tag list: more than tags_max are malformed", "[authentication]") {
  std::string many;
  for (std::size_t i = 0; i < tags_max; ++i)
    many += "t" + std::to_string(i) + "=1;";
  CHECK(tag_list::parse(many).ok());
  CHECK(tag_list::parse(many + "u=1").error().code == errc::malformed);
}

TEST_CASE("tag list: numbers are digits alone", "[authentication]") {
  CHECK(whole_number("0") == 0u);
  CHECK(whole_number("999999999999999999") == 999'999'999'999'999'999u);
  const auto* const text = GENERATE("", "-1", "+1", "1 ", "0x1", "9999999999999999999");
  CHECK_FALSE(whole_number(text).has_value());
}
