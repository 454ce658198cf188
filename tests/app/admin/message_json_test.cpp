#include "app/admin/message_json.hpp"
#include "tests/support/queue_samples.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace std::chrono_literals;
using namespace troupe;
using support::sample_mail;

TEST_CASE("message json: bytes that are no text and control characters leave as ASCII", "[admin]") {
  auto mail = sample_mail(1, 10);
  mail.recipients[0].last_reply = "550 \x1b[31m \xff \xc2\x9b \xc3\xb6 \x7f";
  const auto text = app::dump(app::message_json(mail, 0, mail.received));
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  const auto back = app::json::parse(text);
  CHECK(back["recipients"][0]["last_reply"] == "550 \x1b[31m \xef\xbf\xbd \xc2\x9b \xc3\xb6 \x7f");
}

TEST_CASE("message json: times are relative to now, and never negative", "[admin]") {
  auto mail = sample_mail(7, 10);
  mail.recipients[0].attempts = 1;
  mail.recipients[0].due = mail.received + 90s;
  auto shown = app::message_json(mail, 3, mail.received + 30s);
  CHECK(shown["id"] == "0000000000007");
  CHECK(shown["state"] == "deferred");
  CHECK(shown["shard"] == 3);
  CHECK(shown["age_seconds"] == 30);
  CHECK(shown["recipients"][0]["next_attempt_seconds"] == 60);
  shown = app::message_json(mail, 3, mail.received + 1h);
  CHECK(shown["recipients"][0]["next_attempt_seconds"] == 0);
}

TEST_CASE("message json: a list names the first recipients and counts the rest", "[admin]") {
  auto mail = sample_mail(1, 10);
  mail.recipients.resize(50, mail.recipients[0]);
  mail.recipients[0].state = recipient_state::delivered;
  const auto row = app::list_message(mail, 0);
  CHECK(row.to.size() == app::listed_recipients_max);
  CHECK(row.recipients == 49);
  CHECK(app::list_json(row, 0, mail.received)["recipients"] == 49);
}

TEST_CASE("errors: each has a status, a code and a message", "[admin]") {
  const auto said = app::refuse({errc::not_found, "not in the queue"});
  CHECK(said.status == 404);
  CHECK(app::json::parse(said.body)["error"]
        == app::json{{"code", "not_found"}, {"message", "not in the queue"}});
  CHECK(app::refuse({errc::timed_out, {}}).status == 504);
  CHECK(app::refuse({errc::worker_lost, {}}).status == 503);
}
