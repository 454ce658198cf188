#include "app/trouped/serve.hpp"

#include "actors/event_log.hpp"
#include "app/config/config_changes.hpp"
#include "app/exit_code.hpp"
#include "app/node/node.hpp"

#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace troupe::app {

namespace {

constexpr timespec look_interval{0, 500'000'000};

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
    : current_(loaded.parsed.value), named_(named),
      log_({current_.node.name, current_.log.level, current_.log.format}), node_(current_, log_) {}

  int run(const sigset_t& signals) {
    if (const auto failed = node_.start()) {
      std::cerr << "trouped: " << failed->what << std::endl;
      // Half of a house is not taken down, it is left: nothing was accepted yet.
      std::_Exit(failed->code);
    }
    say_ready();
    for (;;) {
      switch (sigtimedwait(&signals, nullptr, &look_interval)) {
        case SIGTERM:
        case SIGINT: return stop(signals);
        case SIGHUP: reload(); break;
        default: break;
      }
      if (const auto why = node_.look_after(); !why.empty()) {
        log_.error("house_fell", {{"reason", why}});
        std::_Exit(exit_internal);
      }
    }
  }

private:
  void say_ready() {
    for (const auto& each : current_.listeners)
      log_.info("listening", {{"address", to_string(each.address)}});
    log_.info("started", {{"version", TROUPE_VERSION}, {"data_dir", current_.node.data_dir}});
    sd_notify(0, "READY=1");
  }

  void reload() {
    sd_notify(0, "RELOADING=1");
    const auto next = load_config(named_);
    if (!next.parsed.ok()) {
      for (const auto& each : next.parsed.errors)
        log_.warn("reload", {{"outcome", "refused"}, {"reason", to_string(each)}});
    } else if (const auto done = node_.reload(next.parsed.value); !done) {
      log_.warn("reload", {{"outcome", "refused"}, {"reason", done.error().detail}});
    } else {
      for (const auto& key : compare_configs(current_, next.parsed.value).need_restart)
        log_.warn("reload", {{"outcome", "needs_restart"}, {"key", key}});
      current_ = next.parsed.value;
      log_.set_level(current_.log.level);
      log_.set_format(current_.log.format);
      log_.info("reload", {{"outcome", "done"}});
    }
    sd_notify(0, "READY=1");
  }

  int stop(const sigset_t& signals) {
    sd_notify(0, "STOPPING=1");
    // A second signal ends it at once: what was acknowledged is on disk.
    std::thread([signals] {
      int which = 0;
      do
        sigwait(&signals, &which);
      while (which == SIGHUP);
      std::_Exit(exit_temporary);
    }).detach();
    if (!node_.stop()) {
      log_.warn("drain_deadline", {{"drain_ms", current_.node.drain.count()}});
      std::_Exit(exit_ok);
    }
    return exit_ok;
  }

  config current_;
  const std::optional<std::string> named_;
  actors::event_log log_;
  node node_;
};

} // namespace

int serve(const loaded_config& loaded, const std::optional<std::string>& named) {
  // Before any thread is there: all of them inherit it, and only we wait for them.
  const auto signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return daemon(loaded, named).run(signals);
}

} // namespace troupe::app
