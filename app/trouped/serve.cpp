#include "app/trouped/serve.hpp"

#include "actors/event_log.hpp"
#include "app/admin/admin.hpp"
#include "app/config/config_changes.hpp"
#include "app/exit_code.hpp"
#include "app/node/node.hpp"
#include "app/trouped/reload_desk.hpp"

#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <sys/resource.h>
#include <unistd.h>

namespace troupe::app {

namespace {

constexpr timespec look_interval{0, 500'000'000};
/// After node.drain, for the end of operators' connections and of threads.
constexpr seconds farewell_max{5};

sigset_t handled_signals() {
  sigset_t all;
  sigemptyset(&all);
  for (const int each : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&all, each);
  return all;
}

class daemon {
public:
  daemon(const loaded_config& loaded, const std::optional<std::string>& named)
    : current_(loaded.parsed.value),
      named_(named),
      log_({current_.node.name, current_.log.level, current_.log.format}),
      node_(current_, log_) {}

  int run(const sigset_t& signals) {
    admin_doors doors;
    if (const auto failed = node_.start([&] { return open_doors(doors); })) {
      std::cerr << "trouped: " << failed->what << std::endl;
      // Half of a house is not taken down, it is left: nothing was accepted yet.
      std::_Exit(failed->code);
    }
    admin_.emplace(node_, admin_commands{[this] { return reloads_.ask(); },
                                         [] { ::kill(::getpid(), SIGTERM); }},
                   std::move(doors));
    if (const auto open = admin_->start(); !open) {
      std::cerr << "trouped: " << open.error().detail << std::endl;
      admin_.reset();
      std::_Exit(exit_unavailable);
    }
    say_ready();
    for (;;) {
      switch (sigtimedwait(&signals, nullptr, &look_interval)) {
        case SIGTERM:
        case SIGINT: return stop(signals);
        case SIGHUP: reload(); break;
        default: break;
      }
      admin_->look(steady_now());
      if (const auto why = node_.look_after(); !why.empty()) {
        log_.error("house_fell", {{"reason", why}});
        std::_Exit(exit_internal);
      }
    }
  }

private:
  status open_doors(admin_doors& into) const {
    auto opened = open_admin_doors(current_);
    if (!opened)
      return opened.error();
    into = std::move(*opened);
    return {};
  }

  void say_ready() {
    for (const auto& each : current_.listeners)
      log_.info("listening", {{"address", to_string(each.address)}});
    log_.info("started", {{"version", TROUPE_VERSION}, {"data_dir", current_.node.data_dir}});
    sd_notify(0, "READY=1");
  }

  void reload() {
    auto asked = reloads_.take();
    sd_notify(0, "RELOADING=1");
    const auto report = take_configuration();
    for (const auto& each : report.errors)
      log_.warn("reload", {{"outcome", "refused"}, {"reason", each}});
    for (const auto& key : report.need_restart)
      log_.warn("reload", {{"outcome", "needs_restart"}, {"key", key}});
    if (report.done)
      log_.info("reload", {{"outcome", "done"}});
    sd_notify(0, "READY=1");
    reload_desk::answer(asked, report);
  }

  reload_report take_configuration() {
    reload_report report;
    const auto next = load_config(named_);
    for (const auto& each : next.parsed.errors)
      report.errors.push_back(to_string(each));
    if (!next.parsed.ok())
      return report;
    if (const auto done = node_.reload(next.parsed.value); !done) {
      report.errors.push_back(done.error().detail);
      return report;
    }
    report.need_restart = compare_configs(current_, next.parsed.value).need_restart;
    current_ = next.parsed.value;
    log_.set_level(current_.log.level);
    log_.set_format(current_.log.format);
    report.done = true;
    return report;
  }

  int stop(const sigset_t& signals) {
    sd_notify(0, "STOPPING=1");
    auto too_late = reloads_.take();
    reload_desk::answer(too_late, {false, {"the node is draining"}, {}});
    // A second signal ends it at once: what was acknowledged is on disk.
    std::thread([signals] {
      int which = 0;
      do
        sigwait(&signals, &which);
      while (which == SIGHUP);
      std::_Exit(exit_temporary);
    }).detach();
    // Nor may what comes after the drain hold it: a browser that keeps its connection,
    // a thread that does not end.
    std::thread([this] {
      std::this_thread::sleep_for(current_.node.drain + farewell_max);
      leave_undrained();
    }).detach();
    if (!node_.stop([this] { admin_.reset(); }))
      leave_undrained();
    return exit_ok;
  }

  // What was acknowledged is on disk, and the next start goes on with it.
  [[noreturn]] void leave_undrained() {
    log_.warn("drain_deadline", {{"drain_ms", current_.node.drain.count()}});
    std::_Exit(exit_ok);
  }

  config current_;
  const std::optional<std::string> named_;
  actors::event_log log_;
  node node_;
  reload_desk reloads_;
  std::optional<admin> admin_; ///< From start to the end of the drain.
};

} // namespace

namespace {

// One descriptor a connection, and more for files and next hops: what the kernel
// lets us have without asking, we take.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

} // namespace

int serve(const loaded_config& loaded, const std::optional<std::string>& named) {
  // Before any thread is there: all of them inherit it, and only we wait for them.
  raise_descriptor_limit();
  const auto signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return daemon(loaded, named).run(signals);
}

} // namespace troupe::app
