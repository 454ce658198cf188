#include "tests/net/smtp/client_player.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::smtp;
using namespace std::chrono_literals;
using support::client_player;
using support::recorder;
using support::split;
using support::step_kind;

namespace {

std::vector<support::transcript> all_dialogues() {
  auto all = support::transcripts("net/smtp/transcripts/client");
  for (auto& script : support::transcripts("net/smtp/transcripts/lmtp"))
    all.push_back(std::move(script));
  return all;
}

} // namespace

TEST_CASE("client session: every transcript, at every split", "[smtp]") {
  static const auto dialogues = all_dialogues();
  for (const auto& script : dialogues) {
    for (const auto cut : {split::whole, split::per_line, split::per_byte}) {
      CAPTURE(script.name, cut);
      recorder record{step_kind::client};
      client_player machine{script, record};
      CHECK(support::actual(script, cut, machine, record, step_kind::client)
            == support::expected(script, step_kind::client));
    }
  }
}

TEST_CASE("client session: cut off anywhere, each transaction still ends once", "[smtp]") {
  static const auto dialogues = all_dialogues();
  for (const auto& script : dialogues) {
    for (std::size_t steps = 0; steps <= script.steps.size(); ++steps) {
      auto part = script;
      part.steps.resize(steps);
      recorder record{step_kind::client};
      client_player machine{part, record};
      (void)support::actual(part, split::whole, machine, record, step_kind::client);
      machine.order("drop");
      CAPTURE(script.name, steps);
      CHECK(machine.broken_promise() == "");
    }
  }
}
