#include "net/authentication/dns_book.hpp"

#include "net/core/mailbox.hpp"

#include <utility>

namespace troupe::authentication {

const dns_answer* dns_book::find(std::string_view name, record_type type) {
  static const dns_answer failed;
  dns_question wanted{domain_key(name), type};
  if (const auto at = known_.find(wanted); at != known_.end())
    return &at->second;
  if (closed_)
    return &failed;
  if (asked_.contains(wanted))
    return nullptr;
  if (asked_.size() >= questions_max)
    return &failed;
  asked_.insert(wanted);
  missing_.push_back(std::move(wanted));
  return nullptr;
}

void dns_book::write(const dns_question& question, dns_answer answer) {
  known_.insert_or_assign(question, std::move(answer));
}

std::vector<dns_question> dns_book::take_missing() { return std::exchange(missing_, {}); }

} // namespace troupe::authentication
