#include "net/authentication/author.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

TEST_CASE("author: the domain is found behind names, quotes, comments and groups", "[authentication]") {
  const auto* const from = GENERATE(
    "ann@example.org", " Ann <ann@Example.ORG>", "\"<evil@bad.test>\" <ann@example.org>",
    "Ann (evil@bad.test, really) <ann@example.org>", "\"a@b\\\"<\" <\"ann, x\"@example.org>",
    "<@relay.test:ann@example.org>", "ann@example.org (Ann)", "Us: Ann <ann@example.org>, bob@example.org;",
    "=?utf-8?q?x=40bad=2Etest?= <ann@example.org>", "Ann\r\n <ann@example.org>");
  CAPTURE(from);
  const auto domains = author_domains(from);
  REQUIRE(domains.ok());
  CHECK(*domains == std::vector<std::string>{"example.org"});
}

TEST_CASE("author: what readers could show in two ways is refused", "[authentication]") {
  const auto* const from
    = GENERATE("Ann <a@good.test> <b@bad.test>", "<a@good.test> b@bad.test", "\"Ann <a@good.test>", "(a@good.test",
               "Ann", "Ann <ann>", "@good.test", "a@", "a@[", "a@good.test b@bad.test", "a@good..test");
  CAPTURE(from);
  CHECK(author_domains(from).error().code == errc::malformed);
}

TEST_CASE("author: two fields, two domains or none are no author", "[authentication]") {
  CHECK(*author_domain(split_header("From: a@x.test\r\nSubject: s\r\n\r\n")) == "x.test");
  for (const auto* const header :
       {"Subject: s\r\n\r\n", "From: a@x.test\r\nfrom : a@x.test\r\n\r\n", "From: a@x.test, b@y.test\r\n\r\n",
        "From:\r\n\r\n", "From: nobody:;\r\n\r\n"})
    CHECK(author_domain(split_header(header)).error().code == errc::malformed);
}

TEST_CASE("author: no more than authors_max are looked at", "[authentication]") {
  std::string many;
  for (std::size_t i = 0; i < authors_max; ++i)
    many += "a@x.test, ";
  CHECK(author_domains(many).ok());
  CHECK_FALSE(author_domains(many + "a@x.test").ok());
}

TEST_CASE("author: a domain in another script is the one that the DNS knows", "[authentication]") {
  CHECK(*author_domains("Bücher <a@bücher.example>") == std::vector<std::string>{"xn--bcher-kva.example"});
  CHECK(*author_domains("a@BÜCHER.example, b@xn--bcher-kva.example") == std::vector<std::string>{"xn--bcher-kva.example"});
  const std::string too_long = "a@" + std::string(60, 'x') + "üüüüüüüü.example";
  for (const auto& from : {std::string("a@\u200d.example"), too_long})
    CHECK(author_domains(from).error().code == errc::malformed);
}
