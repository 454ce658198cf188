// A terminal as a live screen: what was on it comes back at the end, however it ends.

#pragma once

#include "app/troupectl/top_frame.hpp"

#include <termios.h>

#include <optional>
#include <utility>

namespace troupe::app {

/// Takes over the terminal of stdin and stdout. One at a time.
class screen {
public:
  /// Nothing where stdin or stdout is no terminal.
  [[nodiscard]] static std::optional<screen> open();
  screen(screen&& from) noexcept : before_(from.before_), owns_(std::exchange(from.owns_, false)) {}
  screen& operator=(screen&&) = delete;
  ~screen();

  [[nodiscard]] screen_size size() const;
  void show(const std::vector<std::string>& lines) const;

  /// Waits for a key, but not longer. True when the operator wants to leave: 'q', Ctrl-C,
  /// Ctrl-D, or a signal that ends programs.
  [[nodiscard]] bool wants_to_leave(int wait_ms) const;

private:
  explicit screen(const termios& before);

  termios before_;
  bool owns_ = true;
};

} // namespace troupe::app
