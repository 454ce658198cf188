// What a transcript can't show: memory, pace, the owner's side.

#include "net/smtp/server_session.hpp"

#include "net/core/expect.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::smtp;

namespace {

/// An owner that says yes to everything and writes down what it was told.
struct willing_owner {
  explicit willing_owner(const session_options& options) : session(options, now) { pull(); }

  void feed(std::string_view bytes) {
    while (!bytes.empty() && session.room() > 0) {
      const auto part = bytes.substr(0, session.room());
      session.receive(part, now);
      bytes.remove_prefix(part.size());
      pull();
    }
  }

  void pull() {
    while (const auto todo = session.next())
      take(*todo);
  }

  void take(const server_action& todo) {
    if (const auto* said = std::get_if<write_bytes>(&todo))
      output += said->bytes;
    else if (const auto* part = std::get_if<append_body>(&todo))
      body += part->bytes;
    else if (const auto* done = std::get_if<command_done>(&todo))
      commands.push_back({done->what, done->code});
    if (session.awaits_verdict())
      session.decide(accepted{}, now);
  }

  steady_time now{};
  std::string output;
  std::string body;
  std::vector<std::pair<verb, int>> commands;
  server_session session;
};

constexpr std::string_view opening = "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";

} // namespace

TEST_CASE("server session: each reply is told to the metrics, with its command", "[smtp]") {
  const session_options options;
  willing_owner owner{options};
  owner.feed(opening);
  owner.feed("x\r\n.\r\nFOO\r\nBDAT 0\r\nQUIT\r\n");
  CHECK(owner.commands
        == std::vector<std::pair<verb, int>>{{verb::none, 220}, {verb::ehlo, 250}, {verb::mail, 250},
                                             {verb::rcpt, 250}, {verb::data, 354}, {verb::message, 250},
                                             {verb::unknown, 500}, {verb::bdat, 503}, {verb::quit, 221}});
}

TEST_CASE("server session: an idle one is small", "[smtp]") {
  CHECK(sizeof(server_session) <= 256);
}

TEST_CASE("server session: room is never exceeded, and closed while a verdict is awaited", "[smtp]") {
  const session_options options;
  server_session session{options, {}};
  CHECK(session.room() == 0); // nobody speaks before the greeting
  REQUIRE(session.next());
  CHECK(session.room() == 0);
  session.decide(accepted{}, {});
  while (session.next())
    continue;
  CHECK(session.room() == command_room_bytes_max);
  session.receive("MAIL", {});
  CHECK(session.room() == command_room_bytes_max - 4);
  CHECK_THROWS_AS(session.receive(std::string(command_room_bytes_max, 'x'), {}), broken_expectation);
}

TEST_CASE("server session: a verdict that nobody asked for, or that is none, is a bug", "[smtp]") {
  const session_options options;
  server_session session{options, {}};
  CHECK_THROWS_AS(session.decide(accepted{}, {}), broken_expectation);
  REQUIRE(session.next());
  CHECK_THROWS_AS(session.decide(refused{{250, "2.0.0", {"Ok"}}}, {}), broken_expectation);
  CHECK_THROWS_AS(session.decide(refused{{}}, {}), broken_expectation);
}

TEST_CASE("server session: an owner that takes its time gets the body later, whole", "[smtp]") {
  const session_options options;
  willing_owner owner{options};
  owner.feed(opening);
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "..a line that starts with a dot, so that one byte goes\r\n";

  owner.session.receive(text.substr(0, owner.session.room() / 2), owner.now);
  const auto first = owner.session.next();
  REQUIRE(first);
  REQUIRE(std::holds_alternative<append_body>(*first));
  const std::string copy{std::get<append_body>(*first).bytes};
  const auto left = owner.session.room();
  CHECK(left <= body_room_bytes_max);

  // It does not come back for ten minutes. The peer pays nothing for that.
  CHECK(owner.session.deadline() == steady_time::max());
  owner.now += std::chrono::minutes{10};
  owner.session.tick(owner.now);
  CHECK(owner.session.state() == session_state::body);
  owner.session.resume(owner.now);
  owner.pull();
  CHECK(owner.session.deadline() == owner.now + options.data_block_max);

  owner.body = copy;
  owner.feed(std::string_view{text}.substr(body_room_bytes_max / 2));
  owner.feed(".\r\n");
  CHECK(owner.session.messages() == 1);
  CHECK(owner.body.size() == text.size() - 1000);
}

TEST_CASE("server session: input that is not worked off yet is kept, up to its room", "[smtp]") {
  const session_options options;
  willing_owner owner{options};
  owner.feed(opening);
  const std::string text(body_room_bytes_max, 'x');
  for (std::size_t at = 0; at < text.size(); at += 1024)
    owner.session.receive(std::string_view{text}.substr(at, 1024), owner.now); // and no next()
  CHECK(owner.session.room() == 0);
  owner.pull();
  CHECK(owner.session.room() == body_room_bytes_max);
  CHECK(owner.body == text);
}

