#include "actors/policy/settle.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

queued_message mail_to(std::size_t count, std::uint8_t notify = notify_unset) {
  queued_message mail;
  mail.id = message_id{7};
  mail.received = noon;
  mail.sender = {"ann", "a.test"};
  mail.envid = "env";
  for (std::size_t i = 0; i < count; ++i) {
    mail.recipients.emplace_back();
    mail.recipients.back().to.address = {"r" + std::to_string(i), "b.test"};
    mail.recipients.back().to.notify = notify;
  }
  return mail;
}

attempt_result result_of(std::size_t recipient, outcome_kind kind, int code,
                         std::string enhanced = {}) {
  attempt_result made;
  made.recipient = recipient;
  made.what.kind = kind;
  made.what.answer = {code, std::move(enhanced), {"Because"}};
  made.what.remote = "mx.b.test [192.0.2.1]:25";
  made.what.remote_said = true;
  return made;
}

const auto fine = result_of(0, outcome_kind::delivered, 250, "2.0.0");
const auto later = result_of(0, outcome_kind::deferred, 451, "4.3.0");
const auto never = result_of(0, outcome_kind::failed, 550, "5.1.1");

settlement one(queued_message mail, attempt_result what, wall_time now = noon) {
  return settle(std::move(mail), {&what, 1}, {}, now, 0.5);
}

} // namespace

TEST_CASE("settle: a delivery finishes the message without a word", "[policy]") {
  const auto made = one(mail_to(1), fine, noon + 1s);
  CHECK(made.finished);
  CHECK(made.notices.empty());
  CHECK(made.mail.recipients[0].state == recipient_state::delivered);
  CHECK(made.mail.recipients[0].attempts == 1);
  CHECK(made.mail.recipients[0].last_attempt == noon + 1s);
  CHECK(made.mail.recipients[0].last_reply == "mx.b.test [192.0.2.1]:25 said: 250 2.0.0 Because");
  REQUIRE(made.events.size() == 1);
  CHECK(made.events[0].what == settled_as::delivered);
}

TEST_CASE("settle: a deferral is tried again by the schedule", "[policy]") {
  auto made = one(mail_to(1), later);
  CHECK_FALSE(made.finished);
  CHECK(made.mail.recipients[0].due == noon + 1min);
  made = one(std::move(made.mail), later, noon + 1min);
  CHECK(made.mail.recipients[0].due == noon + 6min);
  CHECK(made.mail.recipients[0].attempts == 2);
}

TEST_CASE("settle: what is put off counts no attempt, and is told of once for each reason",
          "[policy]") {
  auto wait = result_of(0, outcome_kind::deferred, 451, "4.4.1");
  auto made = settle_put_off(mail_to(1), {&wait, 1}, 30s, {}, noon + 1s);
  CHECK_FALSE(made.finished);
  CHECK(made.mail.recipients[0].attempts == 0);
  CHECK(made.mail.recipients[0].last_attempt == wall_time{});
  CHECK(made.mail.recipients[0].due == noon + 31s);
  CHECK(made.mail.recipients[0].last_reply == "mx.b.test [192.0.2.1]:25 said: 451 4.4.1 Because");
  REQUIRE(made.events.size() == 1);
  CHECK(made.events[0].what == settled_as::put_off);
  made = settle_put_off(std::move(made.mail), {&wait, 1}, 30s, {}, noon + 31s);
  CHECK(made.events.empty());
  wait.what.answer.lines = {"Another reason"};
  made = settle_put_off(std::move(made.mail), {&wait, 1}, 30s, {}, noon + 61s);
  CHECK(made.events.size() == 1);
}

TEST_CASE("settle: what is put off for long is told of as late, and expires in time", "[policy]") {
  const auto wait = result_of(0, outcome_kind::deferred, 451, "4.4.1");
  auto made = settle_put_off(mail_to(1), {&wait, 1}, 600s, {}, noon + 4h);
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].cause == notice_cause::delayed);
  made = settle_put_off(std::move(made.mail), {&wait, 1}, 600s, {}, noon + 5h);
  CHECK(made.notices.empty());
  made = settle_put_off(std::move(made.mail), {&wait, 1}, 600s, {}, noon + 120h - 10s);
  CHECK(made.mail.recipients[0].due == noon + 120h);
  made = settle_put_off(std::move(made.mail), {&wait, 1}, 600s, {}, noon + 120h);
  CHECK(made.finished);
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].cause == notice_cause::expired);
}

TEST_CASE("settle: what an operator held meanwhile is not put off", "[policy]") {
  auto mail = mail_to(1);
  mail.recipients[0].state = recipient_state::held;
  const auto made = settle_put_off(std::move(mail), {&later, 1}, 30s, {}, noon);
  CHECK(made.events.empty());
  CHECK(made.mail.recipients[0].state == recipient_state::held);
}

