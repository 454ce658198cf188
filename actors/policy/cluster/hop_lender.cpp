#include "actors/policy/cluster/hop_lender.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

constexpr std::size_t answers_max = 16;

// Rates of clocks differ by at most 5 %.
milliseconds longer(milliseconds x) { return x * 11 / 10; }

breaker_options of_cluster(const hop_options& x) {
  auto made = x.breaker;
  made.probes = 1;
  made.probe_lapse = longer(x.lease);
  return made;
}

} // namespace

node_id owner_of(std::uint64_t hop, std::span<const node_id> eligible) {
  TROUPE_EXPECT(!eligible.empty());
  return *std::max_element(eligible.begin(), eligible.end(), [&](node_id a, node_id b) {
    return std::pair{mix(hop, a.value), a} < std::pair{mix(hop, b.value), b};
  });
}

hop_lender::hop_lender(const hop_options& options, std::size_t members, steady_time since)
: options_{options}, members_{members}, free_at_{since + longer(options.lease)},
  sequence_{static_cast<std::uint64_t>(since.time_since_epoch().count())}, breaker_{of_cluster(options)} {}

void hop_lender::mandated_anew(steady_time now) {
  free_at_ = now + longer(options_.lease);
  for (auto& [id, each] : known_)
    each.leasing_at = steady_time::min();
}

loan hop_lender::lend(node_id to, const ask_loan& x, std::size_t members, steady_time now) {
  members_ = members;
  auto& known = known_[to];
  loan answer{.hop = x.hop, .number = x.number, .sequence = ++sequence_};
  const bool again = x.number <= known.number;
  known.number = std::max(known.number, x.number);
  // A share that was larger when it was last heard may still be in use.
  known.share = std::max(known.share, share_of(options_.sessions, members));
  if (x.state == lessee_state::leasing && x.heard != 0)
    for (const auto& each : known.answers)
      if (each.sequence == x.heard && each.at > known.leasing_at) {
        known.leasing_at = each.at;
        known.share = share_of(options_.sessions, members);
      }
  known.wanted = x.wanted;
  std::erase_if(known.loans, [&](const given& each) { return each.until <= now; });
  if (!again)
    hear_breaker(x, now);

  const auto wanted = std::max(x.wanted, x.state == lessee_state::cut_off ? known.share : 0u);
  answer.lease = options_.lease;
  answer.sessions = waiting(now) ? std::min({x.held, wanted, known.share}) : room_for(to, wanted, now);
  known.loans.push_back({answer.sessions, now + longer(options_.lease)});
  // Of loans that are over earlier and are not larger, nothing is left to know.
  for (auto at = known.loans.end() - 1; at != known.loans.begin() && (at - 1)->sessions <= answer.sessions;)
    at = known.loans.erase(at - 1);

  // Reports of others may decide a trial while it still runs: the next one waits for its
  // end all the same, or two would knock at once.
  if (x.probe_wanted && !again && !waiting(now) && now >= probe_over_ && breaker_.state() != breaker_state::closed) {
    answer.probe = breaker_.permit(now).granted;
    if (answer.probe)
      probe_over_ = now + longer(options_.lease);
  }
  answer.breaker = breaker_.state();
  known.answers.push_back({answer.sequence, now});
  if (known.answers.size() > answers_max)
    known.answers.pop_front();
  return answer;
}

unsigned hop_lender::out(steady_time now) const {
  unsigned sum = 0;
  for (const auto& [id, each] : known_)
    sum += out_to(each, now);
  // Those that never asked may be using their shares.
  const auto unknown = members_ > known_.size() ? members_ - known_.size() : 0;
  return sum + static_cast<unsigned>(unknown) * share_of(options_.sessions, members_);
}

unsigned hop_lender::loans_out(const member& x, steady_time now) const {
  unsigned most = 0;
  for (const auto& each : x.loans)
    most = each.until > now ? std::max(most, each.sessions) : most;
  return most;
}

unsigned hop_lender::out_to(const member& x, steady_time now) const {
  const bool leasing = x.leasing_at != steady_time::min() && now - x.leasing_at < options_.lease * 9 / 10;
  return std::max(loans_out(x, now), leasing ? 0u : x.share);
}

unsigned hop_lender::room_for(node_id to, unsigned wanted, steady_time now) const {
  const auto& asker = known_.at(to);
  const auto others = out(now) - out_to(asker, now);
  const auto room = options_.sessions > others ? options_.sessions - others : 0;
  // Where some get less than they want, nobody is lent more than an even part.
  unsigned hungry = 0;
  bool some_lack = false;
  for (const auto& [id, each] : known_) {
    hungry += each.wanted > 0 ? 1 : 0;
    some_lack |= id != to && each.wanted > loans_out(each, now);
  }
  const auto even = hungry == 0 ? options_.sessions : std::max(1u, options_.sessions / hungry);
  return std::min({wanted, room, some_lack ? even : options_.sessions});
}

void hop_lender::hear_breaker(const ask_loan& x, steady_time now) {
  // More than the breaker needs to make up its mind says nothing more.
  const auto enough = options_.breaker.min_requests * 4;
  for (std::uint32_t i = 0; i < std::min(x.successes, enough); ++i)
    static_cast<void>(breaker_.success(now));
  for (std::uint32_t i = 0; i < std::min(x.failures, enough); ++i)
    static_cast<void>(breaker_.failure(now, "reported by a node"));
  // The owner before this one had opened it.
  if (waiting(now) && x.breaker_open && breaker_.state() == breaker_state::closed)
    for (unsigned i = 0; i < enough && breaker_.state() == breaker_state::closed; ++i)
      static_cast<void>(breaker_.failure(now, "open at the last owner"));
}

} // namespace troupe::policy
