#include "actors/policy/dsn_writer.hpp"
#include "tests/support/dsn_shape.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};
const std::string letter = "From: ann@a.test\r\nSubject: Hello\r\n\r\nDear Bob,\r\n.\r\nbye\r\n";

notice some_notice(notice_cause cause = notice_cause::failed) {
  notice what;
  what.cause = cause;
  what.about = message_id{7};
  what.to = {"ann", "a.test"};
  what.received = noon - 1h;
  what.gives_up_at = noon + 48h;
  what.envid = "QQ314159";
  notice_recipient bob;
  bob.to.address = {"bob", "b.test"};
  bob.to.orcpt = "rfc822;bob@alias.test";
  bob.status = "5.1.1";
  bob.remote = "mx.b.test [192.0.2.1]:25";
  bob.diagnostic = "550 5.1.1 No such user";
  bob.reason = "mx.b.test [192.0.2.1]:25 said: 550 5.1.1 No such user";
  bob.last_attempt = noon;
  what.recipients.push_back(bob);
  return what;
}

written_notice write(const notice& what, std::string_view original = letter) {
  return write_dsn(what, {"mx1.test", "postmaster"}, {original, original.size()}, message_id{9},
                   noon);
}

} // namespace

TEST_CASE("dsn: a bounce has the three parts of RFC 3464", "[policy]") {
  const auto written = write(some_notice());
  const auto shape = support::shape_of(written.bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(shape.header("From") == "Mail Delivery System <MAILER-DAEMON@mx1.test>");
  CHECK(shape.header("To") == "<ann@a.test>");
  CHECK(shape.header("Auto-Submitted") == "auto-replied");
  CHECK(shape.header("Content-Type")
          .starts_with("multipart/report; report-type=delivery-status; boundary="));
  CHECK(shape.header("Content-Transfer-Encoding") == "7bit");
  CHECK(shape.parts[0].find("No such user") != std::string::npos);
  const auto groups = support::status_groups(shape.parts[1]);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0]
        == std::vector<std::string>{"Original-Envelope-Id: QQ314159",
                                    "Reporting-MTA: dns; mx1.test",
                                    "Arrival-Date: Mon, 23 Nov 2026 11:00:00 +0000"});
  CHECK(groups[1]
        == std::vector<std::string>{"Original-Recipient: rfc822;bob@alias.test",
                                    "Final-Recipient: rfc822; bob@b.test", "Action: failed",
                                    "Status: 5.1.1", "Remote-MTA: dns; mx.b.test",
                                    "Diagnostic-Code: smtp; 550 5.1.1 No such user",
                                    "Last-Attempt-Date: Mon, 23 Nov 2026 12:00:00 +0000"});
  CHECK(shape.parts[2].find("Content-Type: message/rfc822\r\n") != std::string::npos);
  CHECK(shape.parts[2].find("\r\n\r\n" + letter) != std::string::npos);
}

TEST_CASE("dsn: goes from nobody to the sender, and asks for no notice", "[policy]") {
  auto what = some_notice();
  what.priority = 3;
  const auto mail = write(what).mail;
  CHECK(mail.sender.is_null());
  REQUIRE(mail.recipients.size() == 1);
  CHECK(mail.recipients[0].address == mailbox{"ann", "a.test"});
  CHECK(mail.recipients[0].notify == notify_never);
  CHECK(mail.body == body_type::seven_bit);
  CHECK_FALSE(mail.smtputf8);
  CHECK(mail.priority == 3);
}

