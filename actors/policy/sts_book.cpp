#include "actors/policy/sts_book.hpp"

#include "net/core/mailbox.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::policy {

namespace {

std::string_view take_book_word(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

std::int64_t book_seconds(wall_time at) {
  return std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
}

} // namespace

const sts_book::known* sts_book::find(std::string_view domain, wall_time now) const {
  const auto page = pages_.find(domain);
  return page == pages_.end() || page->second.expires <= now ? nullptr : &page->second;
}

void sts_book::keep(std::string domain, std::string id, sts_policy policy, wall_time now) {
  if (pages_.size() >= domains_max_ && !pages_.contains(domain))
    make_room();
  const auto expires = now + policy.max_age;
  pages_.insert_or_assign(
    std::move(domain),
    known{std::move(id), expires, std::make_shared<const sts_policy>(std::move(policy))});
}

void sts_book::make_room() {
  const auto first = std::min_element(pages_.begin(), pages_.end(), [](const auto& a, const auto& b) {
    return a.second.expires < b.second.expires;
  });
  if (first != pages_.end())
    pages_.erase(first);
}

std::string sts_book::write() const {
  std::string text;
  for (const auto& [domain, page] : pages_) {
    text.append(domain).append(" ").append(page.id).append(" ");
    text += std::to_string(book_seconds(page.expires)) + ' ';
    text += std::to_string(page.policy->max_age.count()) + ' ';
    text += to_string(page.policy->mode);
    text += ' ';
    for (std::size_t i = 0; i < page.policy->mx.size(); ++i)
      text.append(i == 0 ? "" : ",").append(page.policy->mx[i]);
    text += '\n';
  }
  return text;
}

void sts_book::read(std::string_view text, wall_time now) {
  while (!text.empty() && pages_.size() < domains_max_) {
    auto line = take_book_word(text, '\n');
    std::string domain{take_book_word(line, ' ')};
    std::string id{take_book_word(line, ' ')};
    const auto when = take_book_word(line, ' ');
    std::int64_t expires = 0;
    const auto [end, why] = std::from_chars(when.data(), when.data() + when.size(), expires);
    const auto age = take_book_word(line, ' ');
    const auto mode = take_book_word(line, ' ');
    std::string shown = "version: STSv1\nmode: ";
    shown.append(mode).append("\nmax_age: ").append(age).append("\n");
    while (!line.empty())
      shown.append("mx: ").append(take_book_word(line, ',')).append("\n");
    auto policy = parse_sts_policy(shown);
    if (!policy || why != std::errc{} || end != when.data() + when.size() || id.empty()
        || !is_domain(domain))
      continue;
    // A clock that jumped, or another's hand: never longer than the policy itself grants.
    const auto left = std::min<std::int64_t>(expires - book_seconds(now), policy->max_age.count());
    if (left <= 0)
      continue;
    pages_.insert_or_assign(
      std::move(domain),
      known{std::move(id), now + seconds{left}, std::make_shared<const sts_policy>(*std::move(policy))});
  }
}

} // namespace troupe::policy
