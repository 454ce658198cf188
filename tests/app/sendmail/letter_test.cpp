#include "app/sendmail/letter.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::app;

namespace {

letter_wishes wishes(bool from_header = false) {
  return {from_header, "Ann <ann@mx.test>", "Mon, 23 Nov 2026 12:15:59 +0000", "<1@mx.test>"};
}

const std::string added = "Date: Mon, 23 Nov 2026 12:15:59 +0000\r\nFrom: Ann <ann@mx.test>\r\nMessage-ID: <1@mx.test>\r\n";

} // namespace

TEST_CASE("letter: line ends become CRLF, what is missing comes in front", "[sendmail]") {
  const auto [given, text] = GENERATE(table<std::string, std::string>({
    {"Subject: x\n\nhello\n", added + "Subject: x\r\n\r\nhello\r\n"},
    {"Subject: x\r\n y\r\n\r\nhello", added + "Subject: x\r\n y\r\n\r\nhello\r\n"},
    {"hello\nworld\n", added + "\r\nhello\r\nworld\r\n"},
    {"", added + "\r\n"},
    {"Subject: x\rTo: y\r\ra\rb", added + "Subject: x\r\nTo: y\r\n\r\na\r\nb\r\n"},
    {"From someone Mon Nov 23\nSubject: x\n\n", added + "Subject: x\r\n\r\n"},
    {"DATE: d\nfrom: f@x.test\nmessage-id : <2@x>\n\n.\n..\n", "DATE: d\r\nfrom: f@x.test\r\nmessage-id : <2@x>\r\n\r\n.\r\n..\r\n"},
    {"Subject: x\nno header\n\nz\n", added + "Subject: x\r\n\r\nno header\r\n\r\nz\r\n"},
  }));
  CAPTURE(given);
  const auto made = make_letter(given, wishes());
  REQUIRE(made);
  CHECK(made->text == text);
  CHECK(made->recipients.empty());
}

TEST_CASE("letter: recipients of the header, and nobody learns of Bcc", "[sendmail]") {
  const auto made = make_letter("To: Ann <ann@a.test>,\n bob@b.test\nBcc: eve@e.test,\n mallory@m.test\nCc: group:;\n"
                                "Subject: x\nReturn-Path: <z@z.test>\n\nBcc: in the text\n",
                                wishes(true));
  REQUIRE(made);
  std::string all;
  for (const auto& each : made->recipients)
    all += to_string(each) + ' ';
  CHECK(all == "ann@a.test bob@b.test eve@e.test mallory@m.test ");
  CHECK(made->text.find("eve") == std::string::npos);
  CHECK(made->text.find("mallory") == std::string::npos);
  CHECK(made->text.find("Return-Path") == std::string::npos);
  CHECK(made->text.find("To: Ann <ann@a.test>,\r\n bob@b.test\r\nCc: group:;\r\nSubject: x\r\n\r\nBcc: in the text\r\n")
        != std::string::npos);
}

TEST_CASE("letter: one that is sent again goes to its new recipients only", "[sendmail]") {
  const auto made = make_letter("To: ann@a.test\nResent-To: bob@b.test\nResent-Bcc: eve@e.test\n\n", wishes(true));
  REQUIRE(made);
  REQUIRE(made->recipients.size() == 2);
  CHECK(to_string(made->recipients[0]) == "bob@b.test");
  CHECK(made->text.find("eve") == std::string::npos);
}

TEST_CASE("letter: an address field that can't be read is told", "[sendmail]") {
  CHECK_FALSE(make_letter("To: <ann@a.test\n\n", wishes(true)));
  CHECK(make_letter("To: <ann@a.test\n\n", wishes(false)).ok());
}

TEST_CASE("letter: what it needs of the daemon", "[sendmail]") {
  CHECK_FALSE(make_letter("Subject: x\n\ny\n", wishes())->eight_bit);
  CHECK(make_letter("Subject: x\n\n\xc3\xbc\n", wishes())->eight_bit);
  CHECK_FALSE(make_letter("Subject: x\n\n\xc3\xbc\n", wishes())->utf8_header);
  CHECK(make_letter("Subject: \xc3\xbc\n\ny\n", wishes())->utf8_header);
}

TEST_CASE("letter: a dot alone ends it, and nothing else does", "[sendmail]") {
  CHECK(before_final_dot("a\n.\nb\n") == "a\n");
  CHECK(before_final_dot("a\r\n.\r\nb\n") == "a\r\n");
  CHECK(before_final_dot("a\n..\n.b\n") == "a\n..\n.b\n");
  CHECK(before_final_dot("a\n.") == "a\n");
  CHECK(before_final_dot(".\n").empty());
  CHECK(before_final_dot("").empty());
}

TEST_CASE("letter: a name in From is quoted or encoded as it needs", "[sendmail]") {
  CHECK(from_field("", "a@b.test") == "a@b.test");
  CHECK(from_field("Ann Lee", "a@b.test") == "Ann Lee <a@b.test>");
  CHECK(from_field("Lee, \"Ann\"", "a@b.test") == "\"Lee, \\\"Ann\\\"\" <a@b.test>");
  CHECK(from_field("J\xc3\xbcrgen", "a@b.test") == "=?utf-8?b?SsO8cmdlbg==?= <a@b.test>");
  CHECK(from_field("a\nBcc: x", "a@b.test") == "=?utf-8?b?YQpCY2M6IHg=?= <a@b.test>");
  const std::string most(44, 'a');
  CHECK(from_field(most + "\xc3\xbc", "a@b.test") == most + " <a@b.test>");
  CHECK(from_field("\xff\xfe", "a@b.test") == "a@b.test");
}
