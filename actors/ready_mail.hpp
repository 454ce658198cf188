// The leases that wait in a ROUTE for a worker: by class and sender in turn, so that no
// bulk sender holds up another's letter.

#pragma once

#include "actors/lease.hpp"
#include "actors/policy/turns.hpp"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace troupe::actors {

/// Far above what the credit of all SHARDS comes to.
inline constexpr std::size_t ready_mail_max = 65'536;

class ready_mail {
public:
  /// False when it is full.
  [[nodiscard]] bool add(const lease_ptr& what) {
    return turns_.push(class_of(what->mail->priority), to_string(what->mail->sender), what);
  }

  /// A worker had it, and did not try it: its turn is not over.
  void return_untried(lease_ptr what) { returned_.push_back(std::move(what)); }

  /// Whose turn it is. @pre !empty()
  [[nodiscard]] lease_ptr take() {
    if (returned_.empty())
      return *turns_.pop();
    auto first = std::move(returned_.front());
    returned_.pop_front();
    return first;
  }

  /// Those that someone has to look at by now, see lease::look_again.
  [[nodiscard]] std::vector<lease_ptr> take_overdue(wall_time now) {
    const auto is_overdue = [now](const lease_ptr& each) { return each->look_again <= now; };
    auto taken = turns_.remove_if(is_overdue);
    std::erase_if(returned_, [&](const lease_ptr& each) {
      if (!is_overdue(each))
        return false;
      taken.push_back(each);
      return true;
    });
    return taken;
  }

  /// The class of the most urgent of them. @pre !empty()
  [[nodiscard]] priority_class most_urgent() const {
    for (std::size_t i = priority_classes; i-- > 0;)
      if (const auto each = static_cast<priority_class>(i); turns_.size(each) > 0)
        return each;
    return class_of(returned_.front()->mail->priority);
  }

  [[nodiscard]] bool empty() const noexcept { return returned_.empty() && turns_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return returned_.size() + turns_.size(); }

private:
  std::deque<lease_ptr> returned_;
  policy::turns<std::string, lease_ptr> turns_{ready_mail_max};
};

} // namespace troupe::actors
