#include "net/sasl/server_exchange.hpp"

#include "net/core/base64.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;
using namespace std::string_literals;

namespace {

// RFC 7677 §3, all of it.
const std::string client_nonce = "rOprNGfwEbeRWgbNEkqO";
const std::string server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string first_message = "n,,n=user,r=" + client_nonce;
const std::string final_message = "c=biws,r=" + client_nonce + server_nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const scram_verifier pencil = *make_scram_verifier("pencil", *decode_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

login_flaw flaw_of(const login_step& step) {
  REQUIRE(std::holds_alternative<login_failed>(step));
  return std::get<login_failed>(step).why;
}

std::string challenge_of(const login_step& step) {
  REQUIRE(std::holds_alternative<say_challenge>(step));
  return std::get<say_challenge>(step).bytes;
}

/// A client's final message for "pencil" with that binding, as a good client makes it.
std::string final_for(const std::string& bare, const std::string& server_first, const std::string& binding,
                      const std::string& nonce) {
  const auto without = "c=" + encode_base64(binding) + ",r=" + nonce;
  const auto salted = salted_password("pencil", pencil.salt, pencil.iterations);
  const auto key = hmac(bytes_of(salted), "Client Key");
  const auto proof = key ^ hmac(bytes_of(pencil.stored_key), bare + ',' + server_first + ',' + without);
  return without + ",p=" + encode_base64(bytes_of(proof));
}

} // namespace

TEST_CASE("PLAIN: name and password come in one message", "[sasl]") {
  server_exchange talk{mechanism::plain, {}, "nonce"};
  const auto step = GENERATE(true, false) ? talk.begin("\0ann\0word"s) : [&] {
    CHECK(challenge_of(talk.begin(std::nullopt)).empty());
    return talk.receive("ann\0ann\0word"s);
  }();
  REQUIRE(std::holds_alternative<check_password>(step));
  CHECK(std::get<check_password>(step).user == "ann");
  CHECK(std::get<check_password>(step).password.view() == "word");
}

TEST_CASE("PLAIN: whoever breaks the grammar, or would be somebody else, is refused", "[sasl]") {
  const auto [message, why] = GENERATE(table<std::string, login_flaw>({
    {"", login_flaw::malformed},
    {"\0ann"s, login_flaw::malformed},
    {"\0\0word"s, login_flaw::malformed},
    {"\0ann\0"s, login_flaw::malformed},
    {"\0ann\0word\0more"s, login_flaw::malformed},
    {"\0a\nn\0word"s, login_flaw::malformed},
    {"\0a\xff\0word"s, login_flaw::malformed},
    {"\0"s + std::string(256, 'a') + "\0word"s, login_flaw::malformed},
    {"\0ann\0"s + std::string(512, 'w'), login_flaw::malformed},
    {"root\0ann\0word"s, login_flaw::other_user},
  }));
  server_exchange talk{mechanism::plain, {}, "nonce"};
  CHECK(flaw_of(talk.begin(message)) == why);
}

TEST_CASE("LOGIN: it asks for the name, unless that came along, and for the password", "[sasl]") {
  server_exchange talk{mechanism::login, {}, "nonce"};
  if (GENERATE(true, false)) {
    CHECK(challenge_of(talk.begin(std::nullopt)) == "Username:");
    CHECK(challenge_of(talk.receive("ann")) == "Password:");
  } else {
    CHECK(challenge_of(talk.begin("ann")) == "Password:");
  }
  const auto step = talk.receive("word");
  REQUIRE(std::holds_alternative<check_password>(step));
  CHECK(std::get<check_password>(step).user == "ann");
}

TEST_CASE("SCRAM-SHA-256: the dialogue of RFC 7677 ends with its login", "[sasl]") {
  server_exchange talk{mechanism::scram_sha_256, {}, server_nonce};
  const auto asked = talk.begin(first_message);
  REQUIRE(std::holds_alternative<find_verifier>(asked));
  CHECK(std::get<find_verifier>(asked).user == "user");
  CHECK(challenge_of(talk.use_verifier(pencil, true)) == "r=" + client_nonce + server_nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  CHECK(challenge_of(talk.receive(final_message)) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  const auto end = talk.receive("");
  REQUIRE(std::holds_alternative<logged_in>(end));
  CHECK(std::get<logged_in>(end).user == "user");
}

TEST_CASE("SCRAM-SHA-256: nobody gets in by a verifier that stands for no one", "[sasl]") {
  server_exchange talk{mechanism::scram_sha_256, {}, server_nonce};
  static_cast<void>(talk.begin(first_message));
  static_cast<void>(talk.use_verifier(pencil, false));
  CHECK(flaw_of(talk.receive(final_message)) == login_flaw::wrong_proof);
}

TEST_CASE("SCRAM-SHA-256: a bad final message is refused", "[sasl]") {
  server_exchange talk{mechanism::scram_sha_256, {}, server_nonce};
  static_cast<void>(talk.begin(first_message));
  static_cast<void>(talk.use_verifier(pencil, true));
  const auto nonce = client_nonce + server_nonce;
  const auto [message, why] = GENERATE_COPY(table<std::string, login_flaw>({
    {"c=biws,r=" + nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVU=", login_flaw::wrong_proof},
    {"c=biws,r=" + nonce + ",p=AHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", login_flaw::wrong_proof},
    {"c=biws,r=" + nonce + "x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", login_flaw::malformed},
    {"c=eSws,r=" + nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", login_flaw::not_bound},
    {"c=biws,r=" + nonce + ",p=Zm9v", login_flaw::malformed},
    {"", login_flaw::malformed},
  }));
  CAPTURE(message);
  CHECK(flaw_of(talk.receive(message)) == why);
}

TEST_CASE("SCRAM-SHA-256-PLUS: the login is bound to the connection", "[sasl]") {
  const channel_bindings here{"exporter-bytes", "end-point-bytes"};
  const auto [name, data] = GENERATE(table<std::string, std::string>({{"tls-exporter", "exporter-bytes"}, {"tls-server-end-point", "end-point-bytes"}}));
  const auto gs2 = "p=" + name + ",,";
  server_exchange talk{mechanism::scram_sha_256_plus, here, server_nonce};
  REQUIRE(std::holds_alternative<find_verifier>(talk.begin(gs2 + "n=user,r=abc")));
  const auto server_first = challenge_of(talk.use_verifier(pencil, true));
  SECTION("with the bytes of this connection it succeeds") {
    static_cast<void>(challenge_of(talk.receive(final_for("n=user,r=abc", server_first, gs2 + data, "abc" + server_nonce))));
    CHECK(std::holds_alternative<logged_in>(talk.receive("")));
  }
  SECTION("with those of another it fails, good password or not") {
    CHECK(flaw_of(talk.receive(final_for("n=user,r=abc", server_first, gs2 + "other-bytes", "abc" + server_nonce))) == login_flaw::not_bound);
  }
  SECTION("with none it fails") {
    CHECK(flaw_of(talk.receive(final_for("n=user,r=abc", server_first, gs2, "abc" + server_nonce))) == login_flaw::not_bound);
  }
}

TEST_CASE("SCRAM: bindings that are argued away, or that we lack, are refused", "[sasl]") {
  const channel_bindings none;
  const channel_bindings some{"exporter-bytes", ""};
  const auto [which, has, gs2] = GENERATE(table<mechanism, bool, std::string>({
    {mechanism::scram_sha_256, true, "y,,"}, // RFC 5802 §6: somebody took -PLUS out of our offer
    {mechanism::scram_sha_256, true, "p=tls-exporter,,"},
    {mechanism::scram_sha_256_plus, true, "n,,"},
    {mechanism::scram_sha_256_plus, true, "y,,"},
    {mechanism::scram_sha_256_plus, true, "p=tls-unique,,"},
    {mechanism::scram_sha_256_plus, true, "p=tls-server-end-point,,"},
    {mechanism::scram_sha_256_plus, false, "p=tls-exporter,,"},
  }));
  CAPTURE(gs2);
  server_exchange talk{which, has ? some : none, server_nonce};
  CHECK(flaw_of(talk.begin(gs2 + "n=user,r=abc")) == login_flaw::not_bound);
}

TEST_CASE("SCRAM: \"y\" where we have no bindings is fine", "[sasl]") {
  server_exchange talk{mechanism::scram_sha_256, {}, server_nonce};
  CHECK(std::holds_alternative<find_verifier>(talk.begin("y,,n=user,r=abc")));
}

TEST_CASE("SCRAM: whoever would act for somebody else is refused", "[sasl]") {
  server_exchange talk{mechanism::scram_sha_256, {}, server_nonce};
  CHECK(flaw_of(talk.begin("n,a=root,n=user,r=abc")) == login_flaw::other_user);
}
