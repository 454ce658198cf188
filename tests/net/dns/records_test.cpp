#include "net/dns/records.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::dns;

namespace {

std::string wire(std::initializer_list<std::string> labels) {
  std::string out;
  for (const auto& each : labels) {
    out += static_cast<char>(each.size());
    out += each;
  }
  return out + '\0';
}

} // namespace

TEST_CASE("records: a name is read from its labels", "[dns]") {
  CHECK(read_name(wire({"mail", "Example", "org"})) == "mail.Example.org");
  CHECK(read_name(wire({})) == "");
}

TEST_CASE("records: a name that is none is nothing", "[dns]") {
  CHECK_FALSE(read_name("").has_value());
  CHECK_FALSE(read_name("\4mail").has_value());
  CHECK_FALSE(read_name("\5mail").has_value());
  CHECK_FALSE(read_name(wire({"a"}) + "more").has_value());
  CHECK_FALSE(read_name("\xc0\x0c").has_value()); // compressed
  CHECK_FALSE(read_name(wire({"a.b"})).has_value());
  CHECK_FALSE(read_name(wire({"a b"})).has_value());
  const std::string longest(63, 'x');
  CHECK_FALSE(read_name(wire({longest, longest, longest, longest, longest})).has_value());
}

TEST_CASE("records: an address has four bytes or sixteen", "[dns]") {
  CHECK(to_string(*read_address("\x7f\x01\x01\x01")) == "127.1.1.1");
  CHECK(to_string(*read_address(std::string(15, '\x01') + '\x02')) == "101:101:101:101:101:101:101:102");
  CHECK_FALSE(read_address("").has_value());
  CHECK_FALSE(read_address("12345").has_value());
}
