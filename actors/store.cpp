#include "actors/store.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "storage/body_file.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr seconds store_tick_interval{1};

} // namespace

store::store(caf::actor_config& config, const house& home, const store_options& options,
             std::shared_ptr<store_legacy> legacy)
  : base_actor(config, home,
               {"store", "/queue/store/" + std::to_string(options.number), options.mailbox}),
    options_(options), shard_link_(home.log, home.metrics, "store_shard"), legacy_(std::move(legacy)),
    breaker_terms_(options.breaker), breaker_(options.breaker),
    breaker_notes_(home.metrics, home.log, "store/" + std::to_string(options.number)),
    books_(home.metrics) {}

// In its own thread: what is asked meanwhile waits, and is answered as the disk says.
store_actor::behavior_type store::make_behavior() {
  happens_after(legacy_.get());
  breaker_notes_.show();
  report(act_on(breaker_, legacy_->breaker_by_hand, steady()));
  queue_ = std::move(legacy_->opened);
  if (queue_)
    send(this, recover_more{});
  else if (const auto opened = open(); opened)
    serve_again();
  else
    break_down(opened.error());
  show_jobs();
  delayed_send(this, store_tick_interval, store_tick{});
  return {
    [this](const keep_message& x) { return on_keep_message(x); },
    [this](const settle_messages& x) { return on_settle_messages(x); },
    [this](const load_schedule& x) { return on_load_schedule(x); },
    [this](const load_messages& x) { return on_load_messages(x); },
    [this](const change_custody& x) { return on_change_custody(x); },
    [this](const load_custody& x) { return on_load_custody(x); },
    [this](const load_notice_peers&) { return on_load_notice_peers(); },
    [this](const load_notices& x) { return on_load_notices(x); },
    [this](const describe_store&) { return on_describe_store(); },
    [this](const set_shard_aside& x) { on_set_shard_aside(x); },
    [this](const use_disk_breaker& x) { on_use_disk_breaker(x); },
    [this](const act_on_breaker& x) { return on_act_on_breaker(x); },
    [this](const drain&) { draining_ = true; },
    [this](const commit_waiting&) { on_commit_waiting(); },
    [this](const recover_more&) { on_recover_more(); },
    [this](const store_tick&) { on_store_tick(); },
  };
}

void store::on_exit() {
  // Whoever hears that we are gone throws away the body: it must not be in the queue then.
  if (committing_)
    refuse_arrivals(policy::job_outcome::lost, {errc::storage_failed, "the store died of a commit"});
  else
    refuse_arrivals(policy::job_outcome::lost, {errc::worker_lost, "the store is gone"});
  for (auto& each : settlements_) {
    books_.ended(policy::job_outcome::lost, steady() - each.since);
    each.promise.deliver(to_caf({errc::worker_lost, "the store is gone"}));
  }
  settlements_.clear();
  for (auto& each : changes_)
    each.promise.deliver(to_caf({errc::worker_lost, "the store is gone"}));
  changes_.clear();
  books_.close();
  // A log that is empty makes the next start quicker; one that is not loses nothing.
  if (queue_)
    static_cast<void>(queue_->checkpoint_idle());
  queue_.reset();
  breaker_notes_.close();
  happens_before(legacy_.get());
  base_actor::on_exit();
}

caf::result<message_kept> store::on_keep_message(const keep_message& x) {
  if (draining_)
    return turn_away(x, {errc::draining, "the queue takes no more mail"});
  if (!takes_mail())
    return turn_away(x, {errc::storage_failed, "the shard's database is broken"});
  if (x.as == storage::kept_as::message && is_over_limit())
    return turn_away(x, {errc::storage_full, "limits.queue_bytes"});
  if (arrivals_.size() >= options_.buffer)
    return turn_away(x, {errc::mailbox_full, "pool.storage.buffer"});
  auto promise = make_response_promise<message_kept>();
  books_.taken();
  arrivals_.push_back({x, promise, steady(), ++turns_});
  arm();
  return caf::delegated<message_kept>{};
}

caf::error store::turn_away(const keep_message& what, const error& why) {
  books_.refused();
  if (why.code == errc::storage_failed)
    storage::abandon(*what.body);
  return to_caf(why);
}

