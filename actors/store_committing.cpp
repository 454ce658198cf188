// STORE: one transaction for all that waits, and who hears of it.

#include "actors/store.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>

namespace troupe::actors {

// Lands behind all that is queued now, so the backlog becomes one commit.
void store::arm() {
  if (armed_)
    return;
  armed_ = true;
  send(this, commit_waiting{});
}

void store::on_commit_waiting() {
  armed_ = false;
  show_jobs();
  commit();
}

void store::commit() {
  if (batches_ahead_ >= batches_ahead_max)
    return; // its answer arms us again
  if (!queue_)
    return refuse_arrivals(policy::job_outcome::failed,
                           {errc::storage_failed, "the shard's database is broken"});
  const auto kept = std::min(arrivals_.size(), commit_messages_max);
  const auto part = settle_later_ ? settling_part{} : part_to_settle(kept);
  if (kept == 0 && part.settlements == 0 && part.changes == 0)
    return;
  idle_ = false;
  const auto arrivals = arrivals_to_commit(kept);
  const auto settlements = settlements_to_commit(part.settlements);
  std::vector<storage::custody_change> changes;
  changes.reserve(part.changes);
  for (std::size_t i = 0; i < part.changes; ++i)
    changes.push_back({&changes_[i].what.writes, changes_[i].turn});

  committing_ = true;
  const auto begun = steady_now();
  const auto answer = queue_->commit(arrivals, settlements, changes);
  const auto took = steady_now() - begun;
  metrics().commit_seconds().observe(std::chrono::duration<double>(took).count());
  metrics().commit_batch_messages().observe(
    static_cast<double>(arrivals.size() + settlements.size()));

  std::vector<keep_message> news;
  answer_arrivals(kept, answer.arrivals, took, news);
  committing_ = false;
  if (answer.settlements) {
    answer_settlements(part, took, news);
  } else {
    settle_later_ = true;
    log().warn("settle_delayed", {{"actor", path()}, {"reason", answer.settlements.error().detail}});
  }
  if (!news.empty())
    announce(std::move(news));
  for (const auto* half : {&answer.arrivals, &answer.settlements})
    if (!half->ok() && half->error().code == errc::storage_failed)
      return break_down(half->error());
  report(breaker_.success(steady()));
  show_jobs();
  if (!arrivals_.empty() || (must_settle() && !settle_later_))
    return arm();
  if (const auto moved = queue_->checkpoint_if_due(); !moved)
    break_down(moved.error());
}

bool store::must_settle() const noexcept {
  return !settlements_.empty() || !changes_.empty();
}

// A change must not overtake a letter that came before it and has to wait for the next
// transaction: it may be about that letter.
store::settling_part store::part_to_settle(std::size_t kept) const {
  if (changes_.empty() || kept == arrivals_.size())
    return {settlements_.size(), changes_.size()};
  const auto first_left = arrivals_[kept].turn;
  const auto before = [&](const auto& all) {
    const auto end = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.turn > first_left; });
    return static_cast<std::size_t>(end - all.begin());
  };
  return {before(settlements_), before(changes_)};
}

std::vector<storage::arrival> store::arrivals_to_commit(std::size_t number) const {
  std::vector<storage::arrival> all;
  all.reserve(number);
  for (std::size_t i = 0; i < number; ++i) {
    const auto& each = arrivals_[i];
    all.push_back({each.what.mail.get(), each.what.body, each.what.as, each.what.beside.get(), each.turn});
  }
  return all;
}

std::vector<storage::settlement> store::settlements_to_commit(std::size_t number) {
  prepare_settlements(number);
  std::vector<storage::settlement> all;
  for (std::size_t n = 0; n < number; ++n) {
    auto& each = settlements_[n];
    auto notice = each.notices.begin();
    for (const auto& one : each.what.all) {
      storage::settlement row{one.id, one.mail.get(), {}, one.beside.get(), each.turn};
      for (std::size_t i = 0; i < one.notices.size(); ++i, ++notice)
        row.notices.push_back({notice->mail.get(), notice->body});
      all.push_back(std::move(row));
    }
  }
  return all;
}

void store::answer_arrivals(std::size_t number, const status& how, steady_time::duration took,
                            std::vector<keep_message>& news) {
  const auto now = steady();
  const auto end = arrivals_.begin() + static_cast<std::ptrdiff_t>(number);
  for (auto each = arrivals_.begin(); each != end; ++each) {
    const auto passed = now - each->since;
    books_.ended(how.ok() ? policy::job_outcome::completed : policy::job_outcome::failed, passed);
    if (!how.ok()) {
      if (how.error().code == errc::storage_failed)
        leave_in_doubt(each->what);
      each->promise.deliver(to_caf(how.error()));
      continue;
    }
    books_.committed(passed, took);
    each->promise.deliver(message_kept{each->what.mail->id, took});
    if (each->what.as == storage::kept_as::message)
      news.push_back(std::move(each->what));
  }
  arrivals_.erase(arrivals_.begin(), end);
}