TEST_CASE("settle: failures of one settlement are one notice, others wait", "[policy]") {
  const std::vector<attempt_result> results{never, result_of(1, outcome_kind::deferred, 421),
                                            result_of(2, outcome_kind::failed, 552)};
  const auto made = settle(mail_to(3), results, {}, noon, 0.5);
  CHECK_FALSE(made.finished);
  REQUIRE(made.notices.size() == 1);
  const auto& told = made.notices[0];
  CHECK(told.cause == notice_cause::failed);
  CHECK(told.to == mailbox{"ann", "a.test"});
  CHECK(told.about == message_id{7});
  CHECK(told.envid == "env");
  REQUIRE(told.recipients.size() == 2);
  CHECK(told.recipients[0].status == "5.1.1");
  CHECK(told.recipients[0].diagnostic == "550 5.1.1 Because");
  CHECK(told.recipients[1].status == "5.0.0");
}

TEST_CASE("settle: words of our own are a reason, never a diagnostic of a remote", "[policy]") {
  auto what = never;
  what.what.remote_said = false;
  what.what.remote.clear();
  const auto made = one(mail_to(1), what);
  CHECK(made.notices.at(0).recipients[0].diagnostic.empty());
  CHECK(made.notices.at(0).recipients[0].reason == "Because");
}

TEST_CASE("settle: what is too old is given up as 4.4.7 with the last reply", "[policy]") {
  const auto made = one(mail_to(1), later, noon + 120h);
  CHECK(made.finished);
  CHECK(made.mail.recipients[0].state == recipient_state::failed);
  CHECK(made.events.at(0).what == settled_as::expired);
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].cause == notice_cause::expired);
  CHECK(made.notices[0].recipients[0].status == "4.4.7");
  CHECK(made.notices[0].recipients[0].diagnostic == "451 4.3.0 Because");
  CHECK(made.notices[0].recipients[0].reason.starts_with(
    "expired: not delivered within 5 days; last: mx.b.test"));
}

TEST_CASE("settle: refused and expired are two causes, so two notices", "[policy]") {
  const std::vector<attempt_result> results{never, result_of(1, outcome_kind::deferred, 421)};
  const auto made = settle(mail_to(2), results, {}, noon + 121h, 0.5);
  CHECK(made.finished);
  CHECK(made.notices.size() == 2);
}

TEST_CASE("settle: delay is told once, when the time has come", "[policy]") {
  auto made = one(mail_to(1), later, noon + 4h - 1s);
  CHECK(made.notices.empty());
  made = one(std::move(made.mail), later, noon + 4h);
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].cause == notice_cause::delayed);
  CHECK(made.notices[0].gives_up_at == noon + 120h);
  CHECK(made.notices[0].recipients[0].action == dsn_action::delayed);
  CHECK(made.mail.recipients[0].delay_noticed);
  CHECK(one(std::move(made.mail), later, noon + 8h).notices.empty());
}

TEST_CASE("settle: NOTIFY decides who is told what", "[policy]") {
  const auto [notify, fails, delays, succeeds] = GENERATE(table<int, bool, bool, bool>({
    {notify_unset, true, true, false},
    {notify_never, false, false, false},
    {notify_success, false, false, true},
    {notify_failure, true, false, false},
    {notify_delay, false, true, false},
    {notify_success | notify_failure | notify_delay, true, true, true},
    {notify_never | notify_failure, false, false, false},
  }));
  CAPTURE(notify);
  const auto bits = static_cast<std::uint8_t>(notify);
  CHECK(one(mail_to(1, bits), never).notices.empty() != fails);
  CHECK(one(mail_to(1, bits), later, noon + 120h).notices.empty() != fails);
  CHECK(one(mail_to(1, bits), later, noon + 5h).notices.empty() != delays);
  CHECK(one(mail_to(1, bits), fine).notices.empty() != succeeds);
  CHECK(settle_bounced(mail_to(1, bits), "no", noon).notices.empty() != fails);
}

TEST_CASE("settle: success is told by the last who knows DSN", "[policy]") {
  auto what = fine;
  SECTION("a host that knows none") {
    CHECK(one(mail_to(1, notify_success), what).notices.at(0).recipients[0].action
          == dsn_action::relayed);
  }
  SECTION("a host that knows it tells by itself") {
    what.what.takes_dsn = true;
    CHECK(one(mail_to(1, notify_success), what).notices.empty());
  }
  SECTION("the mailbox is the end, whatever it announced") {
    what.how_far = reach::arrived;
    what.what.takes_dsn = true;
    const auto made = one(mail_to(1, notify_success), what);
    CHECK(made.notices.at(0).cause == notice_cause::success);
    CHECK(made.notices.at(0).recipients[0].action == dsn_action::delivered);
    CHECK(made.notices.at(0).recipients[0].status == "2.0.0");
  }
}

TEST_CASE("settle: a notice about mail with REQUIRETLS has its wish, and headers only", "[policy]") {
  auto mail = mail_to(1);
  mail.ret = dsn_return::full;
  mail.tls = tls_wish::required;
  const auto made = one(mail, never);
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].tls == tls_wish::required);
  CHECK(made.notices[0].ret == dsn_return::headers);
  mail.tls = tls_wish::optional;
  CHECK(one(mail, never).notices.at(0).ret == dsn_return::full);
}

