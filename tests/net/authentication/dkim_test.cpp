#include "net/authentication/dkim_check.hpp"

#include "net/authentication/dkim_key.hpp"
#include "net/authentication/signing.hpp"
#include "net/core/base64.hpp"
#include "tests/net/authentication/keys.hpp"
#include "tests/net/authentication/zone_answers.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

constexpr wall_time now{seconds{1'528'637'909 + 60}};

// RFC 8463, appendix A.
const std::string example_header
  = "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n";
const std::string example_text = "\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const std::string example_ed25519
  = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n";
const std::string example_rsa
  = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n";

support::zone_answers example_zone() {
  return support::zone_answers{}
    .txt("brisbane._domainkey.football.example.com",
         "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    .txt("test._domainkey.football.example.com",
         "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
         "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kr"
         "yOTIKT+l/K4w3QIDAQAB");
}

std::vector<dkim_finding> checked(const std::string& message, const support::zone_answers& zone,
                                  wall_time at = now) {
  const auto header = split_header(message);
  body_digests body;
  const dkim_check check{header, body};
  body.take(std::string_view{message}.substr(header.text_from));
  body.end();
  return zone.settle([&](dns_book& book) { return check.judge(body, book, at); });
}

struct world {
  private_key rsa = *private_key::parse(support::rsa_key);
  private_key ed25519 = *private_key::parse(support::ed25519_key);
  support::zone_answers zone;

  world() {
    zone.txt("r._domainkey.example.org", key_record(rsa)).txt("e._domainkey.example.org", key_record(ed25519));
  }

  [[nodiscard]] signers_ptr both() const {
    return std::make_shared<const signers>(signers{{"example.org", "r", rsa}, {"example.org", "e", ed25519}});
  }
};

const std::string letter = "Received: by us\r\nFrom: Ann <ann@example.org>\r\nTo: bob@example.net\r\n"
                           "Subject: Hello\r\n world\r\n\r\nSome text. \r\n\r\n\r\n";

std::string made(const std::string& tags) {
  return "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=r; h=from; bh=" + std::string(43, 'A') + "=; b=AAAA; "
         + tags + "\r\nFrom: a@example.org\r\n\r\n";
}

} // namespace

TEST_CASE("dkim: the example of RFC 8463 verifies, by RSA and by Ed25519", "[authentication]") {
  const auto found = checked(example_ed25519 + example_rsa + example_header + example_text, example_zone());
  REQUIRE(found.size() == 2);
  CHECK(found[0].outcome == dkim_outcome::pass);
  CHECK(found[0].domain == "football.example.com");
  CHECK(found[0].signature_start == "/gCrinpc");
  CHECK(found[1].outcome == dkim_outcome::pass);
}

TEST_CASE("dkim: a change of what is signed breaks it, of white space not", "[authentication]") {
  const auto zone = example_zone();
  const auto verdict = [&](const std::string& header, const std::string& text) {
    return checked(example_ed25519 + header + text, zone).at(0);
  };
  auto spaced = example_header;
  spaced.replace(spaced.find("Subject: Is"), 11, "SUBJECT:   Is\r\n ");
  CHECK(verdict(spaced, example_text + "\r\n\r\n").outcome == dkim_outcome::pass);
  auto other = example_header;
  other.replace(other.find("dinner"), 6, "supper");
  CHECK(verdict(other, example_text).why == "signature did not verify");
  CHECK(verdict(example_header, example_text + "PS\r\n").why == "body hash did not verify");
  // Signed as absent: h= has one From and one Subject more than there are.
  CHECK(verdict("Subject: new\r\n" + example_header, example_text).outcome == dkim_outcome::fail);
  CHECK(verdict(example_header + "From: evil@bad.test\r\n", example_text).outcome == dkim_outcome::fail);
}

TEST_CASE("dkim: what we sign verifies, with each key", "[authentication]") {
  const world w;
  const auto fields = signatures_for(w.both(), letter, now);
  REQUIRE(fields.ok());
  const auto found = checked(*fields + letter, w.zone);
  REQUIRE(found.size() == 2);
  CHECK(found[0].outcome == dkim_outcome::pass);
  CHECK(found[1].outcome == dkim_outcome::pass);
  CHECK(found[0].kind != found[1].kind);
  // Nobody adds a field that a reader would see, nor appends to the body.
  for (const auto* const added : {"From: x@bad.test\r\n", "Subject: Hi\r\n", "To: y@bad.test\r\n",
                                  "Reply-To: z@bad.test\r\n", "Content-Type: text/html\r\n"})
    CHECK(checked(*fields + added + letter, w.zone).at(0).outcome == dkim_outcome::fail);
  CHECK(checked(*fields + letter + "more\r\n", w.zone).at(0).outcome == dkim_outcome::fail);
  // What relays add breaks nothing.
  CHECK(checked("Received: by them\r\n" + *fields + letter, w.zone).at(0).outcome == dkim_outcome::pass);
  for (std::size_t at = 0; at < fields->size();) {
    const auto end = fields->find("\r\n", at);
    CHECK(end - at <= 78);
    at = end + 2;
  }
}

TEST_CASE("dkim: only the author's domain signs, or the nearest above it", "[authentication]") {
  const world w;
  const auto all = std::make_shared<const signers>(
    signers{{"org", "r", w.rsa}, {"example.org", "r", w.rsa}, {"sub.example.org", "e", w.ed25519}});
  const auto by = [&](const std::string& from) {
    const auto fields = *signatures_for(all, "From: " + from + "\r\n\r\n", now);
    const auto at = fields.find("d=");
    return fields.empty() ? "" : fields.substr(at + 2, fields.find(';', at) - at - 2);
  };
  CHECK(by("a@example.org") == "example.org");
  CHECK(by("a@x.sub.example.org") == "sub.example.org");
  CHECK(by("a@notexample.org") == "org");
  CHECK(by("a@example.net").empty());
  CHECK(by("a@example.org, b@example.net").empty());
}

TEST_CASE("dkim: keys that are withdrawn, foreign, weak or missing do not verify", "[authentication]") {
  const auto [record, outcome] = GENERATE(table<std::string, dkim_outcome>({
    {"v=DKIM1; p=", dkim_outcome::policy},
    {"v=DKIM1; k=rsa; p=AAAA", dkim_outcome::policy},
    {"v=DKIM1; k=ed25519; p=AAAA", dkim_outcome::permerror},
    {"v=DKIM2; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", dkim_outcome::permerror},
    {"k=ed25519; h=sha1; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", dkim_outcome::policy},
    {"k=ed25519; s=web; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", dkim_outcome::policy},
    {"k=ed25519; t=s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", dkim_outcome::pass},
    {"k=ed25519", dkim_outcome::permerror},
  }));
  CAPTURE(record);
  const auto zone = support::zone_answers{}.txt("brisbane._domainkey.football.example.com", record);
  CHECK(checked(example_ed25519 + example_header + example_text, zone).at(0).outcome == outcome);
}

TEST_CASE("dkim: no key is permanent, no answer is not", "[authentication]") {
  const auto message = example_ed25519 + example_header + example_text;
  CHECK(checked(message, {}).at(0).outcome == dkim_outcome::permerror);
  support::zone_answers ill;
  ill.ill("brisbane._domainkey.football.example.com", record_type::txt);
  CHECK(checked(message, ill).at(0).outcome == dkim_outcome::temperror);
}

TEST_CASE("dkim: signatures that are damaged, old, early or cut short say so", "[authentication]") {
  const world w;
  const auto of = [&](const std::string& tags) { return checked(made(tags), w.zone).at(0); };
  CHECK(of("c=relaxed/odd").outcome == dkim_outcome::permerror);
  CHECK(of("t=5; x=5").outcome == dkim_outcome::permerror);
  CHECK(of("x=1000").why == "signature expired");
  CHECK(of("t=9999999999").outcome == dkim_outcome::policy);
  CHECK(of("i=a@other.test").outcome == dkim_outcome::permerror);
  CHECK(of("q=http").outcome == dkim_outcome::permerror);
  CHECK(of("l=-1").outcome == dkim_outcome::permerror);
  CHECK(of("l=5").why == "l= is longer than the body");
  CHECK(of("t=1").why == "body hash did not verify");
  const auto bad = GENERATE(as<std::string>{}, "", "v=2; a=b", "v=1", "garbage", ";;;",
                            "v=1; a=rsa-sha256; d=example.org; s=r; h=to; bh=AAAA; b=AAAA");
  CHECK(checked("DKIM-Signature: " + bad + "\r\nFrom: a@b.test\r\n\r\n", w.zone).at(0).outcome
        == dkim_outcome::permerror);
  CHECK(checked("DKIM-Signature: v=1; a=rsa-sha1; d=example.org; s=r; h=from; bh=AAAA; b=AAAA\r\n\r\n", w.zone)
          .at(0)
          .outcome
        == dkim_outcome::policy);
}

TEST_CASE("dkim: a body that goes on behind l= is not the signer's", "[authentication]") {
  const world w;
  const auto header = split_header("From: a@example.org\r\n\r\n");
  std::string field = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=e; h=from; l=6; bh="
                      + encode_base64(sha256_of("text\r\n")) + "; b=";
  field += encode_base64(*w.ed25519.sign(header_digest(header, 99, field, {"from"}, canonical_form::relaxed)));
  const auto with = [&](const std::string& text) {
    return checked(field + "\r\nFrom: a@example.org\r\n\r\n" + text, w.zone).at(0);
  };
  CHECK(with("text\r\n").outcome == dkim_outcome::pass);
  CHECK(with("text\r\n\r\n").outcome == dkim_outcome::pass);
  CHECK(with("text\r\nand a lie\r\n").outcome == dkim_outcome::policy);
}

TEST_CASE("dkim: no more than signatures_max are looked at", "[authentication]") {
  std::string message;
  for (int i = 0; i < 50; ++i)
    message += "DKIM-Signature: x\r\n";
  CHECK(checked(message + letter, {}).size() == signatures_max);
}

TEST_CASE("dkim: keys are read from PEM, and weak or strange ones are not", "[authentication]") {
  CHECK(private_key::parse(support::rsa_key)->kind() == key_kind::rsa);
  CHECK(private_key::parse(support::weak_rsa_key).error().code == errc::limit_exceeded);
  CHECK(private_key::parse("").error().code == errc::malformed);
  CHECK(private_key::parse("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").error().code
        == errc::malformed);
}
