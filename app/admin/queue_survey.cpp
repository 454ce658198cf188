#include "app/admin/queue_survey.hpp"

#include "app/admin/message_filter.hpp"

#include <algorithm>
#include <unordered_set>

namespace troupe::app {

namespace {

using namespace std::chrono_literals;
constexpr std::array<seconds, 8> age_bounds{1min, 5min, 15min, 1h, 4h, 24h, 72h, 120h};

void count(domain_share& to, const queued_message& mail, bool deferred) {
  ++to.messages;
  to.bytes += mail.body_bytes;
  to.deferred += deferred ? 1 : 0;
  if (to.oldest == wall_time{} || mail.received < to.oldest)
    to.oldest = mail.received;
}

void merge(domain_share& to, const domain_share& from) {
  to.messages += from.messages;
  to.bytes += from.bytes;
  to.deferred += from.deferred;
  if (to.oldest == wall_time{} || (from.oldest != wall_time{} && from.oldest < to.oldest))
    to.oldest = from.oldest;
}

} // namespace

queue_survey::queue_survey(wall_time now) : now_(now) {
  for (const auto bound : age_bounds)
    ages_.push_back({bound, 0});
  ages_.push_back({});
  other_.domain = "other";
}

void queue_survey::add(const queued_message& mail) {
  ++messages_;
  const bool deferred = shown_state_of(mail) == shown_state::deferred;
  deferred_ += deferred ? 1 : 0;
  auto bucket = ages_.begin();
  while (bucket->up_to != seconds{0} && now_ - mail.received > bucket->up_to)
    ++bucket;
  ++bucket->messages;
  std::unordered_set<std::string> seen;
  for (const auto& each : mail.recipients) {
    if (is_settled(each.state))
      continue;
    auto domain = domain_key(each.to.address.domain);
    if (!seen.insert(domain).second)
      continue;
    auto known = domains_.find(domain);
    if (known == domains_.end() && domains_.size() < surveyed_domains_max) {
      known = domains_.emplace(domain, domain_share{}).first;
      known->second.domain = domain;
    }
    count(known == domains_.end() ? other_ : known->second, mail, deferred);
  }
}

std::vector<domain_share> queue_survey::busiest(std::size_t limit) const {
  std::vector<domain_share> all;
  all.reserve(domains_.size());
  for (const auto& [name, each] : domains_)
    all.push_back(each);
  std::sort(all.begin(), all.end(), [](const domain_share& a, const domain_share& b) {
    return a.messages != b.messages ? a.messages > b.messages : a.domain < b.domain;
  });
  auto rest = other_;
  for (std::size_t i = limit; i < all.size(); ++i)
    merge(rest, all[i]);
  all.resize(std::min(all.size(), limit));
  if (rest.messages > 0)
    all.push_back(std::move(rest));
  return all;
}

} // namespace troupe::app
