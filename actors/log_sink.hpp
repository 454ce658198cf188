// Where log lines go in production: standard error, as one write a line. It is
// an spdlog sink, so that any other of spdlog's can stand in its place.

#pragma once

#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace troupe::actors {

/// A reader that has gone away costs its lines, one that has fallen behind costs
/// `log_write_wait_max` once and then the lines that it has no room for.
class descriptor_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
  /// @pre the descriptor outlives this; SIGPIPE is ignored.
  descriptor_sink(int descriptor, std::atomic<std::uint64_t>& lost)
    : descriptor_(descriptor), lost_(lost) {}

protected:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override {}

private:
  bool has_room();

  const int descriptor_;
  std::atomic<std::uint64_t>& lost_;
  bool behind_ = false; ///< The last wait was in vain.
  bool torn_ = false;   ///< The last line went out in part.
};

} // namespace troupe::actors
