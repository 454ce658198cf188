// One filter that SESSIONS let look at their mail, as the configuration names it.

#pragma once

#include "net/io/stream_socket.hpp"
#include "net/milter/conversation.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

/// What becomes of mail that a filter can't look at.
enum class filter_failure : std::uint8_t {
  tempfail, ///< 451: the client comes back later.
  accept,   ///< It goes on without.
  reject,   ///< 550.
};

struct filter_terms {
  std::string name; ///< As configured: "inet:127.0.0.1:11332".
  io::endpoint where;
  filter_failure on_failure = filter_failure::tempfail;
  milter::conversation_options waits; ///< reply_max is also that for the connection.
};

/// In the order in which they are asked; each sees what those before it changed.
using filter_list = std::vector<filter_terms>;
using filter_list_ptr = std::shared_ptr<const filter_list>;

/// What a client reads when filters fail: the hardest of what they ask for.
[[nodiscard]] reply filter_failed_reply(filter_failure how);
[[nodiscard]] filter_failure hardest(const filter_list& all) noexcept;

} // namespace troupe::actors
