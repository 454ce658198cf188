// What dialogues can't show: writes under way, large envelopes, bounds, options.

#include "net/core/expect.hpp"
#include "net/smtp/client_session.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace troupe;
using namespace troupe::smtp;
using namespace std::chrono_literals;

namespace {

constexpr steady_time start{};
constexpr std::string_view pipelining = "220 mx\r\n", offers = "250-mx\r\n250 PIPELINING\r\n";

transaction mail_to(std::size_t recipients, std::uint64_t token = 1) {
  transaction what;
  what.token = token;
  what.mail.sender = {"ann", "example.net"};
  for (std::size_t i = 0; i < recipients; ++i)
    what.mail.recipients.push_back({{"user" + std::to_string(i), "example.org"}, "", notify_unset});
  return what;
}

/// All that `session` wants written now, as if the socket took it at once.
std::string all_written(client_session& session, steady_time now = start) {
  std::string bytes;
  while (auto todo = session.next()) {
    if (const auto* write = std::get_if<write_bytes>(&*todo)) {
      bytes += write->bytes;
      session.wrote(now);
    }
  }
  return bytes;
}

template <class Action>
Action only(client_session& session) {
  auto todo = session.next();
  REQUIRE(todo);
  REQUIRE(std::holds_alternative<Action>(*todo));
  return std::get<Action>(*todo);
}

struct ready_session {
  client_options options;
  client_session session{options, "mx", start};

  ready_session() {
    session.receive(pipelining, start);
    (void)all_written(session);
    session.receive(offers, start);
    (void)all_written(session);
    REQUIRE(session.is_idle());
  }

  /// Up to want_body.
  void begin_body() {
    session.begin(mail_to(1), start);
    (void)all_written(session);
    session.receive("250 Ok\r\n250 Ok\r\n354 Go\r\n", start);
    (void)only<want_body>(session);
  }
};

std::size_t lines_with(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    ++n;
  return n;
}

} // namespace

TEST_CASE("client session: a view given to the socket lives until it is written", "[smtp]") {
  ready_session peer;
  peer.begin_body();
  peer.session.supply_body(1, "one\r\n", piece::more_follow, start);
  const auto first = only<write_bytes>(peer.session).bytes;

  // One more piece may be had while that one is under way, and no third.
  CHECK(only<want_body>(peer.session).token == 1);
  peer.session.supply_body(1, "two\r\n", piece::more_follow, start);
  CHECK_FALSE(peer.session.next());
  CHECK(first == "one\r\n");

  peer.session.wrote(start);
  CHECK(only<write_bytes>(peer.session).bytes == "two\r\n");
  CHECK(only<want_body>(peer.session).token == 1);
}

TEST_CASE("client session: the view outlives a session that fails under it", "[smtp]") {
  ready_session peer;
  peer.begin_body();
  peer.session.supply_body(1, "one\r\n", piece::more_follow, start);
  const auto first = only<write_bytes>(peer.session).bytes;
  peer.session.receive("421 Bye\r\n", start);
  (void)all_written(peer.session);
  CHECK(first == "one\r\n");
}

TEST_CASE("client session: a verdict before the last piece has left is none", "[smtp]") {
  ready_session peer;
  peer.begin_body();
  peer.session.supply_body(1, "one\r\n", piece::more_follow, start);
  (void)only<write_bytes>(peer.session);
  (void)only<want_body>(peer.session);
  peer.session.supply_body(1, "two\r\n", piece::last, start);
  peer.session.receive("250 Kept\r\n", start);
  CHECK(only<session_failed>(peer.session).kind == session_failure::protocol_error);
  CHECK(only<transaction_done>(peer.session).outcomes.at(0).kind == outcome_kind::deferred);
}

TEST_CASE("client session: a peer that stops reading the body is given up", "[smtp]") {
  ready_session peer;
  peer.begin_body();
  CHECK(peer.session.deadline() == steady_time::max()); // the owner's turn
  peer.session.supply_body(1, "one\r\n", piece::last, start + 1h);
  (void)only<write_bytes>(peer.session);
  CHECK(peer.session.deadline() == start + 1h + 180s);
  peer.session.tick(start + 1h + 179s);
  CHECK_FALSE(peer.session.next());
  peer.session.tick(start + 1h + 180s);
  const auto why = only<session_failed>(peer.session);
  CHECK(why.kind == session_failure::timed_out);
  CHECK(why.answer.lines.at(0) == "Timed out while sending the message");
}

