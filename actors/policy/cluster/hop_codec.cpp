#include "actors/policy/cluster/hop_codec.hpp"

#include "net/core/packing.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace troupe::policy {

namespace {

constexpr std::uint64_t version = 1;
enum : std::uint64_t { kind_request = 1, kind_loan = 2 };
constexpr auto count_max = std::numeric_limits<std::uint32_t>::max();

void put_time(packer& to, milliseconds time) {
  to.number(static_cast<std::uint64_t>(std::max(time, milliseconds{0}).count()));
}

milliseconds take_time(unpacker& from) {
  return milliseconds{from.number_up_to(breaker_time_max.count())};
}

unsigned take_sessions(unpacker& from) { return from.number_up_to(hop_sessions_max); }

void put_breaker(packer& to, const breaker_options& x) {
  put_time(to, x.window);
  to.number(x.min_requests);
  to.number(std::bit_cast<std::uint64_t>(x.failure_ratio));
  put_time(to, x.open);
  put_time(to, x.open_max);
  to.number(x.probes);
  put_time(to, x.probe_lapse);
}

breaker_options take_breaker(unpacker& from) {
  breaker_options x;
  x.window = take_time(from);
  x.min_requests = from.number_up_to(breaker_requests_max);
  x.failure_ratio = std::bit_cast<double>(from.number());
  x.open = take_time(from);
  x.open_max = take_time(from);
  x.probes = from.number_up_to(breaker_probes_max);
  x.probe_lapse = take_time(from);
  return x;
}

result<hop_word> take_request(unpacker& from) {
  hop_request x;
  x.ask.hop = from.number();
  x.ask.number = from.number();
  x.ask.heard = from.number();
  x.ask.state = (from.number_up_to(1) == 1) ? lessee_state::cut_off : lessee_state::leasing;
  x.ask.wanted = take_sessions(from);
  x.ask.held = take_sessions(from);
  x.ask.successes = from.number_up_to(count_max);
  x.ask.failures = from.number_up_to(count_max);
  x.ask.breaker_open = (from.number_up_to(1) == 1);
  x.ask.probe_wanted = (from.number_up_to(1) == 1);
  x.sessions = take_sessions(from);
  x.breaker = take_breaker(from);
  if (!from.good() || from.left() > 0 || x.sessions == 0)
    return error{errc::malformed, "no request of sessions"};
  if (const auto good = check(x.breaker); !good)
    return error{errc::malformed, "terms of a breaker: " + good.error().detail};
  return hop_word{x};
}

result<hop_word> take_loan(unpacker& from) {
  loan x;
  x.hop = from.number();
  x.number = from.number();
  x.sequence = from.number();
  x.sessions = take_sessions(from);
  x.lease = take_time(from);
  x.breaker = from.number_up_to(breaker_state::half_open);
  x.probe = (from.number_up_to(1) == 1);
  if (!from.good() || from.left() > 0)
    return error{errc::malformed, "no loan of sessions"};
  return hop_word{x};
}

} // namespace

std::string encode(const hop_request& x) {
  std::string bytes;
  packer to{bytes};
  to.number(version);
  to.number(kind_request);
  to.number(x.ask.hop);
  to.number(x.ask.number);
  to.number(x.ask.heard);
  to.number(x.ask.state == lessee_state::cut_off ? 1 : 0);
  to.number(x.ask.wanted);
  to.number(x.ask.held);
  to.number(x.ask.successes);
  to.number(x.ask.failures);
  to.number(x.ask.breaker_open ? 1 : 0);
  to.number(x.ask.probe_wanted ? 1 : 0);
  to.number(x.sessions);
  put_breaker(to, x.breaker);
  return bytes;
}

std::string encode(const loan& x) {
  std::string bytes;
  packer to{bytes};
  to.number(version);
  to.number(kind_loan);
  to.number(x.hop);
  to.number(x.number);
  to.number(x.sequence);
  to.number(x.sessions);
  put_time(to, x.lease);
  to.number(static_cast<std::uint64_t>(x.breaker));
  to.number(x.probe ? 1 : 0);
  return bytes;
}

result<hop_word> decode_hop_word(std::string_view bytes) {
  unpacker from{bytes};
  if (from.number() != version || !from.good())
    return error{errc::malformed, "a word about limits in another version"};
  switch (from.number()) {
    case kind_request: return take_request(from);
    case kind_loan: return take_loan(from);
    default: return error{errc::malformed, "no word about limits"};
  }
}

} // namespace troupe::policy
