#include "actors/policy/cluster/hop_codec.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace troupe;
using namespace troupe::policy;

namespace {

hop_request sample_request() {
  hop_request x;
  x.ask = {.hop = 0xFEDCBA9876543210u, .number = 7, .heard = 3, .state = lessee_state::cut_off, .wanted = 12, .held = 4,
           .successes = 100, .failures = 2, .breaker_open = true, .probe_wanted = true};
  x.sessions = 20;
  x.breaker.failure_ratio = 0.25;
  return x;
}

} // namespace

TEST_CASE("a request of sessions is read as it was written", "[cluster]") {
  const auto sent = sample_request();
  const auto word = decode_hop_word(encode(sent));
  REQUIRE(word);
  const auto& got = std::get<hop_request>(*word);
  CHECK(got.ask.hop == sent.ask.hop);
  CHECK(got.ask.number == 7);
  CHECK(got.ask.heard == 3);
  CHECK(got.ask.state == lessee_state::cut_off);
  CHECK(got.ask.wanted == 12);
  CHECK(got.ask.held == 4);
  CHECK(got.ask.successes == 100);
  CHECK(got.ask.failures == 2);
  CHECK(got.ask.breaker_open);
  CHECK(got.ask.probe_wanted);
  CHECK(got.sessions == 20);
  CHECK(got.breaker == sent.breaker);
}

TEST_CASE("a loan is read as it was written", "[cluster]") {
  const loan sent{.hop = 5, .number = 6, .sequence = 7, .sessions = 8, .lease = seconds{9}, .breaker = breaker_state::half_open, .probe = true};
  const auto word = decode_hop_word(encode(sent));
  REQUIRE(word);
  const auto& got = std::get<loan>(*word);
  CHECK(got.hop == 5);
  CHECK(got.number == 6);
  CHECK(got.sequence == 7);
  CHECK(got.sessions == 8);
  CHECK(got.lease == seconds{9});
  CHECK(got.breaker == breaker_state::half_open);
  CHECK(got.probe);
}

TEST_CASE("words about limits that lie are refused whole", "[cluster]") {
  const auto good = encode(sample_request());
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(decode_hop_word(good.substr(0, size)));
  CHECK_FALSE(decode_hop_word(good + '\0'));
  CHECK_FALSE(decode_hop_word("\x02" + good.substr(1)));
  auto nothing = sample_request();
  nothing.sessions = 0;
  CHECK_FALSE(decode_hop_word(encode(nothing)));
  auto wild = sample_request();
  wild.breaker.failure_ratio = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(decode_hop_word(encode(wild)));
  wild = sample_request();
  wild.breaker.window = milliseconds{0};
  CHECK_FALSE(decode_hop_word(encode(wild)));
  // What a lender counts one by one would keep it busy for a minute.
  wild = sample_request();
  wild.breaker.min_requests = breaker_requests_max + 1;
  CHECK_FALSE(decode_hop_word(encode(wild)));
}
