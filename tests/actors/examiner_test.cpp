#include "actors/examiner.hpp"

#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <utility>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

struct asked_names {
  std::vector<std::string> names;
  bool silent = false;
  std::vector<caf::typed_response_promise<hosts_found>> unanswered;
};

/// The pool "dns", where each name has one text: none of SPF, DKIM or DMARC.
dns_pool_actor::behavior_type fake_dns(dns_pool_actor::pointer self, std::shared_ptr<asked_names> book) {
  return {
    [self, book](const submit<find_hosts>& x) -> caf::result<hosts_found> {
      book->names.push_back(x.job.name);
      if (book->silent) {
        book->unanswered.push_back(self->make_response_promise<hosts_found>());
        return caf::delegated<hosts_found>{};
      }
      hosts_found found;
      found.records.kind = dns::answer_kind::records;
      found.records.data = {"\4text"};
      return found;
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

struct stage : support::actor_fixture {
  std::shared_ptr<asked_names> book = std::make_shared<asked_names>();
  dns_pool_actor dns = sys.spawn(fake_dns, book);
  examiner_actor who;

  stage() {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(dns));
    who = spawn<examiner>(home, std::uint64_t{1}, std::size_t{8}, policy::breaker_options{}, make_role(dns));
  }

  static examine_message question() {
    auto terms = std::make_shared<examination_terms>();
    terms->checks = {authentication::check_mode::mark, authentication::check_mode::mark,
                     authentication::check_mode::mark, "mx.test"};
    examine_message asked;
    asked.terms = terms;
    asked.facts.client = *parse_ip_address("192.0.2.1");
    asked.facts.helo = "client.test";
    asked.facts.sender = {"ann", "example.org"};
    auto letter = std::make_shared<body>();
    letter->bytes = "From: ann@example.org\r\n\r\ntext\r\n";
    letter->size = letter->bytes.size();
    asked.body = letter;
    return asked;
  }
};

} // namespace

TEST_CASE_METHOD(stage, "an examiner asks the DNS once for each name and tells what it found", "[actors]") {
  const auto told = ask<message_examined>(who, question());
  REQUIRE(told.ok());
  CHECK_FALSE(told->refusal.has_value());
  REQUIRE(told->changes);
  CHECK(told->changes->prepended
        == "Authentication-Results: mx.test;\r\n\tspf=none smtp.mailfrom=example.org;\r\n\tdkim=none;\r\n"
           "\tdmarc=none header.from=example.org\r\n");
  CHECK(book->names == std::vector<std::string>{"example.org", "_dmarc.example.org"});
}

TEST_CASE_METHOD(stage, "an examiner waits no longer than questions_wait for the DNS", "[actors]") {
  book->silent = true;
  auto answer = self->request(who, caf::infinite, question());
  advance(questions_wait - 2s);
  CHECK(self->mailbox().empty());
  advance(4s);
  REQUIRE_FALSE(self->mailbox().empty());
  answer.receive(
    [](const message_examined& x) {
      CHECK(x.changes->prepended.find("spf=temperror") != std::string::npos);
    },
    [](const caf::error&) { FAIL("an error"); });
}

TEST_CASE_METHOD(stage, "an examiner that ends answers whoever waits", "[actors]") {
  book->silent = true;
  auto answer = self->request(who, caf::infinite, question());
  settle();
  caf::anon_send_exit(who, caf::exit_reason::kill);
  settle();
  REQUIRE_FALSE(self->mailbox().empty());
  answer.receive([](const message_examined&) { FAIL("an answer"); }, [](const caf::error&) {});
}

TEST_CASE_METHOD(stage, "an examiner says so where a body cannot be read", "[actors]") {
  auto asked = question();
  auto lost = std::make_shared<body>();
  lost->file = "/nowhere/at/all";
  lost->size = 10;
  asked.body = lost;
  CHECK(ask<message_examined>(who, asked).error().code == errc::not_found);
}
