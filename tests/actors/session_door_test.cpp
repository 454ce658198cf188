#include "tests/actors/door_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

const std::string header = "PROXY TCP4 198.51.100.7 192.0.2.1 4242 25\r\n";

struct door_stage : support::door_fixture {
  std::uint64_t rejected(std::string_view reason) {
    return static_cast<std::uint64_t>(home.metrics.messages_rejected_total(reason).value());
  }
};

} // namespace

TEST_CASE_METHOD(door_stage, "session: behind a balancer the client of the header counts", "[actors]") {
  rules->door.proxies = {*parse_ip_network("192.0.2.0/24")};
  auto client = connect();
  CHECK(client.take().empty());
  SECTION("whole, with what comes behind it") {
    CHECK(say(client, header + "EHLO client.test\r\n").find("220 mx.test") == 0);
  }
  SECTION("in pieces") {
    for (const char c : header)
      CHECK(client.put({&c, 1}) == 1);
    run();
    CHECK(client.take().starts_with("220 mx.test"));
    CHECK(say(client, "EHLO client.test\r\n").starts_with("250-"));
  }
  CHECK(say(client, "MAIL FROM:<>\r\nRCPT TO:<bob@local.test>\r\nDATA\r\n").find("354") != std::string::npos);
  CHECK(say(client, "x\r\n.\r\n").starts_with("250 "));
  CHECK(book->kept.front().mail->client == "client.test [198.51.100.7]");
  client.hang_up();
  run();
  CHECK(common->counted.present() == 0);
}

TEST_CASE_METHOD(door_stage, "session: without its header a balancer's connection is refused", "[actors]") {
  rules->door.proxies = {*parse_ip_network("192.0.2.0/24")};
  auto client = connect();
  SECTION("for something else") {
    CHECK(say(client, "EHLO client.example.test\r\n").starts_with("421 4.7.0"));
  }
  SECTION("for nothing in time") {
    client.put("PROXY TCP4");
    pass(proxy_header_wait_max);
    CHECK(client.take().starts_with("421 4.7.0"));
  }
  SECTION("for another that its client has too many of") {
    common->counted.set_limits({100, 0});
    CHECK(say(client, header).starts_with("421 4.7.0 Too many connections"));
    CHECK(rejected("connections_per_ip") == 1);
  }
  client.hang_up();
  run();
  CHECK(common->counted.present() == 0);
  CHECK(door->sessions.empty());
}

TEST_CASE_METHOD(door_stage, "session: who speaks before the greeting is refused, who waits is greeted", "[actors]") {
  rules->door.greet_delay = 2s;
  auto hasty = connect();
  CHECK(say(hasty, "EHLO client.test\r\n").starts_with("554 5.5.1"));
  CHECK(rejected("early_talker") == 1);
  auto patient = connect();
  pass(1900ms);
  CHECK(patient.take().empty());
  pass(100ms);
  CHECK(patient.take().starts_with("220 mx.test"));
  CHECK(say(patient, "EHLO client.test\r\n").starts_with("250-"));
  auto gone = connect();
  gone.hang_up();
  run();
  CHECK(door->sessions.size() == 2);
  peer = "10.0.0.1"; // trusted
  CHECK(connect().take().starts_with("220 mx.test"));
}

TEST_CASE_METHOD(door_stage, "session: with XCLIENT it is another client's, with that one's rights", "[actors]") {
  rules->door.claimants = {*parse_ip_network("10.0.0.0/8")};
  peer = "10.0.0.1";
  auto client = connect();
  CHECK(say(client, "EHLO filter.test\r\n").find("XCLIENT NAME ADDR") != std::string::npos);
  CHECK(say(client, "XCLIENT ADDR=198.51.100.7 HELO=real.test\r\n").starts_with("220 mx.test"));
  CHECK(say(client, "EHLO filter.test\r\n").find("MT-PRIORITY") == std::string::npos);
  CHECK(say(client, "MAIL FROM:<>\r\nRCPT TO:<far@elsewhere.test>\r\n").find("550 5.7.1") != std::string::npos);
  CHECK(say(client, "RCPT TO:<bob@local.test>\r\nDATA\r\n").find("354") != std::string::npos);
  CHECK(say(client, "x\r\n.\r\n").starts_with("250 "));
  CHECK(book->kept.front().mail->client == "real.test [198.51.100.7]");
  CHECK(say(client, "XCLIENT ADDR=[UNAVAILABLE]\r\n").starts_with("220 mx.test")); // nobody is not trusted
  CHECK(say(client, "EHLO a.test\r\nMAIL FROM:<>\r\nRCPT TO:<far@elsewhere.test>\r\n").find("550 5.7.1") != std::string::npos);
}

TEST_CASE_METHOD(door_stage, "session: the rules for strangers are none for the trusted", "[actors]") {
  rules->door.helo.refuse_own_name = true;
  rules->door.helo.own_name = "mx.test";
  rules->door.greylists = true;
  common->book.set_limits({.arrivals = {.connections_per_ip = {}, .connections_per_network = {}, .messages_per_ip = {1, 60s},
                                        .messages_per_network = {}},
                           .greylist = {},
                           .breaker = {},
                           .block_lists = {}});
  auto liar = connect();
  say(liar, "EHLO mx.test\r\n");
  CHECK(say(liar, "MAIL FROM:<>\r\n").starts_with("550 5.7.1"));
  auto stranger = connect();
  say(stranger, "EHLO client.test\r\n");
  CHECK(say(stranger, "MAIL FROM:<>\r\n").starts_with("250 "));
  CHECK(say(stranger, "RCPT TO:<bob@local.test>\r\n") == "450 4.7.1 Greylisted, come back in 300 seconds\r\n");
  CHECK(say(stranger, "RCPT TO:<far@elsewhere.test>\r\n").starts_with("550 5.7.1")); // as it ever would
  CHECK(say(stranger, "RSET\r\nMAIL FROM:<>\r\n").find("450 4.7.1 Too much mail") != std::string::npos);
  peer = "10.0.0.1";
  auto trusted = connect();
  say(trusted, "EHLO mx.test\r\n");
  for (int n = 0; n < 3; ++n)
    CHECK(say(trusted, "MAIL FROM:<>\r\nRCPT TO:<bob@local.test>\r\nRSET\r\n").find("250 2.1.5") != std::string::npos);
  CHECK(rejected("helo_own_name") == 1);
  CHECK(rejected("greylisted") == 1);
  CHECK(rejected("message_rate") == 1);
}

TEST_CASE_METHOD(door_stage, "session: without a DNS block lists say nothing", "[actors]") {
  rules->door.block_lists.lists = {{.zone = "bad.test", .weight = 1, .answers = {}, .reply = {}}};
  auto client = connect();
  say(client, "EHLO client.test\r\n");
  CHECK(say(client, "MAIL FROM:<>\r\nRCPT TO:<bob@local.test>\r\n") == "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n");
}
