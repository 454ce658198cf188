#include "actors/event_log.hpp"

#include "actors/log_limiter.hpp"
#include "actors/log_line.hpp"
#include "actors/log_sink.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <csignal>
#include <limits>
#include <unistd.h>

namespace troupe::actors {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

void ignore_sigpipe() {
  struct sigaction now {};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
    now.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &now, nullptr);
  }
}

} // namespace

struct event_log::sink {
  std::atomic<std::uint64_t> lost{0};
  spdlog::sink_ptr out;
  std::mutex limiter_lock;
  log_limiter limiter;
  /// limiter.due() as milliseconds, for a look without the lock.
  std::atomic<std::int64_t> report_due{never};

  void update_due() {
    const auto due = limiter.due();
    report_due.store(due ? due->time_since_epoch().count() : never, std::memory_order_relaxed);
  }

  bool admit(std::string_view event, wall_time now) {
    const std::lock_guard guard(limiter_lock);
    const bool admitted = limiter.admit(event, now);
    if (!admitted)
      update_due();
    return admitted;
  }

  std::vector<suppressed_lines> take_over(wall_time now) {
    if (now.time_since_epoch().count() < report_due.load(std::memory_order_relaxed))
      return {};
    const std::lock_guard guard(limiter_lock);
    auto taken = limiter.take_over(now);
    update_due();
    return taken;
  }

  void put(log_format format, const log_head& head, log_fields fields) {
    thread_local log_line line;
    const auto text = line.format(format, head, fields);
    try {
      out->log({head.at, {}, {}, spdlog::level::info, {text.data(), text.size()}});
    } catch (const std::exception&) {
      lost.fetch_add(1, std::memory_order_relaxed);
    }
  }
};

event_log::event_log(const event_log_options& options, std::unique_ptr<sink> to)
  : node_(options.node), level_(options.level), format_(options.format), sink_(std::move(to)) {}

event_log::event_log(const event_log_options& options)
  : event_log(options, std::make_unique<sink>()) {
  ignore_sigpipe();
  sink_->out = std::make_shared<descriptor_sink>(STDERR_FILENO, sink_->lost);
}

event_log::event_log(const event_log_options& options, std::ostream& to)
  : event_log(options, std::make_unique<sink>()) {
  sink_->out = std::make_shared<spdlog::sinks::ostream_sink_mt>(to);
  sink_->out->set_formatter(std::make_unique<spdlog::pattern_formatter>(
    "%v", spdlog::pattern_time_type::utc, std::string()));
}

event_log::~event_log() {
  const auto format = format_.load(std::memory_order_relaxed);
  for (const auto& each : sink_->limiter.take_all())
    sink_->put(format, {wall_now(), log_level::warn, "log_suppressed", node_},
               {{"of", each.event}, {"count", each.count}});
}

std::uint64_t event_log::lost_lines() const noexcept {
  return sink_->lost.load(std::memory_order_relaxed);
}

void event_log::write(log_level level, std::string_view event, log_fields fields) {
  const auto now = wall_now();
  const auto format = format_.load(std::memory_order_relaxed);
  for (const auto& each : sink_->take_over(now))
    sink_->put(format, {now, log_level::warn, "log_suppressed", node_},
               {{"of", each.event}, {"count", each.count}});
  // What happened to mail is never left out.
  if (level >= log_level::warn && !event.starts_with("message_") && !sink_->admit(event, now))
    return;
  sink_->put(format, {now, level, event, node_}, fields);
}

} // namespace troupe::actors
