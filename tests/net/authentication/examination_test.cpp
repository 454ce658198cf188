#include "net/authentication/examination.hpp"

#include "net/authentication/signing.hpp"
#include "tests/net/authentication/keys.hpp"
#include "tests/net/authentication/zone_answers.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

constexpr wall_time now{seconds{1'700'000'000}};
const std::string letter = "From: Ann <ann@example.org>\r\nSubject: x\r\n\r\ntext\r\n";

struct world {
  support::zone_answers zone;
  examination_options options{check_mode::mark, check_mode::mark, check_mode::mark, "mx.test"};
  message_facts facts{*parse_ip_address("192.0.2.1"), "client.test", {"ann", "example.org"}, now, 0};
  std::string signature;

  world() {
    const auto key = *private_key::parse(support::ed25519_key);
    zone.txt("example.org", "v=spf1 ip4:192.0.2.1 -all")
      .txt("_dmarc.example.org", "v=DMARC1; p=reject")
      .txt("s._domainkey.example.org", key_record(key));
    signature = *signatures_for(std::make_shared<const signers>(signers{{"example.org", "s", key}}), letter, now);
  }

  examined examine(const std::string& message, bool answering = true) {
    examination one{options, facts, message};
    if (one.wants_body())
      one.take_body(std::string_view{message}.substr(one.text_from()));
    one.end_body();
    for (int rounds = 0;; ++rounds) {
      REQUIRE(rounds < 50);
      if (auto done = one.conclude())
        return *done;
      const auto questions = one.take_questions();
      REQUIRE_FALSE(questions.empty());
      if (!answering)
        one.give_up();
      else
        for (const auto& each : questions)
          one.answer(each, zone.answer(each));
    }
  }
};

} // namespace

TEST_CASE("examination: a good letter passes all and is told so", "[authentication]") {
  world w;
  const auto found = w.examine(w.signature + letter);
  CHECK_FALSE(found.refusal.has_value());
  CHECK(found.changes.prepended
          .starts_with("Authentication-Results: mx.test;\r\n\tspf=pass smtp.mailfrom=example.org;\r\n\tdkim=pass "));
  CHECK(found.changes.prepended.ends_with("\tdmarc=pass (p=reject) header.from=example.org\r\n"));
}

TEST_CASE("examination: what is forged is marked, or refused where that is wanted", "[authentication]") {
  world w;
  w.facts.client = *parse_ip_address("198.51.100.1");
  CHECK_FALSE(w.examine(letter).refusal.has_value());
  w.options.dmarc = check_mode::reject;
  const auto refused = w.examine(letter);
  REQUIRE(refused.refusal.has_value());
  CHECK(refused.refusal->code == 550);
  CHECK(refused.reason == "dmarc");
  CHECK_FALSE(w.examine(w.signature + letter).refusal.has_value());
  w.options.spf = check_mode::reject;
  CHECK(w.examine(w.signature + letter).refusal->enhanced == "5.7.23");
}

TEST_CASE("examination: two authors are no way round DMARC", "[authentication]") {
  world w;
  w.options.dmarc = check_mode::reject;
  CHECK(w.examine("From: bob@nobody.test\r\n" + letter).refusal->code == 550);
  CHECK(w.examine("From: bob@nobody.test, ann@example.org\r\n\r\n").refusal->code == 550);
  CHECK(w.examine("Subject: nobody\r\n\r\n").refusal->code == 550);
}

TEST_CASE("examination: a broken signature is refused, an unsigned letter is not", "[authentication]") {
  world w;
  w.options.dkim = check_mode::reject;
  CHECK(w.examine(w.signature + letter + "more").refusal->enhanced == "5.7.20");
  CHECK_FALSE(w.examine(letter).refusal.has_value());
}

TEST_CASE("examination: where nobody answers, mail is marked, or comes again later", "[authentication]") {
  world w;
  const auto marked = w.examine(w.signature + letter, false);
  CHECK_FALSE(marked.refusal.has_value());
  CHECK(marked.changes.prepended.find("spf=temperror") != std::string::npos);
  w.options.dmarc = check_mode::reject;
  CHECK(w.examine(w.signature + letter, false).refusal->code == 451);
  w.options.dmarc = check_mode::mark;
  w.options.spf = check_mode::reject;
  CHECK(w.examine(letter, false).refusal->code == 451);
}

TEST_CASE("examination: a DMARC failure is not final while a proof may yet come", "[authentication]") {
  world w;
  w.options.dmarc = check_mode::reject;
  w.facts.client = *parse_ip_address("198.51.100.1");
  w.zone.ill("s._domainkey.example.org", record_type::txt);
  CHECK(w.examine(w.signature + letter).refusal->code == 451);
}

TEST_CASE("examination: results in our name are taken out", "[authentication]") {
  world w;
  const auto found = w.examine("X: y\r\nAuthentication-Results: mx.test; dmarc=pass\r\n" + letter);
  CHECK(found.changes.fields == std::map<std::size_t, std::string>{{1, ""}});
}

TEST_CASE("examination: nothing hides behind a header that never ends", "[authentication]") {
  world w;
  std::string many;
  for (std::size_t i = 0; i < examined_fields_max; ++i)
    many += "X: y\r\n";
  CHECK(w.examine(many + "Authentication-Results: mx.test; dmarc=pass\r\n" + letter).refusal->code == 552);
  const auto longest = "X: " + std::string(changed_header_bytes_max, 'y');
  CHECK(w.examine(longest.substr(0, changed_header_bytes_max)).refusal->code == 552);
  CHECK_FALSE(w.examine("X: y\r\n" + letter).refusal.has_value());
}

TEST_CASE("examination: a notice is checked by the name its client gave", "[authentication]") {
  world w;
  w.facts.sender = {};
  w.zone.txt("client.test", "v=spf1 a -all").host("client.test", "192.0.2.1");
  CHECK(w.examine(letter).changes.prepended.find("spf=pass smtp.helo=client.test") != std::string::npos);
}

TEST_CASE("examination: no peer has us ask for more than questions_max", "[authentication]") {
  dns_book book;
  for (std::size_t i = 0; i < questions_max; ++i)
    CHECK(book.find("n" + std::to_string(i), record_type::a) == nullptr);
  const auto* const beyond = book.find("one.more", record_type::a);
  REQUIRE(beyond != nullptr);
  CHECK(beyond->outcome == dns_outcome::failed);
  CHECK(book.take_missing().size() == questions_max);
}

TEST_CASE("examination: a From in another script obeys the policy of its domain", "[authentication]") {
  world w;
  w.options.dmarc = check_mode::reject;
  w.zone.txt("_dmarc.xn--bcher-kva.example", "v=DMARC1; p=reject");
  const auto made = w.examine("From: Ann <ann@bücher.example>\r\nSubject: x\r\n\r\ntext\r\n");
  REQUIRE(made.refusal);
  CHECK(made.refusal->code == 550);
  CHECK(made.found.dmarc->author == "xn--bcher-kva.example");
}
