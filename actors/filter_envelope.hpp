// What filters want changed in an envelope, done to it.

#pragma once

#include "net/core/envelope.hpp"
#include "net/milter/change.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace troupe::actors {

/// Makes the changes in order. One that names no address, or a recipient too many, is
/// left out, with a line for the log. Nobody asks whether a recipient that a filter adds
/// may be sent to: the operator trusts filters.
[[nodiscard]] std::vector<std::string> change_envelope(envelope& mail, const std::vector<milter::change>& all,
                                                       std::size_t recipients_max);

/// "<ann@example.org>", "SIZE=10", ... : MAIL and RCPT as filters are told them.
[[nodiscard]] std::vector<std::string> mail_words(const envelope& mail, std::uint64_t declared_bytes);
[[nodiscard]] std::vector<std::string> rcpt_words(const recipient& to);

} // namespace troupe::actors
