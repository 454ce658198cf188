// A Unix socket for those who may wait: a worker on its own thread asks a service of this
// host, with a deadline for each step. Never on an I/O thread.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <span>
#include <string>
#include <string_view>

namespace troupe::io {

class local_stream {
public:
  local_stream() = default;
  local_stream(local_stream&& other) noexcept;
  local_stream& operator=(local_stream&& other) noexcept;
  ~local_stream();

  // Each fails with peer_unreachable or timed_out; after a failure, `close` it.
  [[nodiscard]] static result<local_stream> connect(const std::string& path, steady_time deadline);
  [[nodiscard]] status send(std::string_view bytes, steady_time deadline);
  /// What came, at least a byte.
  [[nodiscard]] result<std::size_t> receive(std::span<char> into, steady_time deadline);

  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

private:
  explicit local_stream(int descriptor) noexcept : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

} // namespace troupe::io
