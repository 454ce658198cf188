#include "net/smtp/session_options.hpp"

#include "net/core/address_text.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::smtp {

status check(const session_options& options) {
  const auto& greeting = options.greeting;
  if (!is_domain(options.hostname) && !is_address_literal(options.hostname))
    return error{errc::malformed, "hostname"};
  if (!std::all_of(greeting.begin(), greeting.end(), is_printable))
    return error{errc::malformed, "greeting"};
  if (options.line_bytes_max < 512 || options.line_bytes_max > 8192)
    return error{errc::limit_exceeded, "line_bytes_max"};
  if (options.recipients_max < 100) // RFC 5321 §4.5.3.1.8
    return error{errc::limit_exceeded, "recipients_max"};
  if (options.message_bytes_max < 64 * 1024) // §4.5.3.1.7
    return error{errc::limit_exceeded, "message_bytes_max"};
  if (options.errors_max == 0)
    return error{errc::limit_exceeded, "errors_max"};
  if (options.messages_max == 0)
    return error{errc::limit_exceeded, "messages_max"};
  if (options.received_hops_max == 0)
    return error{errc::limit_exceeded, "received_hops_max"};
  if (options.idle_max <= seconds{0})
    return error{errc::limit_exceeded, "idle_max"};
  if (options.data_block_max <= seconds{0})
    return error{errc::limit_exceeded, "data_block_max"};
  if (options.tarpit_step < milliseconds{0} || options.tarpit_longest < milliseconds{0}
      || options.tarpit_longest >= options.idle_max)
    return error{errc::limit_exceeded, "tarpit"};
  if (options.data_block_bytes == 0)
    return error{errc::limit_exceeded, "data_block_bytes"};
  return {};
}

} // namespace troupe::smtp