TEST_CASE("client session: bytes that went out are progress", "[smtp]") {
  ready_session peer;
  peer.begin_body();
  peer.session.supply_body(1, "one\r\n", piece::last, start);
  (void)only<write_bytes>(peer.session);
  peer.session.wrote(start + 100s);
  CHECK(peer.session.deadline() == start + 100s + 600s);
}

TEST_CASE("client session: a thousand recipients leave in groups", "[smtp]") {
  ready_session peer;
  peer.session.begin(mail_to(1000), start);
  std::string sent;
  while (auto todo = peer.session.next()) {
    const auto bytes = std::get<write_bytes>(*todo).bytes;
    CHECK(bytes.size() < command_group_bytes_max + 1024);
    sent += bytes;
    peer.session.wrote(start);
  }
  CHECK(lines_with(sent, "RCPT TO:") == 1000);
  CHECK(sent.ends_with("DATA\r\n"));

  std::string answers = "250 Ok\r\n";
  for (int i = 0; i < 1000; ++i)
    answers += i % 3 == 0 ? "550 No\r\n" : "250 Ok\r\n";
  peer.session.receive(answers + "354 Go\r\n", start);
  (void)only<want_body>(peer.session);
  peer.session.supply_body(1, "Hi\r\n", piece::last, start);
  (void)all_written(peer.session);
  peer.session.receive("250 Kept\r\n", start);
  const auto done = only<transaction_done>(peer.session);
  REQUIRE(done.outcomes.size() == 1000);
  for (std::size_t i = 0; i < 1000; ++i)
    CHECK(done.outcomes[i].kind == (i % 3 == 0 ? outcome_kind::failed : outcome_kind::delivered));
}

TEST_CASE("client session: MAIL refused early spares the rest of a long envelope", "[smtp]") {
  ready_session peer;
  peer.session.begin(mail_to(1000), start);
  const auto first = std::string{only<write_bytes>(peer.session).bytes};
  std::string answers = "550 No\r\n";
  for (std::size_t i = 0; i < lines_with(first, "RCPT"); ++i)
    answers += "503 MAIL first\r\n";
  peer.session.receive(answers, start);
  peer.session.wrote(start);
  CHECK(only<transaction_done>(peer.session).outcomes.size() == 1000);
  CHECK_FALSE(peer.session.next());
  CHECK(peer.session.is_idle());
}

TEST_CASE("client session: two are inside at most", "[smtp]") {
  ready_session peer;
  peer.session.begin(mail_to(1, 1), start);
  CHECK(peer.session.can_begin());
  peer.session.begin(mail_to(1, 2), start);
  CHECK_FALSE(peer.session.can_begin());
  CHECK_THROWS_AS(peer.session.begin(mail_to(1, 3), start), broken_expectation);
  peer.session.disconnected();
  CHECK_FALSE(peer.session.can_begin());
}

TEST_CASE("client session: ends that the owner does not pull are bounded", "[smtp]") {
  client_options options;
  client_session session{options, "mx", start};
  session.receive("220 mx\r\n", start);
  (void)all_written(session);
  session.receive("250-mx\r\n250 SIZE 1\r\n", start);
  auto large = mail_to(1);
  large.body_bytes = 2;
  int begun = 0;
  for (; session.can_begin() && begun < 100; ++begun)
    session.begin(large, start);
  CHECK(begun < 5);
}

TEST_CASE("client session: a piece beyond the bound is a bug", "[smtp]") {
  ready_session peer;
  peer.begin_body();
  const std::string large(body_piece_bytes_max + 1, 'x');
  CHECK_THROWS_AS(peer.session.supply_body(1, large, piece::last, start), broken_expectation);
}

TEST_CASE("client session: what is asked after the end is nothing", "[smtp]") {
  ready_session peer;
  peer.session.disconnected();
  CHECK(only<session_failed>(peer.session).kind == session_failure::ended_between);
  (void)only<hang_up>(peer.session);
  peer.session.receive("250 Ok\r\n", start);
  peer.session.disconnected();
  peer.session.tick(start + 1000h);
  peer.session.supply_body(1, "x", piece::last, start);
  peer.session.body_failed(1);
  peer.session.wrote(start);
  peer.session.quit(start);
  CHECK_FALSE(peer.session.next());
  CHECK(peer.session.deadline() == steady_time::max());
}

