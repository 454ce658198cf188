#include "actors/policy/cluster/hop_borrower.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

constexpr std::size_t sent_max = 64;

milliseconds shorter(milliseconds x) { return x * 9 / 10; }

} // namespace

hop_borrower::hop_borrower(const hop_options& options, std::uint64_t hop, std::size_t members, steady_time now)
: options_{options}, hop_{hop}, members_{members},
  number_{static_cast<std::uint64_t>(now.time_since_epoch().count())}, answered_at_{now}, leasing_sent_{now}, ask_at_{now} {}

unsigned hop_borrower::allowed(steady_time now) const {
  unsigned most = 0;
  for (const auto& each : loans_)
    most = each.until > now ? std::max(most, each.sessions) : most;
  // 2.2: our clock may be faster than the owner's.
  if (state_ == lessee_state::cut_off && now - leasing_sent_ >= options_.lease * 22 / 10)
    most = std::max(most, share_of(options_.sessions, members_));
  return most;
}

steady_time hop_borrower::falls_at(steady_time now) const {
  auto at = steady_time::max();
  const auto most = allowed(now);
  for (const auto& each : loans_)
    if (each.until > now && each.sessions == most)
      at = at == steady_time::max() ? each.until : std::max(at, each.until);
  return at;
}

std::optional<ask_loan> hop_borrower::ask(unsigned wanted, std::size_t members, steady_time now) {
  members_ = members;
  if (state_ == lessee_state::leasing && now - answered_at_ >= options_.lease) {
    state_ = lessee_state::cut_off;
    heard_ = 0;
  }
  if (now < ask_at_ && wanted <= wanted_)
    return std::nullopt;
  wanted_ = wanted;
  // Unanswered, it is asked again sooner: a loan must not end for one lost message.
  ask_at_ = now + (sent_.empty() ? options_.lease / 3 : options_.lease / 15);
  std::erase_if(loans_, [&](const given& each) { return each.until <= now; });
  if (state_ == lessee_state::leasing)
    leasing_sent_ = now;
  sent_.push_back({++number_, now});
  if (sent_.size() > sent_max)
    sent_.pop_front();
  told_successes_ = successes_;
  told_failures_ = failures_;
  unsigned held = 0;
  for (const auto& each : loans_)
    held = std::max(held, each.sessions);
  return ask_loan{.hop = hop_,
                  .number = number_,
                  .heard = heard_,
                  .state = state_,
                  .wanted = wanted,
                  .held = held,
                  .successes = successes_,
                  .failures = failures_,
                  .breaker_open = breaker_ != breaker_state::closed,
                  .probe_wanted = breaker_ != breaker_state::closed && wanted > 0 && now >= probe_until_};
}

void hop_borrower::receive(const loan& x, steady_time now) {
  const auto asked = std::find_if(sent_.begin(), sent_.end(), [&](const sent& each) { return each.number == x.number; });
  if (asked == sent_.end() || x.number <= heard_number_ || x.lease <= milliseconds{0})
    return;
  const auto until = asked->at + shorter(std::min(x.lease, options_.lease));
  if (x.number == number_) {
    successes_ -= std::min(successes_, told_successes_);
    failures_ -= std::min(failures_, told_failures_);
    told_successes_ = told_failures_ = 0;
  }
  heard_number_ = x.number;
  std::erase_if(sent_, [&](const sent& each) { return each.number <= x.number; });
  heard_ = x.sequence;
  breaker_ = x.breaker;
  if (until <= now)
    return;
  state_ = lessee_state::leasing;
  answered_at_ = now;
  leasing_sent_ = now;
  ask_at_ = now + options_.lease / 3;
  loans_.push_back({x.sessions, until});
  if (x.probe) {
    probe_ = true;
    probe_until_ = until;
  }
}

void hop_borrower::owner_changed() {
  heard_ = 0;
  sent_.clear();
  wanted_ = 0;
  ask_at_ = steady_time::min();
}

void hop_borrower::succeeded() { ++successes_; }
void hop_borrower::failed() { ++failures_; }

bool hop_borrower::take_probe(steady_time now) {
  if (!probe_ || now >= probe_until_)
    return false;
  probe_ = false;
  return true;
}

} // namespace troupe::policy