TEST_CASE("server session: replies to pipelined commands leave together, in bounded batches", "[smtp]") {
  const session_options options;
  willing_owner owner{options};
  owner.output.clear();
  std::string commands;
  for (int i = 0; i < 1000; ++i)
    commands += "NOOP\r\n";
  owner.session.receive(commands, owner.now);
  unsigned writes = 0;
  std::size_t longest = 0;
  while (const auto todo = owner.session.next()) {
    if (const auto* said = std::get_if<write_bytes>(&*todo)) {
      ++writes;
      longest = std::max(longest, said->bytes.size());
    }
  }
  CHECK(writes < 10);
  CHECK(longest <= reply_batch_bytes_max + 512);
}

TEST_CASE("server session: the owner may keep the envelope when it commits", "[smtp]") {
  const session_options options;
  willing_owner owner{options};
  owner.feed(opening);
  owner.session.receive(".\r\n", owner.now);
  envelope kept;
  while (const auto todo = owner.session.next()) {
    if (const auto* asked = std::get_if<ask_commit>(&*todo)) {
      kept = std::move(asked->mail);
      owner.session.decide(accepted{"2.0.0 Ok: queued as 0f3k"}, owner.now);
    } else {
      owner.take(*todo);
    }
  }
  CHECK(kept.recipients.size() == 1);
  CHECK(owner.output.ends_with("250 2.0.0 Ok: queued as 0f3k\r\n"));
}

TEST_CASE("server session: what it was told of the peer is there for the Received field", "[smtp]") {
  const session_options options;
  willing_owner owner{options};
  CHECK(owner.session.peer_name().empty());
  owner.feed("EHLO [192.0.2.7]\r\n");
  CHECK(owner.session.peer_name() == "[192.0.2.7]");
  CHECK(owner.session.is_extended());
  owner.feed("HELO plain.example\r\n");
  CHECK(owner.session.peer_name() == "plain.example");
  CHECK_FALSE(owner.session.is_extended());
}

TEST_CASE("session options: the defaults work, and limits below the standard's do not", "[smtp]") {
  CHECK(check({}).ok());
  const auto fails = [](auto change) {
    session_options options;
    change(options);
    return !check(options).ok();
  };
  CHECK(fails([](auto& o) { o.hostname = "two words"; }));
  CHECK(fails([](auto& o) { o.greeting = "a\r\nb"; }));
  CHECK(fails([](auto& o) { o.line_bytes_max = 511; }));
  CHECK(fails([](auto& o) { o.line_bytes_max = command_room_bytes_max; }));
  CHECK(fails([](auto& o) { o.recipients_max = 99; }));
  CHECK(fails([](auto& o) { o.message_bytes_max = 1000; }));
  CHECK(fails([](auto& o) { o.errors_max = 0; }));
  CHECK(fails([](auto& o) { o.messages_max = 0; }));
  CHECK(fails([](auto& o) { o.received_hops_max = 0; }));
  CHECK(fails([](auto& o) { o.idle_max = seconds{0}; }));
  CHECK(fails([](auto& o) { o.data_block_max = seconds{0}; }));
  CHECK(fails([](auto& o) { o.data_block_bytes = 0; }));
}

TEST_CASE("server session: what came behind STARTTLS in the clear is never taken for said within TLS",
          "[smtp]") {
  session_options options;
  options.starttls = GENERATE(tls_use::optional, tls_use::required);
  const std::string injected = GENERATE(as<std::string>{}, "MAIL FROM:<evil@example.net>\r\n", "\r\n", "N",
                                        "EHLO evil\r\nMAIL FROM:<evil@example.net>\r\n");
  willing_owner owner{options};
  owner.feed("EHLO a\r\n");
  owner.output.clear();
  owner.feed("STARTTLS\r\n" + injected);
  CHECK(owner.output == "554 5.5.1 Nothing may come behind STARTTLS before the handshake, closing\r\n");
  CHECK(owner.session.state() == session_state::closed);
  CHECK_FALSE(owner.session.is_within_tls());
}

TEST_CASE("server session: nothing is taken while a handshake is under way", "[smtp]") {
  session_options options;
  options.starttls = tls_use::optional;
  willing_owner owner{options};
  owner.feed("EHLO a\r\nMAIL FROM:<a@b>\r\n");
  owner.feed("STARTTLS\r\n");
  CHECK(owner.output.ends_with("220 2.0.0 Ready to start TLS\r\n"));
  CHECK(owner.session.state() == session_state::securing);
  CHECK(owner.session.room() == 0);
  owner.now += seconds{10'000}; // the handshake's deadline is the owner's
  owner.session.tick(owner.now);
  owner.session.drain(owner.now);
  owner.output.clear();
  owner.pull();
  CHECK(owner.output.empty()); // nor is anything said in the clear any more
  owner.session.tls_began(owner.now);
  CHECK(owner.session.peer_name().empty());
  CHECK_FALSE(owner.session.is_extended());
  owner.pull();
  CHECK(owner.output == "421 4.3.2 Going down, come back later\r\n");
}
