// An actor that lives on one I/O thread, because it owns a socket. Its socket's
// handlers call it directly: a message between two pinned actors of one thread
// costs less than a microsecond, a hop to another thread 25 to 40.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/io_unit.hpp"

#include <exception>
#include <utility>

namespace troupe::actors {

template <class Handle>
class pinned_actor : public base_actor<Handle> {
public:
  using base = base_actor<Handle>;

  pinned_actor(caf::actor_config& config, const house& home, place where, io_unit& unit)
    : base(config, home, std::move(where)), unit_(unit) {}

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    base::enqueue(std::move(element), unit_.inbox());
  }

  void launch(caf::execution_unit*, bool lazy, bool hide) override {
    base::launch(unit_.inbox(), lazy, hide);
  }

protected:
  /// Makes a socket's or timer's handler of `act`: it keeps the actor alive, does
  /// nothing once the actor has ended, and turns an exception into its death, as
  /// CAF does for a message. There is no current sender in it.
  template <class F>
  auto bind(F act) {
    return [this, self = caf::strong_actor_ptr{this->ctrl()},
            act = std::move(act)](auto&&... xs) mutable {
      happens_after(this);
      if (this->getf(caf::abstract_actor::is_cleaned_up_flag))
        return;
      this->context(unit_.home());
      this->card().steps.fetch_add(1, std::memory_order_relaxed);
      try {
        act(std::forward<decltype(xs)>(xs)...);
      } catch (...) {
        this->quit(base::error_of(std::current_exception()));
      }
      if (!this->has_behavior())
        this->finalize();
      happens_before(this);
    };
  }

  [[nodiscard]] io_unit& unit() noexcept { return unit_; }

private:
  io_unit& unit_;
};

} // namespace troupe::actors
