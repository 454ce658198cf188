#include "actors/policy/received_header.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

trace some_trace() {
  trace what;
  what.helo = "client.test";
  what.peer = *parse_ip_address("192.0.2.7");
  what.hostname = "mx.test";
  what.id = message_id{1};
  what.now = noon;
  return what;
}

} // namespace

TEST_CASE("received: one field, folded, as RFC 5321 wants it", "[policy]") {
  auto what = some_trace();
  const mailbox bob{"bob", "local.test"};
  what.only_recipient = &bob;
  CHECK(received_header(what)
        == "Received: from client.test (unknown [192.0.2.7])\r\n"
           "\tby mx.test with ESMTP\r\n"
           "\tid 0000000000001\r\n"
           "\tfor <bob@local.test>;\r\n"
           "\tMon, 23 Nov 2026 12:00:00 +0000\r\n");
}

TEST_CASE("received: TLS has a clause, a pipe and IPv6 are named", "[policy]") {
  auto what = some_trace();
  what.peer = *parse_ip_address("2001:db8::1");
  what.protocol.tls = true;
  what.tls_version = "TLSv1.3 (evil\r\nX: y";
  what.tls_cipher = "TLS_AES_256_GCM_SHA384";
  const auto field = received_header(what);
  CHECK(field.find("(unknown [IPv6:2001:db8::1])") != field.npos);
  CHECK(field.find(" with ESMTPS\r\n\tid ") != field.npos);
  CHECK(field.find("\r\n\ttls TLS_AES_256_GCM_SHA384 (TLSv1.3??evil?X:?y);\r\n") == field.npos);
  CHECK(field.find("\r\n\ttls TLS_AES_256_GCM_SHA384 (TLSv1.3??evil?X??y);\r\n") != field.npos);
  CHECK(field.find("for <") == field.npos);
  what.peer = {};
  CHECK(received_header(what).find("(unix socket)") != std::string::npos);
}

TEST_CASE("received: a hostile HELO stays one harmless word", "[policy]") {
  const auto helo
    = GENERATE(as<std::string>{}, "", "a\r\nBcc: all@x", "a (b) c", "\"quoted\\\"", "\xFF\xFE",
               "from x by y; Thu", std::string(5000, 'h'), std::string{"a\0b", 3});
  auto what = some_trace();
  what.helo = helo;
  const auto field = received_header(what);
  CHECK(field.starts_with("Received: from "));
  const auto word_end = field.find(' ', 15);
  CHECK(word_end > 15);
  CHECK(field.substr(word_end).starts_with(" (unknown [192.0.2.7])\r\n"));
  for (std::size_t from = 0; from < field.size();) {
    const auto end = field.find("\r\n", from);
    REQUIRE(end != field.npos);
    CHECK(end - from <= 998);
    CHECK((from == 0 || field[from] == '\t'));
    from = end + 2;
  }
}

TEST_CASE("received: the protocol is named by RFC 3848 and RFC 6531", "[policy]") {
  CHECK(with_protocol({.extended = false}) == "SMTP");
  CHECK(with_protocol({}) == "ESMTP");
  CHECK(with_protocol({.tls = true}) == "ESMTPS");
  CHECK(with_protocol({.authenticated = true}) == "ESMTPA");
  CHECK(with_protocol({.tls = true, .authenticated = true}) == "ESMTPSA");
  CHECK(with_protocol({.smtputf8 = true}) == "UTF8SMTP");
  CHECK(with_protocol({.tls = true, .smtputf8 = true}) == "UTF8SMTPS");
  CHECK(with_protocol({.lmtp = true, .tls = true}) == "LMTPS");
  CHECK(with_protocol({.lmtp = true, .smtputf8 = true}) == "UTF8LMTP");
}

TEST_CASE("return path: the sender, or none", "[policy]") {
  CHECK(return_path_header({"ann", "a.test"}) == "Return-Path: <ann@a.test>\r\n");
  CHECK(return_path_header({}) == "Return-Path: <>\r\n");
  CHECK(return_path_header({"a\r\nX: y", "a.test"}).find("\r\nX") == std::string::npos);
}

TEST_CASE("client name: HELO and address", "[policy]") {
  CHECK(client_name("swaks.example", *parse_ip_address("192.0.2.7"))
        == "swaks.example [192.0.2.7]");
  CHECK(client_name("", {}) == "unknown [unix]");
}
