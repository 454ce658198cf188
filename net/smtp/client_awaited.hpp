// The replies that a client waits for, in the order they must come.

#pragma once

#include "net/core/expect.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::smtp {

enum class awaited : std::uint8_t {
  greeting,
  hello,
  starttls,
  login,
  reset,
  mail,
  recipient,
  data,
  chunk,    ///< A BDAT that is not the last.
  message,  ///< The end of a body.
  lone_dot, ///< The end of one that was not sent, since nobody was accepted.
  quit,
};

/// "the reply to MAIL".
[[nodiscard]] std::string_view to_string(awaited what) noexcept;

/// A queue in which neighbours that are alike take one place: two transactions with
/// any number of recipients need 11.
class awaited_replies {
public:
  void push(awaited what, unsigned slot, std::size_t count = 1) {
    if (used_ == 0 || !is(at(used_ - 1), what, slot)) {
      TROUPE_EXPECT(used_ < runs_.size());
      at(used_++) = {what, slot, 0};
    }
    at(used_ - 1).count += count;
    total_ += count;
  }

  void pop() {
    TROUPE_EXPECT(total_ > 0);
    --total_;
    if (--at(0).count == 0) {
      first_ = (first_ + 1) % runs_.size();
      --used_;
    }
  }

  void clear() noexcept { used_ = total_ = 0; }

  [[nodiscard]] bool empty() const noexcept { return total_ == 0; }
  [[nodiscard]] std::size_t total() const noexcept { return total_; }

  /// @pre !empty()
  [[nodiscard]] awaited what() const noexcept { return runs_[first_].what; }
  [[nodiscard]] unsigned slot() const noexcept { return runs_[first_].slot; }

private:
  struct run {
    awaited what;
    unsigned slot;
    std::size_t count;
  };

  [[nodiscard]] run& at(std::size_t i) noexcept { return runs_[(first_ + i) % runs_.size()]; }
  [[nodiscard]] static bool is(const run& one, awaited what, unsigned slot) noexcept {
    return one.what == what && one.slot == slot;
  }

  std::array<run, 12> runs_{};
  std::size_t first_ = 0;
  std::size_t used_ = 0;
  std::size_t total_ = 0;
};

} // namespace troupe::smtp
