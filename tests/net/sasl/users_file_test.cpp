#include "net/sasl/users_file.hpp"

#include "net/sasl/crypt_hash.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;

namespace {

const std::string key = "of this node";

std::string scram_line(const std::string& name, const std::string& word) {
  return name + ':' + to_string(*make_scram_verifier(word, "saltsalt1234", 4096)) + '\n';
}

std::string crypt_line(const std::string& name, const std::string& word) {
  return name + ':' + *make_crypt_hash(word, std::string(crypt_random_bytes, 'x')) + '\n';
}

} // namespace

TEST_CASE("users: both kinds of secrets are read, and check passwords", "[sasl]") {
  const auto users = parse_users("# people\r\n\n" + scram_line("ann@local.test", "a-word") + crypt_line("bob", "b-word"));
  REQUIRE(users);
  CHECK(users->size() == 2);
  CHECK(users->has_verifiers());
  const auto ann = users->find("ann@local.test", key);
  CHECK(ann.is_real);
  CHECK(matches(*ann.kept, secret{"a-word"}));
  CHECK_FALSE(matches(*ann.kept, secret{"b-word"}));
  const auto bob = users->find("bob", key);
  CHECK(bob.is_real);
  CHECK(matches(*bob.kept, secret{"b-word"}));
}

TEST_CASE("users: an unknown name gets somebody's secret to check, the same each time", "[sasl]") {
  const auto users = parse_users(crypt_line("bob", "b-word") + scram_line("ann", "a-word"));
  REQUIRE(users);
  const auto first = users->find("nobody", key);
  CHECK_FALSE(first.is_real);
  REQUIRE(first.kept);
  CHECK(users->find("nobody", key).kept == first.kept);
  bool crypt = false;
  bool scram = false;
  for (int i = 0; i < 100; ++i) {
    const auto kept = users->find("nobody" + std::to_string(i), key).kept;
    (std::holds_alternative<crypt_hash>(*kept) ? crypt : scram) = true;
  }
  CHECK((crypt && scram));
  CHECK(parse_users("")->find("nobody", key).kept == nullptr);
}

TEST_CASE("users: an unknown name has a verifier that looks like those of others", "[sasl]") {
  const auto users = parse_users(scram_line("ann", "a-word") + crypt_line("bob", "b-word"));
  REQUIRE(users);
  CHECK(users->find_verifier("ann", key).is_real);
  for (const std::string name : {"nobody", "bob"}) {
    const auto made = users->find_verifier(name, key);
    CHECK_FALSE(made.is_real);
    CHECK(made.verifier.iterations == 4096);
    CHECK(made.verifier.salt.size() == 12);
    CHECK(made.verifier == users->find_verifier(name, key).verifier);
    CHECK(made.verifier.salt != users->find_verifier(name, "another node").verifier.salt);
  }
}

TEST_CASE("users: each bad line is named by its number, none by its contents", "[sasl]") {
  const auto users = parse_users("ann:hunter2\n" + scram_line("bob", "b-word") + "no colon\n:" + scram_line("", "x").substr(1) + scram_line("bob", "c-word"));
  REQUIRE_FALSE(users);
  const auto& what = users.error().detail;
  CHECK(what.find("line 1: is no hash of crypt(3)") != what.npos);
  CHECK(what.find("line 3: is no name:secret") != what.npos);
  CHECK(what.find("line 4: the name must") != what.npos);
  CHECK(what.find("line 5: the name stands further up already") != what.npos);
  CHECK(what.find("hunter2") == what.npos);
}

TEST_CASE("users: of many bad lines only the first are told", "[sasl]") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "bad\n";
  const auto users = parse_users(text);
  REQUIRE_FALSE(users);
  CHECK(users.error().detail.ends_with("; and 90 more lines"));
}
