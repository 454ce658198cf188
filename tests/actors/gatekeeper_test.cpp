#include "actors/gatekeeper.hpp"
#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <vector>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// A pool whose answers the test gives.
struct pool_book {
  std::vector<check_secret> asked;
  std::optional<error> failure;
};

auth_pool_actor::behavior_type pool_of(std::shared_ptr<pool_book> book) {
  return {
    [book](const submit<check_secret>& x) -> caf::result<secret_checked> {
      book->asked.push_back(x.job);
      if (book->failure)
        return to_caf(*book->failure);
      return secret_checked{x.job.password.view() == "right" ? secret_verdict::right : secret_verdict::wrong};
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

struct gate_fixture : support::actor_fixture {
  std::shared_ptr<pool_book> book = std::make_shared<pool_book>();
  role_ptr<auth_pool_actor> pool = make_role<auth_pool_actor>();
  std::shared_ptr<login_rules> rules = std::make_shared<login_rules>();
  gatekeeper_actor gate;
  const visitor ann{*parse_ip_address("192.0.2.7"), "ann"};

  gate_fixture() {
    auto made = sys.spawn([this](auth_pool_actor::pointer) { return pool_of(book); });
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    pool->cast(made);
    const auto line = "ann:" + to_string(*sasl::make_scram_verifier("right", "saltsalt", sasl::scram_iterations_min));
    rules->users = std::make_shared<const sasl::users_table>(std::move(*sasl::parse_users(line)));
    rules->key = "key";
    open();
  }
  ~gate_fixture() {
    pool->vacate();
    gate = nullptr;
  }

  void open() { gate = spawn<gatekeeper>(home, rules, pool); }

  /// The verdict, and how long it took by the clock that stands still.
  std::pair<login_verdict, long> check(const visitor& who, const char* word) {
    std::optional<login_verdict> said;
    auto answer = self->request(gate, caf::infinite, check_login{who, sasl::secret{word}});
    long waited = 0;
    for (settle(); self->mailbox().empty() && waited < 200'000; waited += 100)
      advance(100ms);
    answer.receive([&](const login_checked& x) { said = x.verdict; }, [&](caf::error&) {});
    REQUIRE(said);
    return {*said, waited};
  }
};

} // namespace

TEST_CASE_METHOD(gate_fixture, "gatekeeper: the right password is let in at once, a wrong one told after a second", "[actors]") {
  CHECK(check(ann, "right") == std::pair{login_verdict::accepted, 0l});
  CHECK(check(ann, "wrong") == std::pair{login_verdict::refused, 1000l});
  CHECK(book->asked.back().is_real);
}

TEST_CASE_METHOD(gate_fixture, "gatekeeper: a name that nobody has is checked and told like any other", "[actors]") {
  CHECK(check({ann.address, "nobody"}, "right").second >= 0);
  REQUIRE(book->asked.size() == 1);
  CHECK_FALSE(book->asked[0].is_real);
  CHECK(book->asked[0].kept != nullptr);
}

TEST_CASE_METHOD(gate_fixture, "gatekeeper: guesses wait longer and longer", "[actors]") {
  long last = 0;
  for (int i = 0; i < 9; ++i)
    last = check(ann, "wrong").second;
  CHECK(last >= 15'000);
}

TEST_CASE_METHOD(gate_fixture, "gatekeeper: a pool that can't tell is not the client's fault", "[actors]") {
  book->failure = error{errc::mailbox_full, "full"};
  for (int i = 0; i < 20; ++i)
    CHECK(check(ann, "right") == std::pair{login_verdict::unavailable, 0l});
}

TEST_CASE_METHOD(gate_fixture, "gatekeeper: names that the file lacks are Dovecot's, and its breaker keeps them away while it is ill", "[actors]") {
  rules->dovecot = "/run/auth";
  open();
  const visitor dora{ann.address, "dora"};
  CHECK(check(dora, "right").first == login_verdict::accepted);
  CHECK(book->asked.back().kept == nullptr);
  CHECK(book->asked.back().dovecot == "/run/auth");
  book->failure = error{errc::peer_unreachable, "gone"};
  for (int i = 0; i < 10; ++i)
    CHECK(check(dora, "right").first == login_verdict::unavailable);
  CHECK(book->asked.size() < 10);
  CHECK(logged().find("breaker_changed") != std::string::npos);
  book->failure.reset();
  CHECK(check(ann, "right").first == login_verdict::accepted);
  advance(31s);
  CHECK(check(dora, "right").first == login_verdict::accepted);
}

TEST_CASE_METHOD(gate_fixture, "gatekeeper: a verifier is given for every name, and a failed proof told after a second", "[actors]") {
  const auto real = ask<login_verifier>(gate, find_login_verifier{ann});
  REQUIRE(real);
  CHECK(real->known.is_real);
  const auto made_up = ask<login_verifier>(gate, find_login_verifier{{ann.address, "nobody"}});
  REQUIRE(made_up);
  CHECK_FALSE(made_up->known.is_real);
  CHECK(made_up->known.verifier.salt.size() == real->known.verifier.salt.size());
  CHECK(ask<login_checked>(gate, end_login{ann, policy::login_end::good})->verdict == login_verdict::accepted);
  auto late = self->request(gate, caf::infinite, end_login{ann, policy::login_end::bad});
  settle();
  CHECK(self->mailbox().empty());
  advance(1s);
  late.receive([](const login_checked& x) { CHECK(x.verdict == login_verdict::refused); }, [](caf::error&) { FAIL("no answer"); });
}

TEST_CASE_METHOD(gate_fixture, "gatekeeper: what it has not answered when it dies is answered then", "[actors]") {
  auto answer = self->request(gate, caf::infinite, check_login{ann, sasl::secret{"wrong"}});
  settle();
  drop_cast();
  bool failed = false;
  answer.receive([](const login_checked&) {}, [&](caf::error&) { failed = true; });
  CHECK(failed);
}