void store::answer_settlements(const settling_part& part, steady_time::duration took,
                               std::vector<keep_message>& news) {
  const auto now = steady();
  const auto end = settlements_.begin() + static_cast<std::ptrdiff_t>(part.settlements);
  if (part.settlements > 0)
    legacy_->settled.clear();
  for (auto each = settlements_.begin(); each != end; ++each) {
    std::move(each->numbers.begin(), each->numbers.end(), std::back_inserter(legacy_->settled));
    books_.ended(policy::job_outcome::completed, now - each->since);
    books_.committed(now - each->since, took);
    each->promise.deliver(messages_settled{});
    std::move(each->notices.begin(), each->notices.end(), std::back_inserter(news));
  }
  settlements_.erase(settlements_.begin(), end);
  std::sort(legacy_->settled.begin(), legacy_->settled.end());
  const auto changed = changes_.begin() + static_cast<std::ptrdiff_t>(part.changes);
  for (auto each = changes_.begin(); each != changed; ++each)
    each->promise.deliver(custody_changed{});
  changes_.erase(changes_.begin(), changed);
}

// A SHARD that died had asked, and the next one asks again: what is committed, or waits
// here for it, would bring its notices a second time.
void store::prepare_settlements(std::size_t number) {
  std::vector<std::uint64_t> before;
  for (std::size_t n = 0; n < number; ++n) {
    auto& each = settlements_[n];
    if (!std::exchange(each.prepared, true)) {
      for (const auto& one : each.what.all)
        each.numbers.push_back(one.number);
      std::erase_if(each.what.all, [&](const settling& one) {
        return one.number != 0
               && (std::binary_search(legacy_->settled.begin(), legacy_->settled.end(), one.number)
                   || std::find(before.begin(), before.end(), one.number) != before.end());
      });
      write_notices(each);
    }
    if (number > 1)
      before.insert(before.end(), each.numbers.begin(), each.numbers.end());
  }
}

void store::announce(std::vector<keep_message> kept) {
  ++batches_ahead_;
  const auto taken = [this] {
    if (batches_ahead_-- == batches_ahead_max)
      arm();
  };
  request<caf::message_priority::high>(options_.shard->now(), caf::infinite, batch_kept{std::move(kept)})
    .then([taken](const batch_taken&) { taken(); },
          [taken](const caf::error&) { taken(); }); // the next SHARD finds it in the schedule
}

void store::write_notices(waiting_settlement& each) {
  for (const auto& one : each.what.all)
    for (const auto& what : one.notices)
      each.notices.push_back(write_notice(what));
}

keep_message store::write_notice(const policy::notice& what) {
  const auto now = wall();
  const auto id = legacy_->ids.next(now);
  policy::dsn_original original;
  // A body that cannot be read makes a notice without it, never no notice.
  const auto head = queue_->read_body_head(what.about, policy::dsn_original_bytes_max);
  const auto mail = queue_->load_mail(what.about);
  if (head) {
    original.bytes = *head;
    original.total_bytes = mail ? mail->body_bytes : head->size();
  }
  auto written = policy::write_dsn(what, options_.notices, original, id, now);
  if (const auto signers = options_.signers ? options_.signers() : nullptr) {
    // A notice that could not be signed is better than none.
    if (const auto fields = authentication::signatures_for(signers, written.bytes, now); fields && !fields->empty()) {
      written.bytes.insert(0, *fields);
      metrics().messages_signed_total().add();
    }
  }
  queued_message bounce;
  bounce.id = id;
  bounce.received = now;
  bounce.sender = written.mail.sender;
  bounce.body = written.mail.body;
  bounce.smtputf8 = written.mail.smtputf8;
  bounce.priority = written.mail.priority;
  bounce.tls = written.mail.tls;
  bounce.body_bytes = written.bytes.size();
  for (auto& to : written.mail.recipients) {
    queued_recipient one;
    one.to = std::move(to);
    bounce.recipients.push_back(std::move(one));
  }
  body bytes;
  bytes.size = written.bytes.size();
  bytes.bytes = std::move(written.bytes);
  return {std::make_shared<const queued_message>(std::move(bounce)),
          std::make_shared<const body>(std::move(bytes))};
}

void store::refuse_arrivals(policy::job_outcome how, const error& why) {
  for (auto& each : arrivals_) {
    books_.ended(how, steady() - each.since);
    if (why.code == errc::storage_failed)
      leave_in_doubt(each.what);
    each.promise.deliver(to_caf(why));
  }
  arrivals_.clear();
}

// They came first, so they stand first.
void store::give_up_overdue() {
  const auto now = steady();
  const auto in_time = std::find_if(arrivals_.begin(), arrivals_.end(), [&](const auto& each) {
    return now - each.since < options_.timeout;
  });
  for (auto each = arrivals_.begin(); each != in_time; ++each) {
    books_.ended(policy::job_outcome::timed_out, now - each->since);
    each->promise.deliver(to_caf({errc::timed_out, "pool.storage.timeout"}));
  }
  arrivals_.erase(arrivals_.begin(), in_time);
}

void store::show_jobs() {
  const auto refused = card().refused.load(std::memory_order_relaxed);
  if (refused > refused_seen_)
    books_.refused(refused - std::exchange(refused_seen_, refused));
  books_.show(arrivals_.size() + settlements_.size(), takes_mail());
}

} // namespace troupe::actors