bool store::takes_mail() const {
  return queue_ && breaker_.state() == policy::breaker_state::closed;
}

caf::result<messages_settled> store::on_settle_messages(const settle_messages& x) {
  auto promise = make_response_promise<messages_settled>();
  books_.taken();
  settlements_.push_back({x, promise, steady(), ++turns_, {}, {}, false});
  arm();
  return caf::delegated<messages_settled>{};
}

caf::result<schedule_loaded> store::on_load_schedule(const load_schedule& x) {
  if (!queue_)
    return to_caf({errc::storage_failed, "the shard's database is broken"});
  auto page = queue_->load_due(x.after, wall_time::max(), x.limit);
  if (!page) {
    const auto why = page.error();
    break_down(why);
    return to_caf(why);
  }
  const bool last = page->size() < x.limit;
  return schedule_loaded{std::move(*page), last};
}

messages_loaded store::on_load_messages(const load_messages& x) {
  messages_loaded loaded;
  for (const auto id : x.ids) {
    if (!queue_) {
      loaded.unread.push_back(id);
      continue;
    }
    auto found = queue_->load(id);
    if (found) {
      loaded.found.push_back(
        {std::make_shared<const queued_message>(std::move(found->mail)), found->body, found->as});
      continue;
    }
    const auto why = found.error();
    if (why.code == errc::storage_failed || why.code == errc::storage_full) {
      loaded.unread.push_back(id);
      if (why.code == errc::storage_failed)
        break_down(why);
      continue;
    }
    loaded.missing.push_back(id);
    if (why.code == errc::not_found)
      continue; // settled meanwhile
    loaded.why = why.detail;
    if (const auto aside = queue_->set_aside(id); !aside)
      break_down(aside.error());
  }
  return loaded;
}

caf::result<custody_changed> store::on_change_custody(const change_custody& x) {
  auto promise = make_response_promise<custody_changed>();
  changes_.push_back({x, promise, ++turns_});
  arm();
  return caf::delegated<custody_changed>{};
}

template <class Answer, class Look>
caf::result<Answer> store::look_at_custody(std::size_t limit, Look look) {
  if (!queue_)
    return to_caf({errc::storage_failed, "the shard's database is broken"});
  auto found = look(*queue_);
  if (!found) {
    const auto why = found.error();
    break_down(why);
    return to_caf(why);
  }
  const bool last = found->size() < limit;
  return Answer{std::move(*found), last};
}

caf::result<custody_loaded> store::on_load_custody(const load_custody& x) {
  return look_at_custody<custody_loaded>(x.limit, [&](auto& queue) { return queue.load_custody(x.after, x.limit); });
}

caf::result<notice_peers_loaded> store::on_load_notice_peers() {
  return look_at_custody<notice_peers_loaded>(static_cast<std::size_t>(-1),
                                              [](auto& queue) { return queue.load_notice_peers(); });
}

caf::result<notices_loaded> store::on_load_notices(const load_notices& x) {
  return look_at_custody<notices_loaded>(
    x.limit, [&](auto& queue) { return queue.load_notices(x.peer, x.after, x.limit); });
}

store_view store::on_describe_store() {
  store_view view;
  show_jobs();
  view.jobs = books_.numbers();
  view.jobs.health.buffer_full = arrivals_.size() >= options_.buffer;
  view.broken = !takes_mail();
  view.aside = legacy_->aside;
  view.breaker = breaker_.view(steady());
  if (!queue_)
    return view;
  view.counts = queue_->counts();
  if (const auto oldest = queue_->oldest())
    view.oldest = *oldest;
  view.wal_bytes = queue_->wal_bytes();
  view.has_room = queue_->has_room() && !is_over_limit();
  view.room_bytes = queue_->room_bytes();
  return view;
}

void store::break_down(const error& why) {
  note("the disk refuses: " + why.detail);
  enter_state("broken");
  log().error("storage_broken", {{"actor", path()}, {"reason", why.detail}});
  queue_.reset();
  recovered_ = false;
  refuse_arrivals(policy::job_outcome::failed, why);
  report(breaker_.failure(steady(), why.detail));
  show_jobs();
}

