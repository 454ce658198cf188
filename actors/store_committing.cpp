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
  const bool settle = !settlements_.empty() && !settle_later_;
  if (kept == 0 && !settle)
    return;
  idle_ = false;

  std::vector<storage::arrival> arrivals;
  arrivals.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i)
    arrivals.push_back({arrivals_[i].what.mail.get(), arrivals_[i].what.body});
  std::vector<storage::settlement> settlements;
  if (settle)
    for (auto& each : settlements_) {
      write_notices(each);
      auto notice = each.notices.begin();
      for (const auto& one : each.what.all) {
        storage::settlement row{one.id, one.mail.get(), {}};
        for (std::size_t i = 0; i < one.notices.size(); ++i, ++notice)
          row.notices.push_back({notice->mail.get(), notice->body});
        settlements.push_back(std::move(row));
      }
    }

  committing_ = true;
  const auto begun = steady_now();
  const auto answer = queue_->commit(arrivals, settlements);
  const auto took = steady_now() - begun;
  metrics().commit_seconds().observe(std::chrono::duration<double>(took).count());
  metrics().commit_batch_messages().observe(
    static_cast<double>(arrivals.size() + settlements.size()));

  std::vector<keep_message> news;
  answer_arrivals(kept, answer.arrivals, took, news);
  committing_ = false;
  if (settle && answer.settlements) {
    answer_settlements(took, news);
  } else if (settle) {
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
  if (!arrivals_.empty() || (!settlements_.empty() && !settle_later_))
    return arm();
  if (const auto moved = queue_->checkpoint_if_due(); !moved)
    break_down(moved.error());
}

void store::answer_arrivals(std::size_t number, const status& how, steady_time::duration took,
                            std::vector<keep_message>& news) {
  const auto now = steady();
  const auto end = arrivals_.begin() + static_cast<std::ptrdiff_t>(number);
  for (auto each = arrivals_.begin(); each != end; ++each) {
    const auto passed = now - each->since;
    books_.ended(how.ok() ? policy::job_outcome::completed : policy::job_outcome::failed, passed);
    if (!how.ok()) {
      each->promise.deliver(to_caf(how.error()));
      continue;
    }
    books_.committed(passed, took);
    each->promise.deliver(message_kept{each->what.mail->id, took});
    news.push_back(std::move(each->what));
  }
  arrivals_.erase(arrivals_.begin(), end);
}

void store::answer_settlements(steady_time::duration took, std::vector<keep_message>& news) {
  const auto now = steady();
  for (auto& each : settlements_) {
    books_.ended(policy::job_outcome::completed, now - each.since);
    books_.committed(now - each.since, took);
    each.promise.deliver(messages_settled{});
    std::move(each.notices.begin(), each.notices.end(), std::back_inserter(news));
  }
  settlements_.clear();
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
  if (each.written)
    return;
  each.written = true;
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
