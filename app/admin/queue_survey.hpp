// What the queue is made of: how old its messages are and where they want to go.

#pragma once

#include "net/core/queued_message.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::app {

/// Domains that are counted apart; above it, mail to a new one counts as "other".
inline constexpr std::size_t surveyed_domains_max = 10'000;

struct age_bucket {
  seconds up_to{0}; ///< Zero: any age beyond the others.
  std::uint64_t messages = 0;
};

struct domain_share {
  std::string domain;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t deferred = 0;
  wall_time oldest{};
};

class queue_survey {
public:
  explicit queue_survey(wall_time now);

  void add(const queued_message& mail);

  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
  [[nodiscard]] std::uint64_t deferred() const noexcept { return deferred_; }
  /// By rising age, the last one without an end.
  [[nodiscard]] const std::vector<age_bucket>& ages() const noexcept { return ages_; }
  /// The domains with most messages first, at most `limit`; what is left is "other",
  /// which comes last. A message to three domains counts with each of them.
  [[nodiscard]] std::vector<domain_share> busiest(std::size_t limit) const;

private:
  const wall_time now_;
  std::uint64_t messages_ = 0;
  std::uint64_t deferred_ = 0;
  std::vector<age_bucket> ages_;
  std::unordered_map<std::string, domain_share> domains_;
  domain_share other_;
};

} // namespace troupe::app
