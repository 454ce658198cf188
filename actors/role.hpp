// A role of the house, played by one actor at a time. An actor that is restarted has a
// new address; who keeps its role instead of its handle always reaches the one on stage.

#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace troupe::actors {

/// `Handle` is the typed handle of the actors that can play it. Any thread may call
/// anything; whoever makes the player casts it.
template <class Handle>
class role {
public:
  role() = default;
  explicit role(Handle first) : player_(std::move(first)) {}

  /// Who plays it now. Between a death and the next cast it is the dead one, of which
  /// CAF answers each request at once that it is gone; null before the first cast and
  /// after the last.
  [[nodiscard]] Handle now() const {
    const std::lock_guard lock(guard_);
    return player_;
  }

  void cast(Handle next) {
    const std::lock_guard lock(guard_);
    std::swap(player_, next); // the one before may end with its handle: after the lock is gone
  }

  /// The house closes: nobody plays it any more.
  void vacate() { cast(Handle{}); }

private:
  mutable std::mutex guard_;
  Handle player_;
};

template <class Handle>
using role_ptr = std::shared_ptr<role<Handle>>;

template <class Handle>
[[nodiscard]] role_ptr<Handle> make_role(Handle first = {}) {
  return std::make_shared<role<Handle>>(std::move(first));
}

} // namespace troupe::actors
