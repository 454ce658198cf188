#include "net/io/http_workers.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace troupe::io {

namespace {

constexpr int niceness = 5;

} // namespace

http_workers::http_workers(http_gate& gate, std::size_t threads, std::size_t waiting_max)
  : gate_(gate), waiting_max_(waiting_max) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), "http");
  }
}

void http_workers::enqueue(std::function<void()> serve) {
  std::unique_lock lock{gate_.mutex};
  // Stopping, the bound gives way: the connection must at least be closed.
  gate_.changed.wait(lock, [&] { return waiting_.size() < waiting_max_ || gate_.stopping; });
  waiting_.push_back(std::move(serve));
  gate_.changed.notify_all();
}

void http_workers::shutdown() {
  {
    const std::lock_guard lock{gate_.mutex};
    ended_ = true;
    gate_.changed.notify_all();
  }
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

void http_workers::work() {
  // On Linux niceness is a thread's own: onlookers stand back where mail wants the cores.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
  std::unique_lock lock{gate_.mutex};
  while (true) {
    gate_.changed.wait(lock, [&] { return !waiting_.empty() || ended_; });
    if (waiting_.empty())
      return;
    const auto serve = std::move(waiting_.front());
    waiting_.pop_front();
    gate_.changed.notify_all();
    lock.unlock();
    serve();
    lock.lock();
  }
}

} // namespace troupe::io
