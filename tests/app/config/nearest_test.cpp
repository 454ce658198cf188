#include "app/config/nearest.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;

TEST_CASE("a typo finds the word that was meant", "[config]") {
  const std::vector<std::string_view> keys{"message_bytes", "recipients", "idle", "connections", "connections_per_ip"};
  CHECK(find_nearest("mesage_bytes", keys) == "message_bytes");
  CHECK(find_nearest("message-bytes", keys) == "message_bytes");
  CHECK(find_nearest("idel", keys) == "idle");
  CHECK(find_nearest("conections", keys) == "connections");
  CHECK(find_nearest("reciepients", keys) == "recipients");
}

TEST_CASE("a word that is like none suggests none", "[config]") {
  const std::vector<std::string_view> keys{"mx", "submission"};
  CHECK_FALSE(find_nearest("banana", keys));
  CHECK_FALSE(find_nearest(std::string(100000, 'm'), keys));
  CHECK_FALSE(find_nearest("mx", {}));
  CHECK(suggest("banana", keys) == R"(must be one of "mx", "submission")");
  CHECK(suggest("submision", keys) == R"(did you mean "submission"?)");
}
