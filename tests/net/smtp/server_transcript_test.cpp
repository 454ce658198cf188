#include "tests/net/smtp/server_player.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::support;

TEST_CASE("server session: every transcript, at every split", "[smtp]") {
  static const auto scripts = transcripts("net/smtp/transcripts/server");
  const auto& script = GENERATE(from_range(scripts));
  const auto cut = GENERATE(split::whole, split::per_line, split::per_byte);
  CAPTURE(script, cut);
  recorder record{step_kind::server};
  server_player machine{script, record};
  CHECK(actual(script, cut, machine, record, step_kind::server)
        == expected(script, step_kind::server));
}

TEST_CASE("server session: in every transcript, a body begun is kept or discarded, once", "[smtp]") {
  static const auto scripts = transcripts("net/smtp/transcripts/server");
  const auto& script = GENERATE(from_range(scripts));
  CAPTURE(script);
  recorder record{step_kind::server};
  server_player machine{script, record};
  (void)actual(script, split::per_line, machine, record, step_kind::server);
  machine.order("end of input");
  CHECK(machine.log().begun == machine.log().kept + machine.log().discarded);
  CHECK(machine.session().state() == smtp::session_state::closed);
}

TEST_CASE("server session: there are enough transcripts to mean something", "[smtp]") {
  CHECK(transcripts("net/smtp/transcripts/server").size() >= 90);
}
