// The half of a POOL that its askers see: takes jobs, keeps their promises, lets them
// wait, expire and be cancelled. What a worker is, those who stand on it know.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/pool.hpp"
#include "actors/pool_books.hpp"

#include <caf/typed_response_promise.hpp>

#include <map>
#include <optional>
#include <unordered_map>

namespace troupe::actors {

template <class Job, class Answer>
class pool_front : public base_actor<pool_actor<Job, Answer>> {
public:
  using handle = pool_actor<Job, Answer>;
  using base = base_actor<handle>;

  const char* name() const override { return "pool"; }

  void on_exit() override {
    const error why = draining_ ? error{errc::draining, "the pool closes"}
                                : error{errc::worker_lost, "the pool is gone"};
    for (auto& [number, each] : pending_)
      each.answer.deliver(to_caf(why));
    pending_.clear();
    tickets_.clear();
    books_.close();
    base::on_exit();
  }

protected:
  /// @pre policy::check of terms.pool and terms.restarts
  pool_front(caf::actor_config& config, const house& home, const pool_terms& terms)
    : base(config, home, {"pool", terms.path, mailbox_limit(terms.pool)}),
      terms_(terms),
      desk_(terms.pool),
      books_(this->metrics(), this->log(), terms) {}

  typename handle::behavior_type make_behavior() override {
    open();
    after_change();
    return {
      [this](const submit<Job>& x) { return on_submit(x); },
      [this](const cancel_job& x) { on_cancel_job(x); },
      [this](const describe_pool&) { return view(); },
      [this](const drain&) { on_drain(); },
      [this](const pool_ticked&) { on_pool_ticked(); },
      [this](const replace_worker&) { on_replace_worker(); },
    };
  }

  /// Hires the first workers.
  virtual void open() = 0;
  /// Gives the job to that worker.
  virtual void start(policy::job_number job, policy::worker_number worker) = 0;
  /// Ends it: it had a job for too long.
  virtual void wedged(policy::worker_number) {}
  /// Lets it go: the desk has no need of it and forgot it.
  virtual void retire(policy::worker_number) {}
  /// As many workers as the desk wants.
  virtual void staff() {}
  virtual void on_replace_worker() {}
  /// Every policy::pool_tick while the desk needs it.
  virtual void look_around() {}
  /// Workers that live now.
  [[nodiscard]] virtual std::size_t alive() const { return desk_.workers(); }

  [[nodiscard]] virtual pool_view view() {
    return {.name = terms_.name,
            .state = draining_ ? "draining" : "serving",
            .min = terms_.pool.min,
            .max = terms_.pool.max,
            .mailbox = terms_.pool.mailbox,
            .buffer = terms_.pool.buffer,
            .numbers = desk_.numbers(this->steady()),
            .restarts = restarts_};
  }

  /// @pre it is not answered yet
  [[nodiscard]] const Job& job(policy::job_number number) const { return pending_.at(number).job; }
  [[nodiscard]] steady_time since(policy::job_number number) const {
    return pending_.at(number).since;
  }
  [[nodiscard]] std::uint64_t owner(policy::job_number number) const {
    return pending_.at(number).owner;
  }
  /// For a job that nobody submitted.
  [[nodiscard]] policy::job_number new_number() noexcept { return ++jobs_; }

  /// The job's asker gets this. Whoever cancelled it gets nothing more.
  void answer(policy::job_number number, Answer what) {
    if (auto known = take(number))
      known->answer.deliver(std::move(what));
  }
  void fail(policy::job_number number, policy::job_outcome how, const caf::error& why) {
    auto known = take(number);
    if (!known)
      return;
    books_.ended(how, this->steady() - known->since);
    known->answer.deliver(why);
  }
  void fail(policy::job_number number, policy::job_outcome how, errc code, const char* why) {
    fail(number, how, to_caf({code, "pool " + terms_.name + ": " + why}));
  }

