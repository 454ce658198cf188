// An I/O thread as CAF sees it. Actors pinned to it run on its event loop, so a
// socket and its actor share a thread: no lock, no wake-up (25 to 40 us each).

#pragma once

#include "actors/happens_before.hpp"
#include "net/core/message_id.hpp"
#include "net/io/event_loop.hpp"

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

#include <array>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

namespace troupe::actors {

class io_unit {
public:
  io_unit(caf::actor_system& system, id_source ids);
  ~io_unit();

  [[nodiscard]] io::event_loop& loop() noexcept { return loop_; }

  /// The context of code that runs here: what it wakes up elsewhere goes to CAF's
  /// workers.
  [[nodiscard]] caf::execution_unit* home() noexcept { return &home_; }

  /// The context that makes pinned actors runnable here, from any thread.
  [[nodiscard]] caf::execution_unit* inbox() noexcept { return &inbox_; }

  /// A buffer to read into, shared by all that runs here: what was read is gone when
  /// the handler returns.
  [[nodiscard]] std::span<char> scratch() noexcept { return scratch_; }

  /// Makes the message ids of this thread.
  [[nodiscard]] id_source& ids() noexcept { return ids_; }

  /// Runs the loop on the calling thread.
  void run();

private:
  class home_unit final : public caf::execution_unit {
  public:
    using execution_unit::execution_unit;
    void exec_later(caf::resumable* job) override;
  };

  class inbox_unit final : public caf::execution_unit {
  public:
    inbox_unit(caf::actor_system* system, io_unit& unit) : execution_unit(system), unit_(unit) {}
    void exec_later(caf::resumable* job) override { unit_.push(job); }

  private:
    io_unit& unit_;
  };

  void push(caf::resumable* job);
  void arm();
  void drain();
  void step(caf::resumable* job);

  home_unit home_;
  inbox_unit inbox_;
  io::event_loop loop_;
  id_source ids_;
  std::array<char, 64 * 1024> scratch_;
  std::deque<caf::resumable*> own_; // made runnable by this thread itself
  bool armed_ = false;
  std::mutex guard_;
  std::vector<caf::resumable*> foreign_; // made runnable by others; one wake-up for all
};

} // namespace troupe::actors
