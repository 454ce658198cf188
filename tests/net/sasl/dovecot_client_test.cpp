#include "net/sasl/dovecot_client.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;

namespace {

const std::string greeting = "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t123\nCUID\t1\nCOOKIE\tabc\nDONE\n";
const dovecot_question question{"ann", secret{"word"}, "192.0.2.7"};

} // namespace

TEST_CASE("Dovecot: it is asked after its greeting, split anywhere", "[sasl]") {
  dovecot_client client{77};
  CHECK(client.hello() == "VERSION\t1\t2\nCPID\t77\n");
  for (const char c : greeting)
    client.receive({&c, 1});
  REQUIRE(client.state() == dovecot_state::ready);
  CHECK(client.ask(question) == "AUTH\t1\tPLAIN\tservice=smtp\tsecured\trip=192.0.2.7\tresp=AGFubgB3b3Jk\n");
  CHECK_FALSE(client.take_verdict());
  client.receive("OK\t1\tuser=ann\n");
  CHECK(client.take_verdict() == dovecot_verdict::accepted);
  CHECK_FALSE(client.take_verdict());
  static_cast<void>(client.ask(question));
  client.receive("FAIL\t2\tuser=ann\tcode=user_disabled\n");
  CHECK(client.take_verdict() == dovecot_verdict::refused);
  static_cast<void>(client.ask(question));
  client.receive("FAIL\t3\tuser=ann\ttemp\n");
  CHECK(client.take_verdict() == dovecot_verdict::temporary);
}

TEST_CASE("Dovecot: a line break in a name does not reach it", "[sasl]") {
  dovecot_client client{1};
  client.receive(greeting);
  const auto line = client.ask({"a\nOK\t1\n", secret{"x\ny"}, ""});
  CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("Dovecot: whatever breaks the protocol ends it", "[sasl]") {
  const std::string bytes = GENERATE_COPY(
    std::string{"VERSION\t2\t0\n"}, std::string{"MECH\tPLAIN\nDONE\n"}, std::string{"VERSION\t1\t1\nMECH\tCRAM-MD5\nDONE\n"},
    greeting + "OK\t1\n", std::string(9000, 'x'), [] {
      std::string all = "VERSION\t1\t1\n";
      for (int i = 0; i < 300; ++i)
        all += "MECH\tPLAIN\n";
      return all;
    }());
  dovecot_client client{1};
  client.receive(bytes);
  CHECK(client.state() == dovecot_state::broken);
  CHECK_FALSE(client.flaw().empty());
}

TEST_CASE("Dovecot: an answer to another question, or a challenge, ends it without a verdict", "[sasl]") {
  const std::string bytes = GENERATE("OK\t2\n", "OK\n", "OK\tx\n", "CONT\t1\tabc\n");
  dovecot_client client{1};
  client.receive(greeting);
  static_cast<void>(client.ask(question));
  client.receive(bytes);
  CHECK(client.state() == dovecot_state::broken);
  CHECK_FALSE(client.take_verdict());
}