  /// Call it after whatever may have moved a job or a worker.
  void after_change() {
    while (const auto next = desk_.next(this->steady()))
      start(next->job, next->worker);
    staff();
    books_.show(alive(), desk_);
    this->card().in_hand.store(pending_.size(), std::memory_order_relaxed);
    if (draining_ && desk_.is_idle())
      this->quit(caf::exit_reason::user_shutdown);
    else if (!ticking_ && desk_.needs_tick()) {
      ticking_ = true;
      this->delayed_send(this, policy::pool_tick, pool_ticked{});
    }
  }

  const pool_terms terms_;
  policy::pool_desk desk_;
  pool_books books_;
  std::uint64_t restarts_ = 0;

private:
  struct pending {
    Job job;
    caf::typed_response_promise<Answer> answer;
    steady_time since;
    std::uint64_t owner;
    std::uint64_t ticket;
  };
  using ticket_key = std::pair<std::uint64_t, std::uint64_t>; ///< Owner and ticket.

  static std::size_t mailbox_limit(const policy::pool_options& x) {
    return x.buffer + std::size_t{x.max} * x.mailbox + pool_mailbox_slack;
  }

  std::uint64_t asker() {
    const auto& who = this->current_sender();
    return who ? who->id() : 0;
  }

  caf::result<Answer> on_submit(const submit<Job>& x) {
    if (draining_)
      return to_caf({errc::draining, "pool " + terms_.name + " takes no more jobs"});
    const auto now = this->steady();
    const auto number = new_number();
    const auto by = asker();
    const auto entry = desk_.submit(
      {.job = number, .owner = by, .priority = x.priority, .wait = x.wait}, now);
    if (entry.what == policy::job_entry::fate::refused) {
      books_.refused();
      return to_caf({errc::mailbox_full, "pool " + terms_.name + " has no room"});
    }
    pending_.emplace(number, pending{x.job, this->template make_response_promise<Answer>(), now,
                                     by, x.ticket});
    if (x.ticket != 0)
      tickets_[{by, x.ticket}] = number;
    if (entry.what == policy::job_entry::fate::assigned)
      start(number, entry.worker);
    after_change();
    return caf::delegated<Answer>{};
  }

  void on_cancel_job(const cancel_job& x) {
    const auto known = tickets_.find({asker(), x.ticket});
    if (known == tickets_.end())
      return;
    const auto number = known->second;
    desk_.cancel(number, this->steady());
    fail(number, policy::job_outcome::cancelled, errc::refused, "cancelled");
    after_change();
  }

  void on_drain() {
    draining_ = true;
    this->enter_state("draining");
    after_change();
  }

  void on_pool_ticked() {
    ticking_ = false;
    const auto round = desk_.tick(this->steady());
    for (const auto each : round.expired)
      fail(each, policy::job_outcome::timed_out, errc::timed_out, "waited too long for a worker");
    for (const auto& each : round.wedged)
      fail(each.job, policy::job_outcome::timed_out, errc::timed_out, "its worker takes too long");
    for (const auto& each : round.wedged)
      wedged(each.worker);
    for (const auto each : round.retired)
      retire(each);
    look_around();
    after_change();
  }

  std::optional<pending> take(policy::job_number number) {
    const auto known = pending_.find(number);
    if (known == pending_.end())
      return std::nullopt;
    std::optional<pending> taken{std::move(known->second)};
    pending_.erase(known);
    const auto ticket = tickets_.find({taken->owner, taken->ticket});
    if (ticket != tickets_.end() && ticket->second == number)
      tickets_.erase(ticket);
    return taken;
  }

  std::unordered_map<policy::job_number, pending> pending_; ///< Not answered yet.
  std::map<ticket_key, policy::job_number> tickets_;        ///< Of these.
  policy::job_number jobs_ = 0;
  bool draining_ = false;
  bool ticking_ = false;
};

} // namespace troupe::actors
