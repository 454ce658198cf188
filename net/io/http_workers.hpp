// The threads of an HTTP server and the connections that wait for one. Private to
// http_server.

#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::io {

/// What the server's owner may say to its workers from outside.
struct http_gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
};

/// Bounded: with `waiting_max` connections waiting, the accepting thread waits too,
/// and the kernel's backlog holds back the rest.
class http_workers final : public httplib::TaskQueue {
public:
  http_workers(http_gate& gate, std::size_t threads, std::size_t waiting_max);
  ~http_workers() override { shutdown(); }

  void enqueue(std::function<void()> serve) override;
  void shutdown() override;

private:
  void work();

  http_gate& gate_;
  std::size_t waiting_max_;
  std::deque<std::function<void()>> waiting_; // under gate_.mutex
  bool ended_ = false;                        // under gate_.mutex
  std::vector<std::thread> threads_;
};

} // namespace troupe::io
