#include "tests/actors/store_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::job_outcome;
using support::said;

namespace {

struct stage : support::store_fixture {
  /// With other options than the usual ones.
  void restart() {
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    store = nullptr;
    settle();
    start();
  }
  /// The SHARD takes no batch any more, so that letters wait.
  void hold_commits_back() {
    notes->slow = true;
    for (std::size_t i = 0; i < batches_ahead_max; ++i) {
      auto kept = keep(static_cast<std::int64_t>(i) + 1);
      settle();
      CHECK(said(kept) == "kept");
    }
  }
  void let_go() {
    notes->slow = false;
    self->send(shard, batch_kept{});
    settle();
  }
  std::uint64_t jobs(job_outcome how) { return view().jobs.jobs[how]; }
  double shown(gauge& (node_metrics::*which)(std::string_view)) {
    return (home.metrics.*which)(storage_pool).value();
  }
};

} // namespace

TEST_CASE_METHOD(stage, "store pool: a letter kept and a settlement are jobs that were done", "[actors]") {
  auto kept = keep(1);
  settle();
  CHECK(said(kept) == "kept");
  CHECK(ask<messages_settled>(store, settle_messages{{removal(1)}}).ok());
  const auto all = view().jobs;
  CHECK(all.jobs.submitted == 2);
  CHECK(all.jobs[job_outcome::completed] == 2);
  CHECK(all.runs.count == 2);
  CHECK(all.workers == 1);
  CHECK(all.health.is_well());
  CHECK(shown(&node_metrics::pool_workers) == 1);
  CHECK(home.metrics.pool_job_seconds(storage_pool).read().count == 2);
  CHECK(home.metrics.pool_jobs_total(storage_pool, "completed").value() == 2);
}

TEST_CASE_METHOD(stage, "store pool: what waits for its commit is shown, up to a bound", "[actors]") {
  options.buffer = 2;
  restart();
  hold_commits_back();
  auto first = keep(11);
  auto second = keep(12);
  auto third = keep(13);
  settle();
  CHECK(said(third) == "mailbox_full");
  CHECK(view().jobs.buffered == 2);
  CHECK(view().jobs.busy == 1);
  CHECK(view().jobs.health.buffer_full);
  CHECK(shown(&node_metrics::pool_buffer) == 2);
  CHECK(jobs(job_outcome::refused) == 1);
  CHECK(home.metrics.pool_rejected_total(storage_pool).value() == 1);
  let_go();
  CHECK(said(first) == "kept");
  CHECK(said(second) == "kept");
  CHECK(shown(&node_metrics::pool_buffer) == 0);
  CHECK(view().jobs.health.is_well());
}

TEST_CASE_METHOD(stage, "store pool: nobody waits for a commit for longer than its timeout", "[actors]") {
  options.timeout = 5s;
  restart();
  hold_commits_back();
  auto early = keep(11);
  advance(3s);
  auto late = keep(12);
  advance(3s);
  REQUIRE(answers() == 1);
  CHECK(said(early) == "timed_out");
  CHECK(jobs(job_outcome::timed_out) == 1);
  let_go();
  CHECK(said(late) == "kept");
  CHECK(queued() == batches_ahead_max + 1); // who was told that it timed out is not kept
}

TEST_CASE_METHOD(stage, "store pool: what the disk refuses has failed, and what comes then is refused", "[actors]") {
  disk.die_after(0);
  auto first = keep(1);
  settle();
  CHECK(said(first) == "storage_failed");
  auto second = keep(2);
  settle();
  CHECK(said(second) == "storage_failed");
  CHECK(jobs(job_outcome::failed) == 1);
  CHECK(jobs(job_outcome::refused) == 1);
  CHECK(view().jobs.health.no_worker);
  CHECK(shown(&node_metrics::pool_workers) == 0);
}

TEST_CASE_METHOD(stage, "store pool: what a dead one had not answered is lost, and leaves no trace in the gauges",
                 "[actors]") {
  hold_commits_back();
  auto waits = keep(11);
  settle();
  REQUIRE(shown(&node_metrics::pool_busy) == 1);
  caf::anon_send_exit(store, caf::exit_reason::kill);
  settle();
  CHECK(said(waits) == "worker_lost");
  CHECK(home.metrics.pool_jobs_total(storage_pool, "lost").value() == 1);
  CHECK(shown(&node_metrics::pool_workers) == 0);
  CHECK(shown(&node_metrics::pool_busy) == 0);
  CHECK(shown(&node_metrics::pool_buffer) == 0);
}

TEST_CASE_METHOD(stage, "store: a shard that takes no news holds commits back, and is counted", "[actors]") {
  const auto counted = [&] { return home.metrics.backpressure_seconds_total("store_shard").value(); };
  notes->slow = true;
  for (std::int64_t id = 1; id <= static_cast<std::int64_t>(batches_ahead_max); ++id) {
    auto kept = keep(id);
    settle();
    CHECK(support::said(kept) == "kept");
  }
  auto waiting = keep(1'000);
  settle();
  CHECK(answers() == 0);
  advance(5s);
  CHECK(counted() > 3);
  notes->slow = false;
  self->send(shard, batch_kept{}); // it takes all
  settle();
  CHECK(support::said(waiting) == "kept");
  advance(1s);
  const auto until_now = counted();
  advance(5s);
  CHECK(counted() == until_now);
}
