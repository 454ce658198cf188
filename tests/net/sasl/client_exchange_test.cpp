#include "net/sasl/client_exchange.hpp"

#include "net/core/base64.hpp"
#include "net/sasl/server_exchange.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;
using namespace std::string_literals;

namespace {

const credentials ann{"ann", secret{"word"}};

} // namespace

TEST_CASE("client login: the best mechanism that both know is chosen", "[sasl]") {
  CHECK(choose_mechanism({"LOGIN", "plain", "SCRAM-SHA-256", "CRAM-MD5"}, ann) == mechanism::scram_sha_256);
  CHECK(choose_mechanism({"LOGIN", "PLAIN"}, ann) == mechanism::plain);
  CHECK(choose_mechanism({"LOGIN"}, ann) == mechanism::login);
  CHECK_FALSE(choose_mechanism({"CRAM-MD5", "SCRAM-SHA-256-PLUS"}, ann));
  CHECK(choose_mechanism({"PLAIN", "SCRAM-SHA-256"}, {"ann", secret{"w\xc3\xb6rd"}}) == mechanism::plain);
}

TEST_CASE("client login: PLAIN and LOGIN say name and password", "[sasl]") {
  CHECK(client_exchange{mechanism::plain, ann, "n"}.initial() == "\0ann\0word"s);
  client_exchange login{mechanism::login, ann, "n"};
  CHECK_FALSE(login.initial());
  CHECK(*login.answer("VXNlcm5hbWU6") == "ann");
  CHECK(*login.answer("") == "word");
  CHECK_FALSE(login.answer(""));
}

TEST_CASE("client login: SCRAM gets along with our server, and each proves the password", "[sasl]") {
  client_exchange client{mechanism::scram_sha_256, ann, "client-nonce"};
  server_exchange server{mechanism::scram_sha_256, {}, "server-nonce"};
  REQUIRE(std::holds_alternative<find_verifier>(server.begin(*client.initial())));
  const auto verifier = *make_scram_verifier("word", "saltsalt", 4096);
  const auto first = std::get<say_challenge>(server.use_verifier(verifier, true)).bytes;
  const auto proof = client.answer(first);
  REQUIRE(proof);
  CHECK_FALSE(client.may_succeed());
  const auto last = std::get<say_challenge>(server.receive(*proof)).bytes;
  SECTION("a true server") {
    CHECK(*client.answer(last) == "");
    CHECK(client.may_succeed());
  }
  SECTION("one that only pretends to know the password") {
    CHECK_FALSE(client.answer("v=" + encode_base64(std::string(32, 'x'))));
    CHECK_FALSE(client.may_succeed());
  }
}

TEST_CASE("client login: after a challenge that was refused, no empty proof is one", "[sasl]") {
  client_exchange client{mechanism::scram_sha_256, ann, "client-nonce"};
  CHECK_FALSE(client.answer("nonsense"));
  CHECK_FALSE(client.answer(""));
  CHECK_FALSE(client.may_succeed());
}

TEST_CASE("client login: a server that wants too much, too little, or another's nonce is left", "[sasl]") {
  const std::string challenge = GENERATE("r=nonce+more,s=c2FsdHNhbHQ=,i=100001", "r=nonce+more,s=c2FsdHNhbHQ=,i=4095", "r=nonce,s=c2FsdHNhbHQ=,i=4096",
                                         "r=other+more,s=c2FsdHNhbHQ=,i=4096", "r=nonce+more,s=,i=4096", "e=other-error", "");
  client_exchange client{mechanism::scram_sha_256, ann, "nonce"};
  CHECK_FALSE(client.answer(challenge));
}
