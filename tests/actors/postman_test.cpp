#include "actors/postman.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace troupe;
using namespace troupe::actors;
namespace fs = std::filesystem;

namespace {

struct foreman_notes {
  std::vector<attempt_ended> attempts;
  std::vector<std::string> order;
};

foreman_actor::behavior_type fake_foreman(foreman_actor::pointer,
                                          std::shared_ptr<foreman_notes> notes) {
  return {
    [notes](const attempt_ended& x) {
      notes->attempts.push_back(x);
      notes->order.emplace_back("attempt_ended");
    },
    [notes](const session_opened&) { notes->order.emplace_back("session_opened"); },
    [notes](const session_ended&) { notes->order.emplace_back("session_ended"); },
  };
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> all;
  if (fs::exists(folder))
    for (const auto& each : fs::directory_iterator{folder})
      all.push_back(each.path().string());
  return all;
}

std::string read(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

struct stage : support::actor_fixture {
  support::temp_folder folder;
  std::string via = "maildir:" + folder / "mail/{domain}/{user}";
  std::shared_ptr<foreman_notes> notes = std::make_shared<foreman_notes>();
  foreman_actor foreman = sys.spawn(fake_foreman, notes);
  worker_actor man;

  stage() {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(foreman));
    man = spawn<postman>(home, "/outbound/postman/1", "mx.test", foreman);
    settle();
  }

  lease_ptr lease_of(const std::vector<mailbox>& recipients) const {
    auto mail = support::sample_mail(1, 0);
    mail.recipients.clear();
    std::vector<std::size_t> all;
    for (const auto& each : recipients) {
      all.push_back(mail.recipients.size());
      mail.recipients.emplace_back().to.address = each;
    }
    return std::make_shared<const lease>(
      lease{std::make_shared<const queued_message>(std::move(mail)),
            support::sample_body("Subject: hi\r\n\r\ntext\r\n"),
            all,
            *policy::parse_via(via),
            {},
            {}});
  }

  void hand_over(const lease_ptr& what) {
    self->send<caf::message_priority::high>(man, deliver{what});
  }

  /// Hands it over alone; what became of its recipients, in their order.
  std::vector<outcome> outcomes_of(const lease_ptr& what) {
    hand_over(what);
    settle();
    REQUIRE(notes->attempts.size() == 1);
    const auto& attempt = notes->attempts[0].attempt;
    CHECK(attempt.what == what);
    CHECK(attempt.end == attempt_end::made);
    REQUIRE(attempt.results.size() == what->recipients.size());
    std::vector<outcome> all(what->mail->recipients.size());
    for (const auto& each : attempt.results) {
      CHECK(each.how_far == policy::reach::arrived);
      all.at(each.recipient) = each.what;
    }
    return all;
  }

  std::string place_of(const std::string& name) const { return folder / ("mail/" + name); }
};

} // namespace

TEST_CASE_METHOD(stage, "postman: a letter is one file in new, with its trace and lines of files",
                 "[actors]") {
  const auto all = outcomes_of(lease_of({{"bob", "Example.org"}}));
  CHECK(all[0].kind == outcome_kind::delivered);
  CHECK(all[0].answer.code == 250);
  const auto letters = files_in(place_of("example.org/bob/new"));
  REQUIRE(letters.size() == 1);
  CHECK(read(letters[0])
        == "Return-Path: <ann@example.net>\n"
           "Delivered-To: bob@Example.org\n"
           "Subject: hi\n"
           "\n"
           "text\n");
  CHECK(all[0].remote == "maildir:" + letters[0]);
  CHECK(files_in(place_of("example.org/bob/tmp")).empty());
  CHECK(notes->attempts[0].news == host_news::fine);
  CHECK(notes->attempts[0].session_goes_on);
  CHECK(notes->order == std::vector<std::string>{"session_opened", "attempt_ended"});
}

TEST_CASE_METHOD(stage, "postman: two recipients find it in two folders, each with its own name",
                 "[actors]") {
  const auto all = outcomes_of(lease_of({{"bob", "example.org"}, {"ann", "example.org"}}));
  CHECK(all[0].kind == outcome_kind::delivered);
  CHECK(all[1].kind == outcome_kind::delivered);
  for (const std::string name : {"bob", "ann"}) {
    const auto letters = files_in(place_of("example.org/" + name + "/new"));
    REQUIRE(letters.size() == 1);
    CHECK(read(letters[0]).find("\nDelivered-To: " + name + "@example.org\n") != std::string::npos);
  }
}

TEST_CASE_METHOD(stage, "postman: two recipients of one folder have a copy each", "[actors]") {
  via = "maildir:" + folder / "mail/all";
  const auto all = outcomes_of(lease_of({{"bob", "example.org"}, {"ann", "example.org"}}));
  CHECK(all[0].remote != all[1].remote);
  CHECK(files_in(place_of("all/new")).size() == 2);
}

