#include "actors/policy/pool_desk.hpp"

#include "net/core/expect.hpp"

#include <algorithm>
#include <string>

namespace troupe::policy {

namespace {

/// Of all workers busy, or of all places taken: above it more workers may help.
constexpr double utilisation_high = 0.8;

bool is_pool_time(milliseconds x) {
  return x > milliseconds{0} && x <= pool_time_max;
}

} // namespace

status check(const pool_options& x) {
  const auto wrong = [](std::string what) { return error{errc::malformed, std::move(what)}; };
  if (x.min == 0)
    return wrong("pool min is 0");
  if (x.max < x.min || x.max > pool_workers_max)
    return wrong("pool max is not between min and 10000");
  if (x.mailbox == 0)
    return wrong("pool mailbox is 0");
  if (x.timeout != milliseconds{0} && !is_pool_time(x.timeout))
    return wrong("pool timeout is not between 0 and 1h");
  if (!is_pool_time(x.slow))
    return wrong("pool slow is not above 0 and at most 1h");
  if (!is_pool_time(x.quiet))
    return wrong("pool quiet is not above 0 and at most 1h");
  return {};
}

pool_desk::pool_desk(const pool_options& options)
  : options_{options}, waiting_{options.buffer}, wanted_{options.min} {
  TROUPE_EXPECT(check(options).ok());
}

job_entry pool_desk::submit(const job_request& x, steady_time now) {
  now = at(now);
  ++counts_.submitted;
  const bool at_once = has_room() && buffered() == 0;
  const bool may_wait = x.wait > milliseconds{0};
  if (!at_once && (!may_wait || !waiting_.push(x.priority, x.owner, x.job))) {
    some_refused_ = true;
    count(job_outcome::refused);
    return {job_entry::fate::refused};
  }
  if (jobs_.empty())
    moved_ = now;
  const auto until = now + std::min(x.wait, pool_time_max);
  const auto [place, is_new]
    = jobs_.emplace(x.job, job_state{.owner = x.owner,
                                     .priority = x.priority,
                                     .submitted = now,
                                     .until = until});
  TROUPE_EXPECT(is_new);
  if (at_once)
    return {job_entry::fate::assigned, assign(x.job, now)};
  first_until_ = std::min(first_until_, until);
  return {job_entry::fate::buffered};
}

std::optional<job_assignment> pool_desk::next(steady_time now) {
  now = at(now);
  if (!has_room())
    return std::nullopt;
  if (!returned_.empty()) {
    const auto job = returned_.front();
    returned_.pop_front();
    return job_assignment{job, assign(job, now)};
  }
  if (const auto job = waiting_.pop())
    return job_assignment{*job, assign(*job, now)};
  return std::nullopt;
}

bool pool_desk::finished(job_number job, worker_number worker, job_outcome how, steady_time now) {
  now = at(now);
  const auto known = jobs_.find(job);
  if (known == jobs_.end() || known->second.worker != worker)
    return false;
  const auto was = known->second;
  if (was.begun)
    runs_.add(now - was.began);
  moved_ = now;
  take_from(worker, workers_.at(worker), job, now);
  if (was.wanted)
    count(how);
  return was.wanted;
}

bool pool_desk::cancel(job_number job, steady_time now) {
  at(now);
  const auto known = jobs_.find(job);
  if (known == jobs_.end() || !known->second.wanted)
    return false;
  count(job_outcome::cancelled);
  auto& state = known->second;
  state.wanted = false;
  ++abandoned_;
  if (state.worker != 0)
    return true;
  if (std::erase(returned_, job) == 0)
    (void)waiting_.remove(state.priority, state.owner, [&](job_number x) { return x == job; });
  forget(known);
  return true;
}

void pool_desk::worker_joined(worker_number worker, steady_time now) {
  TROUPE_EXPECT(worker != 0);
  const bool is_new = workers_.emplace(worker, worker_state{{}, at(now)}).second;
  TROUPE_EXPECT(is_new);
  open_.emplace(0, worker);
  ++idle_;
}

std::vector<job_number> pool_desk::worker_lost(worker_number worker, steady_time now) {
  at(now);
  std::vector<job_number> lost;
  const auto gone = workers_.find(worker);
  if (gone == workers_.end())
    return lost;
  const auto& jobs = gone->second.jobs;
  for (const auto job : jobs) {
    const auto known = jobs_.find(job);
    auto& state = known->second;
    if (state.wanted && !state.begun) {
      state.worker = 0;
      state.until = steady_time::max(); // it was not for lack of a worker that it waits
      returned_.push_back(job);
      continue;
    }
    if (state.wanted) {
      count(job_outcome::lost);
      lost.push_back(job);
    }
    forget(known);
  }
  open_.erase({jobs.size(), worker});
  if (jobs.empty())
    --idle_;
  workers_.erase(gone);
  return lost;
}

desk_round pool_desk::tick(steady_time now) {
  now = at(now);
  desk_round round;
  expire(round, now);
  find_wedged(round, now);
  grow();
  shrink(round, now);
  waited_ = {};
  some_began_ = false;
  some_refused_ = false;
  return round;
}

bool pool_desk::others_wait(std::uint64_t owner) const noexcept {
  for (std::size_t i = 0; i < priority_classes; ++i) {
    const auto each = static_cast<priority_class>(i);
    if (waiting_.owners(each) > (waiting_.has(each, owner) ? 1U : 0U))
      return true;
  }
  return false;
}

pool_numbers pool_desk::numbers(steady_time now) const {
  now = std::max(now, latest_);
  pool_numbers x{.workers = workers_.size(),
                 .wanted = wanted_,
                 .busy = busy(),
                 .at_work = jobs_.size() - buffered(),
                 .abandoned = abandoned_,
                 .buffered = buffered(),
                 .jobs = counts_,
                 .waits = waits_,
                 .runs = runs_,
                 .health = {}};
  for (std::size_t i = 0; i < priority_classes; ++i)
    x.by_class[i] = waiting_.size(static_cast<priority_class>(i));
  for (const auto job : returned_)
    ++x.by_class[static_cast<std::size_t>(jobs_.at(job).priority)];
  x.health.no_worker = workers_.empty();
  x.health.buffer_full = options_.buffer > 0 && waiting_.size() >= options_.buffer;
  x.health.no_progress = options_.timeout > milliseconds{0} && !jobs_.empty()
                         && now - moved_ >= options_.timeout;
  return x;
}

steady_time pool_desk::at(steady_time now) noexcept {
  return latest_ = std::max(latest_, now);
}

// The least loaded worker; among equals the first, so that those not needed stay idle
// for long and may leave.
worker_number pool_desk::assign(job_number job, steady_time now) {
  const auto number = open_.begin()->second;
  auto& worker = workers_.at(number);
  auto& state = jobs_.at(job);
  const auto before = worker.jobs.size();
  worker.jobs.push_back(job);
  state.worker = number;
  reopen(number, before, before + 1);
  if (before == 0)
    --idle_;
  if (before == 0 || options_.style == work_style::all_at_once)
    begin(state, now);
  return number;
}

void pool_desk::begin(job_state& job, steady_time now) {
  job.begun = true;
  job.began = now;
  ++in_hand_;
  some_began_ = true;
  const auto wait = now - job.submitted;
  waited_ = std::max<std::chrono::nanoseconds>(waited_, wait);
  waits_.add(wait);
}

void pool_desk::begin_first(worker_state& worker, steady_time now) {
  if (worker.jobs.empty())
    return;
  auto& first = jobs_.at(worker.jobs.front());
  if (!first.begun)
    begin(first, now);
}

void pool_desk::take_from(worker_number number, worker_state& worker, job_number job,
                          steady_time now) {
  const auto before = worker.jobs.size();
  worker.jobs.erase(std::find(worker.jobs.begin(), worker.jobs.end(), job));
  forget(jobs_.find(job));
  reopen(number, before, before - 1);
  if (worker.jobs.empty()) {
    ++idle_;
    worker.since = now;
  }
  begin_first(worker, now);
}

void pool_desk::forget(job_table::iterator job) {
  if (job->second.begun)
    --in_hand_;
  if (!job->second.wanted)
    --abandoned_;
  jobs_.erase(job);
}

void pool_desk::count(job_outcome how) noexcept {
  ++counts_.by_outcome[static_cast<std::size_t>(how)];
}

void pool_desk::reopen(worker_number number, std::size_t before, std::size_t after) {
  open_.erase({before, number});
  if (after < options_.mailbox)
    open_.emplace(after, number);
}

void pool_desk::expire(desk_round& round, steady_time now) {
  if (now < first_until_)
    return;
  round.expired = waiting_.remove_if([&](job_number x) { return jobs_.at(x).until <= now; });
  for (const auto job : round.expired) {
    count(job_outcome::timed_out);
    forget(jobs_.find(job));
  }
  first_until_ = steady_time::max();
  waiting_.for_each([&](priority_class, std::uint64_t, job_number x) {
    first_until_ = std::min(first_until_, jobs_.at(x).until);
  });
}

void pool_desk::find_wedged(desk_round& round, steady_time now) {
  if (options_.timeout == milliseconds{0})
    return;
  for (auto& [number, worker] : workers_) {
    const auto before = worker.jobs.size();
    // What is in hand stands first, in the order in which it was begun.
    while (!worker.jobs.empty()) {
      const auto first = jobs_.find(worker.jobs.front());
      if (!first->second.begun || now - first->second.began < options_.timeout)
        break;
      if (first->second.wanted)
        count(job_outcome::timed_out);
      round.wedged.push_back({first->first, number});
      forget(first);
      worker.jobs.pop_front();
    }
    const auto after = worker.jobs.size();
    if (after == before)
      continue;
    reopen(number, before, after);
    if (after == 0) {
      ++idle_;
      worker.since = now; // lost, not idle: it must not be retired before the owner says so
    }
  }
}

void pool_desk::grow() {
  // Those that are starting may be enough.
  if (wanted_ >= options_.max || workers_.size() < wanted_)
    return;
  const auto per_worker = options_.style == work_style::one_by_one ? 1 : options_.mailbox;
  const auto taken = options_.style == work_style::one_by_one ? busy() : in_hand_;
  const auto places = workers_.size() * per_worker;
  const bool is_high = static_cast<double>(taken) >= utilisation_high * static_cast<double>(places);
  const bool some_wait = jobs_.size() > in_hand_;
  const bool is_slow = waited_ >= options_.slow || (some_wait && !some_began_) || some_refused_;
  if (!is_high || !is_slow)
    return;
  const auto needed = (jobs_.size() + per_worker - 1) / per_worker + (some_refused_ ? 1 : 0);
  const auto step = std::min<std::size_t>({needed, wanted_ * std::size_t{2}, options_.max});
  wanted_ = std::max(wanted_, static_cast<std::uint32_t>(step));
}

void pool_desk::shrink(desk_round& round, steady_time now) {
  if (wanted_ <= options_.min || workers_.size() < wanted_ || buffered() > 0)
    return;
  std::vector<worker_number> quiet;
  for (auto each = open_.begin(); each != open_.end() && each->first == 0; ++each)
    if (now - workers_.at(each->second).since >= options_.quiet)
      quiet.push_back(each->second);
  while (!quiet.empty() && wanted_ > options_.min) {
    const auto last = quiet.back();
    quiet.pop_back();
    open_.erase({0, last});
    workers_.erase(last);
    --idle_;
    --wanted_;
    round.retired.push_back(last);
  }
}

} // namespace troupe::policy