TEST_CASE("settle: mail from the null sender never causes mail", "[policy]") {
  auto mail = mail_to(1, notify_success | notify_failure | notify_delay);
  mail.sender = {};
  CHECK(one(mail, never).notices.empty());
  CHECK(one(mail, fine).notices.empty());
  CHECK(one(mail, later, noon + 5h).notices.empty());
  CHECK(one(mail, later, noon + 120h).notices.empty());
  CHECK(settle_bounced(mail, "no", noon).notices.empty());
  CHECK(one(mail, never).finished);
}

TEST_CASE("settle: late, double and foreign results change nothing", "[policy]") {
  auto mail = mail_to(2);
  mail.recipients[0].state = recipient_state::removed;
  const std::vector<attempt_result> results{never, result_of(1, outcome_kind::deferred, 451),
                                            result_of(1, outcome_kind::failed, 550),
                                            result_of(99, outcome_kind::failed, 550)};
  const auto made = settle(mail, results, {}, noon, 0.5);
  CHECK(made.mail.recipients[0] == mail.recipients[0]);
  CHECK(made.mail.recipients[1].attempts == 1);
  CHECK(made.mail.recipients[1].state == recipient_state::queued);
  CHECK(made.notices.empty());
  CHECK(made.events.size() == 1);
  CHECK(settle(mail_to(1), {}, {}, noon, 0.5).events.empty());
  const std::vector<attempt_result> twice{never, never};
  CHECK(settle(mail_to(1), twice, {}, noon, 0.5).notices.at(0).recipients.size() == 1);
}

TEST_CASE("settle: what an operator held while it was in hand stays held, unless it is through",
          "[policy]") {
  auto mail = mail_to(1);
  mail.recipients[0].state = recipient_state::held;
  CHECK(one(mail, later, noon + 500h).mail.recipients[0].state == recipient_state::held);
  CHECK(one(mail, fine).mail.recipients[0].state == recipient_state::delivered);
  CHECK(one(mail, never).mail.recipients[0].state == recipient_state::failed);
}

TEST_CASE("settle: replies are kept on one line and within the bound", "[policy]") {
  auto what = later;
  what.what.answer.lines = {"one\r\nBcc: x", std::string(10'000, 'y')};
  what.what.remote = "mx\r\nX: y";
  const auto made = one(mail_to(1), what, noon + 5h);
  const auto& reply = made.mail.recipients[0].last_reply;
  CHECK(reply.size() <= last_reply_bytes_max);
  CHECK(reply.find_first_of("\r\n") == reply.npos);
  CHECK(made.notices.at(0).recipients[0].diagnostic.size() <= last_reply_bytes_max);
}

TEST_CASE("settle: a clock that was set back makes mail young, not immortal or dead", "[policy]") {
  const auto made = one(mail_to(1), later, noon - 1000h);
  CHECK(made.mail.recipients[0].due == noon - 1000h + 1min);
}

TEST_CASE("interrupted: due at once, and held at the second crash", "[policy]") {
  const std::vector<std::size_t> both{0, 1, 1, 9};
  auto made = settle_interrupted(mail_to(3), both, "segment\nfault", {}, noon);
  CHECK(made.mail.recipients[0].crashes == 1);
  CHECK(made.mail.recipients[1].crashes == 1);
  CHECK(made.mail.recipients[2].crashes == 0);
  CHECK(made.mail.recipients[0].due == noon);
  CHECK(made.mail.recipients[0].attempts == 0);
  const std::vector<std::size_t> first{0};
  made = settle_interrupted(std::move(made.mail), first, "again", {}, noon);
  CHECK(made.mail.recipients[0].state == recipient_state::held);
  CHECK(made.mail.hold_reason == "its delivery crashed 2 times: again");
  CHECK(made.events.at(0).what == settled_as::held);
  CHECK_FALSE(made.finished);
  CHECK(made.notices.empty());
}

TEST_CASE("interrupted: a proper result in between forgives the crash", "[policy]") {
  const std::vector<std::size_t> first{0};
  auto made = settle_interrupted(mail_to(1), first, "x", {}, noon);
  made = one(std::move(made.mail), later);
  made = settle_interrupted(std::move(made.mail), first, "x", {}, noon);
  CHECK(made.mail.recipients[0].state == recipient_state::queued);
}

TEST_CASE("held and bounced by order", "[policy]") {
  const std::vector<std::size_t> first{0};
  auto made = settle_held(mail_to(2), first, "rule 3", noon);
  CHECK(made.mail.recipients[0].state == recipient_state::held);
  CHECK(made.mail.recipients[1].state == recipient_state::queued);
  CHECK(made.mail.hold_reason == "rule 3");
  made = settle_bounced(std::move(made.mail), "the operator said so", noon);
  CHECK(made.finished);
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].recipients.size() == 2);
  CHECK(made.notices[0].recipients[0].reason == "the operator said so");
  CHECK(made.notices[0].recipients[0].status == "5.0.0");
}
