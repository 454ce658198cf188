// From what a RESOLVER found to what the machines of net/authentication read.

#pragma once

#include "actors/resolver.hpp"
#include "net/authentication/dns_book.hpp"

namespace troupe::actors {

[[nodiscard]] find_hosts question_for(const authentication::dns_question& asked);

/// Records that are malformed are left out.
[[nodiscard]] authentication::dns_answer answer_from(const dns::record_answer& found,
                                                     authentication::record_type type);

} // namespace troupe::actors