TEST_CASE("client timeouts: reply_timeout caps all, and the final one if below its default",
          "[smtp]") {
  client_timeouts waits;
  cap(waits, 300s);
  CHECK(waits.greeting == 300s);
  CHECK(waits.data_initiation == 120s);
  CHECK(waits.final_dot == 600s);
  cap(waits, 20s);
  CHECK(waits.greeting == 20s);
  CHECK(waits.data_block == 20s);
  CHECK(waits.quit == 10s);
  CHECK(waits.final_dot == 20s);
}

TEST_CASE("client options: what can't work is named", "[smtp]") {
  client_options options;
  CHECK(check(options).ok());
  SECTION("hostname") {
    options.hostname = "a b\r\nRSET";
    CHECK(check(options).error().detail == "hostname");
  }
  SECTION("timeouts") {
    options.timeouts.mail = 0s;
    CHECK(check(options).error().code == errc::limit_exceeded);
  }
  SECTION("reply bounds") {
    options.replies.line_bytes_max = 100;
    CHECK(check(options).error().code == errc::limit_exceeded);
  }
  SECTION("reply lines") {
    options.replies.lines_max = 0;
    CHECK(check(options).error().detail.starts_with("replies.lines_max"));
  }
}

TEST_CASE("extensions: SIZE is read only where it is sound", "[smtp]") {
  const auto [line, takes, limit] = GENERATE(table<std::string, bool, std::uint64_t>({
    {"SIZE", true, 0},
    {"SIZE 10", true, 10},
    {"size 10 20", true, 10},
    {"SIZE 10M", true, 0},
    {"SIZE -1", true, 0},
    {"SIZE 99999999999999999999", true, 0},
    {"SIZES 10", false, 0},
  }));
  client_extensions offered;
  add_extension(offered, line);
  CAPTURE(line);
  CHECK(offered.size == takes);
  CHECK(offered.size_max == limit);
}

TEST_CASE("body traits: what the bytes are", "[smtp]") {
  const std::string ascii(100, 'a');
  CHECK_FALSE(look_at("").has_8bit);
  CHECK(look_at("").ends_in_crlf);
  CHECK_FALSE(look_at(ascii).has_8bit);
  CHECK_FALSE(look_at(ascii).ends_in_crlf);
  CHECK(look_at("a: b\r\n\r\n\xff\r\n").has_8bit);
  CHECK_FALSE(look_at("a: b\r\n\r\n\xff\r\n").has_8bit_header);
  CHECK(look_at("a: \xc3\xa9\r\n\r\nb\r\n").has_8bit_header);
  CHECK(look_at("a: \xc3\xa9\r\n").has_8bit_header);
  CHECK_FALSE(look_at("\r\n\xc3\xa9\r\n").has_8bit_header);
  for (std::size_t at = 0; at < 100; ++at) {
    auto text = ascii;
    text[at] = '\x80';
    CHECK(look_at(text).has_8bit);
  }
}

TEST_CASE("client session: what came behind the 220 to STARTTLS ends the session", "[smtp]") {
  // CVE-2021-38371 and its kin: a man in the middle says it, TLS would vouch for it.
  const auto together = GENERATE(true, false);
  client_options options;
  client_session session{options, "mx", start, starttls_use::when_offered};
  session.receive("220 mx\r\n", start);
  (void)all_written(session);
  session.receive("250-mx\r\n250 STARTTLS\r\n", start);
  CHECK(all_written(session) == "STARTTLS\r\n");
  if (together) {
    session.receive("220 Go\r\n250-evil\r\n250 AUTH PLAIN\r\n", start);
  } else {
    session.receive("220 Go\r\n", start);
    (void)only<start_tls>(session);
    session.receive("2", start);
  }
  CHECK(only<session_failed>(session).kind == session_failure::protocol_error);
  (void)only<hang_up>(session);
  session.tls_started(start);
  CHECK_FALSE(session.uses_tls());
  CHECK(session.state() == client_state::closed);
}
