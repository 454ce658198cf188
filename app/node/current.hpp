// A value that a reload replaces while others read it.

#pragma once

#include <mutex>
#include <utility>

namespace troupe::app {

/// Any thread may call anything. Copies out: keep it to what is cheap to copy.
template <class T>
class current {
public:
  [[nodiscard]] T get() const {
    const std::lock_guard lock(guard_);
    return value_;
  }

  void set(T next) {
    const std::lock_guard lock(guard_);
    std::swap(value_, next);
  }

private:
  mutable std::mutex guard_;
  T value_{};
};

} // namespace troupe::app