void store::on_set_shard_aside(const set_shard_aside& x) {
  legacy_->aside = x.why;
  log().error("shard_set_aside",
              {{"actor", options_.files.directory}, {"reason", x.why},
               {"do", "stop the node, then mend queue.db (sqlite3 queue.db .recover) or move the folder away"}});
  break_down({errc::storage_failed, x.why});
}

void store::leave_in_doubt(const keep_message& what) {
  if (what.body->in_file() && legacy_->in_doubt.size() < in_doubt_max)
    legacy_->in_doubt.push_back(what.mail->id);
}

status store::resolve_doubts() {
  auto& all = legacy_->in_doubt;
  for (; !all.empty(); all.pop_back())
    if (auto resolved = queue_->drop_unkept_body(all.back()); !resolved)
      return resolved;
  return {};
}

void store::on_recover_more() {
  if (!queue_ || recovered_)
    return;
  if (const auto resolved = resolve_doubts(); !resolved)
    return break_down(resolved.error());
  const auto all_seen = queue_->recover_step();
  recovery_waits_ = !all_seen && all_seen.error().code == errc::storage_full;
  if (recovery_waits_)
    return;
  if (!all_seen)
    return break_down(all_seen.error());
  recovered_ = *all_seen;
  if (recovered_)
    log().debug("queue_recovered", {{"actor", path()}});
  else
    send(this, recover_more{});
}

status store::open() {
  if (!legacy_->aside.empty())
    return error{errc::storage_failed, legacy_->aside};
  auto opened = storage::queue_store::open(options_.files);
  if (!opened)
    return opened.error();
  queue_ = std::move(*opened);
  return {};
}

// What the last commit left is found by counting, and by the SHARD in the schedule.
void store::serve_again() {
  recovered_ = false;
  send(this, recover_more{});
  send<caf::message_priority::high>(options_.shard->now(), store_opened{});
}

void store::try_disk() {
  if (!legacy_->aside.empty())
    return;
  const auto permit = breaker_.permit(steady());
  report(permit.change);
  if (!permit.granted)
    return;
  const bool is_new = !queue_;
  auto works = is_new ? open() : status{};
  if (works) {
    works = queue_->probe();
    if (!works && works.error().code == errc::storage_full)
      works = {}; // a full disk is not an ill one
  }
  if (!works) {
    queue_.reset();
    return report(breaker_.failure(steady(), works.error().detail));
  }
  report(breaker_.success(steady()));
  note("the disk is back");
  enter_state("serving");
  log().warn("storage_back", {{"actor", path()}});
  if (is_new)
    serve_again();
}

void store::on_use_disk_breaker(const use_disk_breaker& x) {
  if (x.options == breaker_terms_)
    return;
  breaker_terms_ = x.options;
  // Who is ill now is found to be so again by the tick.
  report(breaker_.reset(steady()));
  breaker_ = policy::breaker{x.options};
  report(act_on(breaker_, legacy_->breaker_by_hand, steady()));
}

store_view store::on_act_on_breaker(const act_on_breaker& x) {
  legacy_->breaker_by_hand = x.act;
  report(act_on(breaker_, x.act, steady()));
  return on_describe_store();
}

void store::report(const std::optional<policy::breaker_change>& change) {
  if (change)
    breaker_notes_.changed(*change);
}

void store::on_store_tick() {
  delayed_send(this, store_tick_interval, store_tick{});
  give_up_overdue();
  show_jobs();
  shard_link_.look(batches_ahead_ >= batches_ahead_max && !arrivals_.empty(), steady(), path());
  if (!queue_ || breaker_.state() != policy::breaker_state::closed)
    try_disk();
  if (!queue_)
    return;
  if (recovery_waits_)
    on_recover_more();
  if (must_settle()) {
    settle_later_ = false;
    arm();
  } else if (idle_) {
    if (const auto moved = queue_->checkpoint_idle(); !moved)
      break_down(moved.error());
  }
  idle_ = true;
}

bool store::is_over_limit() const {
  if (options_.queue_bytes_max == 0)
    return false;
  const auto counts = queue_->counts();
  return counts.of(message_state::queued).bytes + counts.of(message_state::held).bytes
         >= options_.queue_bytes_max;
}

} // namespace troupe::actors
