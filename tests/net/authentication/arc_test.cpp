#include "net/authentication/arc_seal.hpp"

#include "tests/net/authentication/keys.hpp"
#include "tests/net/authentication/zone_answers.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

constexpr wall_time noon{seconds{1'764'000'000}};
const std::string sent = "Received: by them\r\nFrom: ann@example.org\r\nTo: bob@example.net\r\n"
                         "Subject: Hello\r\nDKIM-Signature: v=1; of; somebody\r\n\r\nSome text.\r\n";

std::shared_ptr<const signer> someone(const std::string& domain) {
  return std::make_shared<const signer>(signer{domain, "r", *private_key::parse(support::rsa_key)});
}

support::zone_answers keys_of(const std::vector<std::string>& domains) {
  support::zone_answers zone;
  for (const auto& each : domains)
    zone.txt("r._domainkey." + each, key_record(*private_key::parse(support::rsa_key)));
  return zone;
}

arc_finding chain_of(const std::string& message, const support::zone_answers& zone) {
  const auto header = split_header(message);
  body_digests body;
  const arc_check check{header, body};
  body.take(std::string_view{message}.substr(header.text_from));
  body.end();
  return zone.settle([&](dns_book& book) { return check.judge(body, book, noon); });
}

std::string sealed(const std::string& message, const std::string& domain, arc_outcome chain) {
  sealing work{someone(domain), {chain, domain, "spf=pass smtp.mailfrom=example.org"}, message};
  if (!work.is_wanted())
    return message;
  work.take_body(std::string_view{message}.substr(work.text_from()));
  return work.finish(noon).value() + message;
}

std::string without(std::string message, const std::string& from, const std::string& to) {
  const auto at = message.find(from);
  REQUIRE(at != message.npos);
  return message.replace(at, from.size(), to);
}

const std::vector<std::string> hops{"one.test", "two.test", "three.test"};

std::string chain_of_three() {
  auto message = sealed(sent, hops[0], arc_outcome::none);
  message = sealed("Received: by two\r\n" + message, hops[1], arc_outcome::pass);
  return sealed("Received: by three\r\n" + message, hops[2], arc_outcome::pass);
}

} // namespace

TEST_CASE("arc: a message that nobody sealed has no chain", "[authentication]") {
  CHECK(chain_of(sent, keys_of({})).outcome == arc_outcome::none);
}

TEST_CASE("arc: what we seal verifies, hop after hop", "[authentication]") {
  auto message = sent;
  auto chain = arc_outcome::none;
  for (const auto& each : hops) {
    message = sealed(message, each, chain);
    const auto found = chain_of(message, keys_of(hops));
    CHECK(found.why.empty());
    chain = found.outcome;
    CHECK(chain == arc_outcome::pass);
  }
  const auto header = split_header(message);
  CHECK(header.fields[0].whole.starts_with("ARC-Seal: i=3; a=rsa-sha256; cv=pass;"));
  CHECK(header.fields[2].whole == "ARC-Authentication-Results: i=3; three.test;\r\n\tspf=pass smtp.mailfrom=example.org\r\n");
}

TEST_CASE("arc: whoever changes any of it breaks the chain", "[authentication]") {
  const auto good = chain_of_three();
  REQUIRE(chain_of(good, keys_of(hops)).outcome == arc_outcome::pass);
  const auto broken = [&](const std::string& message) {
    return chain_of(message, keys_of(hops)).outcome == arc_outcome::fail;
  };
  CHECK(broken(good + "more\r\n"));
  CHECK(broken(without(good, "Subject: Hello", "Subject: Other")));
  CHECK(broken(without(good, "i=1; one.test;\r\n\tspf=pass", "i=1; one.test;\r\n\tspf=fail")));
  CHECK(broken(without(good, "DKIM-Signature: v=1; of", "DKIM-Signature: v=1; by")));
  CHECK(broken("Subject: new\r\n" + good));
  CHECK(broken(without(good, "ARC-Authentication-Results: i=2", "X-Gone: i=2")));
  CHECK(broken(without(good, "ARC-Seal: i=3", "ARC-Seal: i=4")));
  CHECK(broken(without(good, "cv=none", "cv=pass")));
  CHECK(broken("ARC-Seal: i=3; a=rsa-sha256; cv=pass; d=three.test; s=r; b=AAAA\r\n" + good));
  CHECK(chain_of(good, keys_of({hops[0], hops[2]})).outcome == arc_outcome::fail);
  CHECK(chain_of("Received: later\r\n" + good, keys_of(hops)).outcome == arc_outcome::pass);
}

TEST_CASE("arc: sets are numbered without gaps, from one to arc_sets_max", "[authentication]") {
  const auto set = [](const std::string& number) {
    return "ARC-Authentication-Results: i=" + number + "; x\r\nARC-Message-Signature: i=" + number
           + "; a=b\r\nARC-Seal: i=" + number + "; a=b\r\n";
  };
  const auto count = [](const std::string& header) {
    const auto sets = read_arc_sets(split_header(header));
    return sets ? static_cast<int>(sets->size()) : -1;
  };
  std::string all;
  for (std::size_t i = 1; i <= arc_sets_max; ++i)
    all = set(std::to_string(i)) + all;
  CHECK(count(all) == static_cast<int>(arc_sets_max));
  CHECK(count(set(std::to_string(arc_sets_max + 1)) + all) == -1);
  CHECK(count(set("1") + set("2")) == 2);
  for (const auto* const bad : {"0", "2", "-1", "1x", "", "99999999999999999999"})
    CHECK(count(set(bad)) == -1);
  CHECK(count("ARC-Seal: i=1; a=b\r\n") == -1);
  CHECK(count(set("1") + "ARC-Seal: i=1; a=b\r\n") == -1);
}

TEST_CASE("arc: seals that say what they may not break the chain", "[authentication]") {
  const auto seal = [](const std::string& tags) {
    return "ARC-Seal: i=1; " + tags + "\r\nARC-Message-Signature: i=1; a=b\r\nARC-Authentication-Results: i=1; x\r\n" + sent;
  };
  for (const auto* const tags : {"a=rsa-sha256; cv=pass; d=a.test; s=r; b=AAAA", "a=rsa-sha256; cv=none; d=a.test; s=r; b=%",
                                 "a=rsa-sha1; cv=none; d=a.test; s=r; b=AAAA", "a=rsa-sha256; cv=none; d=a.test; s=r; h=from; b=AAAA",
                                 "a=rsa-sha256; cv=none; d=; s=r; b=AAAA", "cv=none", "a=b; a=c"})
    CHECK(chain_of(seal(tags), keys_of({"a.test"})).outcome == arc_outcome::fail);
}

TEST_CASE("arc: a chain that failed is said to, once, by a set that stands alone", "[authentication]") {
  const auto good = sealed(sent, hops[0], arc_outcome::none);
  const auto failed = sealed(without(good, "Subject: Hello", "Subject: Other"), hops[1], arc_outcome::fail);
  CHECK(failed.starts_with("ARC-Seal: i=2; a=rsa-sha256; cv=fail;"));
  CHECK(chain_of(failed, keys_of(hops)).outcome == arc_outcome::fail);
  CHECK(sealed(failed, hops[2], arc_outcome::fail) == failed);
  // Without its numbers it can't go on at all.
  const auto unreadable = without(good, "ARC-Seal: i=1", "ARC-Seal: i=x");
  CHECK(sealed(unreadable, hops[1], arc_outcome::fail) == unreadable);
}
