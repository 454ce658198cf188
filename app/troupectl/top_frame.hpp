// One picture of the live screen, as text. Where it goes, and when, is another's business.

#pragma once

#include "app/troupectl/call.hpp"

#include <string>
#include <vector>

namespace troupe::app {

/// Answers of the daemon; an empty object where it gave none.
struct top_data {
  json status, actors, routes, pools, breakers;
  std::string trouble; ///< Why there is nothing new; or empty.
};

struct screen_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// At most `rows` lines of at most `columns` letters, fit for a terminal: rates and
/// queue, what is wrong, then the open breakers, the pools, the busiest destinations and
/// the fullest mailboxes, each as far as its share of the screen goes.
[[nodiscard]] std::vector<std::string> top_frame(const top_data& data, screen_size size);

} // namespace troupe::app