TEST_CASE("dsn: a delay says until when, and gives headers back", "[policy]") {
  auto what = some_notice(notice_cause::delayed);
  what.recipients[0].action = dsn_action::delayed;
  what.recipients[0].status = "4.3.0";
  what.ret = dsn_return::full;
  const auto shape = support::shape_of(write(what).bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(support::status_groups(shape.parts[1])[1].back()
        == "Will-Retry-Until: Wed, 25 Nov 2026 12:00:00 +0000");
  CHECK(shape.parts[2].find("text/rfc822-headers") != std::string::npos);
  CHECK(shape.parts[2].find("Dear Bob") == std::string::npos);
  CHECK(shape.parts[2].ends_with("\r\n\r\nFrom: ann@a.test\r\nSubject: Hello\r\n"));
}

TEST_CASE("dsn: only headers go back when asked, or where the whole is too much or not in order",
          "[policy]") {
  auto what = some_notice();
  std::string original = letter;
  SECTION("RET=HDRS") {
    what.ret = dsn_return::headers;
  }
  SECTION("success") {
    what.cause = notice_cause::success;
  }
  SECTION("large") {
    while (original.size() <= dsn_original_bytes_max)
      original += "more\r\n";
  }
  SECTION("a bare LF") {
    original += "x\ny\r\n";
  }
  SECTION("a bare CR") {
    original += "x\ry\r\n";
  }
  SECTION("NUL") {
    original += std::string{"x\0\r\n", 4};
  }
  SECTION("a long line") {
    original += std::string(999, 'x') + "\r\n";
  }
  SECTION("a long last line") {
    original += std::string(999, 'x');
  }
  const auto shape = support::shape_of(write(what, original).bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(shape.parts[2].ends_with("\r\n\r\nFrom: ann@a.test\r\nSubject: Hello\r\n"));
}

TEST_CASE("dsn: of a large original the first bytes are enough", "[policy]") {
  const auto written = write_dsn(some_notice(), {"mx1.test", "postmaster"}, {letter, 30'000'000},
                                 message_id{9}, noon);
  CHECK(support::shape_of(written.bytes).parts.at(2).ends_with("Subject: Hello\r\n"));
}

TEST_CASE("dsn: a line of 998 octets is still whole, and a missing last CRLF is made", "[policy]") {
  const auto original = "A: b\r\n\r\n" + std::string(998, 'x');
  const auto shape = support::shape_of(write(some_notice(), original).bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(shape.parts[2].ends_with(original + "\r\n"));
}

TEST_CASE("dsn: 8-bit is declared", "[policy]") {
  const auto written = write(some_notice(), "Subject: x\r\n\r\n\xFC\r\n");
  const auto shape = support::shape_of(written.bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(shape.header("Content-Transfer-Encoding") == "8bit");
  CHECK(shape.parts[2].find("Content-Transfer-Encoding: 8bit") != std::string::npos);
  CHECK(written.mail.body == body_type::eight_bit_mime);
  CHECK_FALSE(written.mail.smtputf8);
}

TEST_CASE("dsn: addresses beyond ASCII use the types of RFC 6533", "[policy]") {
  auto what = some_notice();
  what.smtputf8 = true;
  what.to = {"\xC3\xA4nn", "a.test"};
  what.recipients[0].to.address = {"b\xC3\xB6"
                                   "b",
                                   "b.test"};
  const auto written = write(what, "Subject: gr\xC3\xBC\xC3\x9F\r\n\r\nx\r\n");
  const auto shape = support::shape_of(written.bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(written.mail.smtputf8);
  CHECK(shape.parts[1].find("message/global-delivery-status") != std::string::npos);
  CHECK(shape.parts[1].find("Final-Recipient: utf-8; b\xC3\xB6"
                            "b@b.test\r\n")
        != std::string::npos);
  CHECK(shape.parts[2].find("message/global\r\n") != std::string::npos);
}

TEST_CASE("dsn: nothing a remote or a sender says can start a field or a part", "[policy]") {
  auto what = some_notice();
  const std::string evil = "x\r\nBcc: all@x.test\r\n\r\n--=_0000000000009.0--\r\n";
  what.envid = evil;
  what.to = {evil, "a.test"};
  auto& bob = what.recipients[0];
  bob.to.address = {evil, evil};
  bob.to.orcpt = "rfc822;" + evil;
  bob.remote = evil;
  bob.diagnostic = evil;
  bob.reason = evil + std::string(5000, 'z');
  const auto shape = support::shape_of(write(what, evil).bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(shape.header("Content-Type").find("=_0000000000009.1") != std::string::npos);
  for (const auto& group : support::status_groups(shape.parts[1]))
    for (const auto& field : group)
      CHECK_FALSE(field.starts_with("Bcc"));
}

TEST_CASE("dsn: the address of a remote stands in where it has no name", "[policy]") {
  auto what = some_notice();
  what.recipients[0].remote = "[2001:db8::1]:25";
  CHECK(write(what).bytes.find("Remote-MTA: dns; [2001:db8::1]\r\n") != std::string::npos);
  what.recipients[0].diagnostic.clear();
  CHECK(write(what).bytes.find("Remote-MTA") == std::string::npos);
}

TEST_CASE("dsn: a thousand recipients are all in the report, the text names some", "[policy]") {
  auto what = some_notice();
  what.recipients.resize(1000, what.recipients[0]);
  const auto shape = support::shape_of(write(what).bytes);
  REQUIRE(shape.flaw.empty());
  CHECK(support::status_groups(shape.parts[1]).size() == 1001);
  CHECK(shape.parts[0].find("and 980 more") != std::string::npos);
}
