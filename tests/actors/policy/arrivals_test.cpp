#include "actors/policy/arrivals.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

ip_address at(std::string_view text) { return *parse_ip_address(text); }

constexpr steady_time start{std::chrono::hours{24}};

} // namespace

TEST_CASE("client network: who has one address has those around it", "[policy]") {
  const auto [who, client, network] = GENERATE(table<std::string, std::string, std::string>({
    {"192.0.2.7", "192.0.2.7", "192.0.2.0"},
    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"},
  }));
  CHECK(network_of(at(who), client_scope::client) == at(client));
  CHECK(network_of(at(who), client_scope::network) == at(network));
  CHECK(network_of({}, client_scope::network) == ip_address{});
}

TEST_CASE("arrivals: a client comes so often at once, then evenly", "[policy]") {
  arrivals doors({.connections_per_ip = {3, 60s}, .connections_per_network = {}, .messages_per_ip = {}, .messages_per_network = {}});
  const auto who = at("192.0.2.7");
  auto now = start;
  for (int n = 0; n < 3; ++n)
    CHECK(doors.connection(who, now) == arrival_answer::welcome);
  CHECK(doors.connection(who, now) == arrival_answer::client_too_fast);
  CHECK(doors.connection(at("192.0.2.8"), now) == arrival_answer::welcome);
  CHECK(doors.message(who, now) == arrival_answer::welcome); // counted apart, and without a limit here
  now += 20s; // what was refused meanwhile did not count
  CHECK(doors.connection(who, now) == arrival_answer::welcome);
  CHECK(doors.connection(who, now) == arrival_answer::client_too_fast);
  now += 60s;
  for (int n = 0; n < 3; ++n)
    CHECK(doors.connection(who, now) == arrival_answer::welcome);
  CHECK(doors.connection(who, now) == arrival_answer::client_too_fast);
}

TEST_CASE("arrivals: neighbours share the limit of their network, local sockets have none", "[policy]") {
  arrivals doors({.connections_per_ip = {}, .connections_per_network = {}, .messages_per_ip = {10, 60s}, .messages_per_network = {2, 60s}});
  CHECK(doors.message(at("192.0.2.7"), start) == arrival_answer::welcome);
  CHECK(doors.message(at("192.0.2.8"), start) == arrival_answer::welcome);
  CHECK(doors.message(at("192.0.2.9"), start) == arrival_answer::network_too_fast);
  CHECK(doors.message(at("192.0.3.9"), start) == arrival_answer::welcome);
  for (int n = 0; n < 100; ++n)
    CHECK(doors.message({}, start) == arrival_answer::welcome);
  doors.set_limits({});
  CHECK(doors.message(at("192.0.2.9"), start) == arrival_answer::welcome);
}

TEST_CASE("arrivals: an IPv6 host has no more than its /64", "[policy]") {
  arrivals doors({.connections_per_ip = {1, 60s}, .connections_per_network = {}, .messages_per_ip = {}, .messages_per_network = {}});
  CHECK(doors.connection(at("2001:db8::1"), start) == arrival_answer::welcome);
  CHECK(doors.connection(at("2001:db8::2"), start) == arrival_answer::client_too_fast);
  CHECK(doors.connection(at("2001:db8:0:1::1"), start) == arrival_answer::welcome);
}

TEST_CASE("rate table: it holds so many, and forgets who was quiet for longest", "[policy]") {
  rate_table few({1, 60s}, 2);
  CHECK(few.take(at("192.0.2.1"), start));
  CHECK(few.take(at("192.0.2.2"), start));
  CHECK_FALSE(few.take(at("192.0.2.1"), start)); // heard of now
  CHECK(few.take(at("192.0.2.3"), start));
  CHECK(few.size() == 2);
  CHECK_FALSE(few.take(at("192.0.2.1"), start));
  CHECK(few.take(at("192.0.2.2"), start)); // forgotten
}
