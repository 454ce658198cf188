#include "actors/log_sink.hpp"

#include "actors/event_log.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace troupe::actors {

bool descriptor_sink::has_room() {
  // A blocking descriptor is shared with whoever started us, so it stays as it
  // is: the question comes before the write. A pipe that says yes has room for a
  // whole line (log_line_bytes_max is less than PIPE_BUF).
  pollfd asked{descriptor_, POLLOUT, 0};
  const int wait = behind_ ? 0 : static_cast<int>(log_write_wait_max.count());
  int ready = 0;
  do
    ready = ::poll(&asked, 1, wait);
  while (ready < 0 && errno == EINTR);
  behind_ = ready == 0;
  return ready > 0;
}

void descriptor_sink::sink_it_(const spdlog::details::log_msg& line) {
  const auto write_all = [this](const char* from, std::size_t size) {
    std::size_t written = 0;
    while (written < size) {
      if (!has_room())
        break;
      const auto now = ::write(descriptor_, from + written, size - written);
      if (now < 0 && errno != EINTR && errno != EAGAIN)
        break;
      if (now > 0)
        written += static_cast<std::size_t>(now);
    }
    return written;
  };
  if (torn_ && write_all("\n", 1) == 1)
    torn_ = false;
  const auto written = torn_ ? 0 : write_all(line.payload.data(), line.payload.size());
  if (written == line.payload.size())
    return;
  torn_ = torn_ || written != 0;
  lost_.fetch_add(1, std::memory_order_relaxed);
}

} // namespace troupe::actors