TEST_CASE_METHOD(stage, "postman: only recipients of the lease get it", "[actors]") {
  auto some = std::make_shared<lease>(*lease_of({{"bob", "example.org"}, {"ann", "example.org"}}));
  some->recipients = {1};
  const auto all = outcomes_of(some);
  CHECK(all[1].kind == outcome_kind::delivered);
  CHECK_FALSE(fs::exists(place_of("example.org/bob")));
}

TEST_CASE_METHOD(stage, "postman: a folder that cannot be made is tried again later, alone",
                 "[actors]") {
  fs::create_directories(place_of("example.org"));
  std::ofstream(place_of("example.org/bob")) << "in its place";
  const auto all = outcomes_of(lease_of({{"bob", "example.org"}, {"ann", "example.org"}}));
  CHECK(all[0].kind == outcome_kind::deferred);
  CHECK(all[0].answer.is_transient());
  CHECK(all[0].answer.enhanced == "4.2.0");
  CHECK(all[1].kind == outcome_kind::delivered);
  CHECK(read(place_of("example.org/bob")) == "in its place");
}

TEST_CASE_METHOD(stage, "postman: a body that is gone is deferred, and leaves no file",
                 "[actors]") {
  auto lost = std::make_shared<lease>(*lease_of({{"bob", "example.org"}}));
  body gone;
  gone.size = 100'000;
  gone.file = folder / "gone";
  lost->body = std::make_shared<const body>(gone);
  const auto all = outcomes_of(lost);
  CHECK(all[0].kind == outcome_kind::deferred);
  CHECK(files_in(place_of("example.org/bob/new")).empty());
  CHECK(files_in(place_of("example.org/bob/tmp")).empty());
}

TEST_CASE_METHOD(stage, "postman: no name leads out of the template", "[actors]") {
  const auto name = GENERATE("../x", "..", ".", "/x", "../../x", "a/../../../x");
  CAPTURE(name);
  const auto all = outcomes_of(lease_of({{name, "example.org"}}));
  REQUIRE(all[0].kind == outcome_kind::delivered);
  CHECK(files_in(folder.path()) == std::vector<std::string>{folder / "mail"});
  CHECK(files_in(place_of("")).size() == 1);
  const auto made = files_in(place_of("example.org"));
  REQUIRE(made.size() == 1);
  CHECK(files_in(made[0] + "/new").size() == 1);
}

TEST_CASE_METHOD(stage, "postman: a name that no folder can have is refused for good", "[actors]") {
  const auto all = outcomes_of(lease_of({{"postmaster", ""}, {"bob", "example.org"}}));
  CHECK(all[0].kind == outcome_kind::failed);
  CHECK(all[0].answer.is_permanent());
  CHECK(all[1].kind == outcome_kind::delivered);
}

TEST_CASE_METHOD(stage, "postman: told to leave, it answers what is in hand and ends", "[actors]") {
  self->monitor(man);
  hand_over(lease_of({{"bob", "example.org"}}));
  hand_over(lease_of({{"ann", "example.org"}}));
  self->send<caf::message_priority::high>(man, leave{});
  settle();
  CHECK(notes->order
        == std::vector<std::string>{"session_opened", "attempt_ended", "attempt_ended",
                                    "session_ended"});
  for (const auto& each : notes->attempts) {
    CHECK_FALSE(each.session_goes_on);
    CHECK(each.attempt.results.at(0).what.kind == outcome_kind::delivered);
  }
  CHECK(files_in(place_of("example.org/bob/new")).size() == 1);
  CHECK(files_in(place_of("example.org/ann/new")).size() == 1);
  REQUIRE(self->mailbox().size() == 1);
  self->receive([](caf::down_msg& x) { CHECK(x.reason == caf::exit_reason::normal); });
}

TEST_CASE_METHOD(stage, "postman: without anything in hand it just ends", "[actors]") {
  self->monitor(man);
  self->send<caf::message_priority::high>(man, leave{});
  settle();
  CHECK(notes->order == std::vector<std::string>{"session_opened", "session_ended"});
  CHECK(self->mailbox().size() == 1);
}

TEST_CASE_METHOD(stage, "postman: a full hand is emptied at once, whatever else waits",
                 "[actors]") {
  for (std::size_t i = 0; i < postman_prefetch_max; ++i)
    hand_over(lease_of({{"bob", "example.org"}}));
  self->send<caf::message_priority::high>(man, leave{});
  settle();
  REQUIRE(notes->attempts.size() == postman_prefetch_max);
  CHECK(notes->attempts.back().session_goes_on); // answered before it read that it should go
  CHECK(files_in(place_of("example.org/bob/new")).size() == postman_prefetch_max);
}
