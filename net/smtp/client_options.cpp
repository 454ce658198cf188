#include "net/smtp/client_options.hpp"

#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::smtp {

namespace {

constexpr seconds reply_timeout_default{300};

}

void cap(client_timeouts& timeouts, seconds reply_timeout) noexcept {
  for (auto* wait : {&timeouts.greeting, &timeouts.hello, &timeouts.handshake, &timeouts.mail,
                     &timeouts.recipient, &timeouts.data_initiation, &timeouts.data_block, &timeouts.quit})
    *wait = std::min(*wait, reply_timeout);
  if (reply_timeout < reply_timeout_default)
    timeouts.final_dot = std::min(timeouts.final_dot, reply_timeout);
}

status check(const client_options& options) {
  if (!is_domain(options.hostname) && !is_address_literal(options.hostname))
    return error{errc::malformed, "hostname"};
  const auto& waits = options.timeouts;
  for (const auto wait : {waits.greeting, waits.hello, waits.handshake, waits.mail, waits.recipient,
                          waits.data_initiation, waits.data_block, waits.final_dot, waits.quit})
    if (wait < seconds{1})
      return error{errc::limit_exceeded, "timeouts: each at least a second"};
  if (options.replies.line_bytes_max < 512 || options.replies.text_bytes_max < 512)
    return error{errc::limit_exceeded, "replies: at least 512 bytes"};
  if (options.replies.lines_max < 1)
    return error{errc::limit_exceeded, "replies.lines_max: at least 1"};
  return {};
}

} // namespace troupe::smtp
