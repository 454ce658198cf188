// The MTA-STS policies that this node knows (RFC 8461 §3.3): a policy once fetched holds for
// its max_age, whatever DNS and HTTPS say meanwhile, unless a newer one can be had. Bounded,
// and written as text, so that a restart forgets no promise.

#pragma once

#include "actors/policy/mta_sts.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::policy {

inline constexpr std::size_t sts_domains_max = 5'000;

class sts_book {
public:
  struct known {
    std::string id;
    wall_time expires{};
    std::shared_ptr<const sts_policy> policy; ///< Never null.
  };

  explicit sts_book(std::size_t domains_max = sts_domains_max) : domains_max_(domains_max) {}

  /// Null where none is known or the one that was is too old.
  [[nodiscard]] const known* find(std::string_view domain, wall_time now) const;

  /// Where the book is full, what expires next makes room.
  void keep(std::string domain, std::string id, sts_policy policy, wall_time now);

  [[nodiscard]] std::size_t size() const noexcept { return pages_.size(); }

  /// A line for each: "example.org 20160831 1700000000 86400 enforce mx.example.org,*.x.test".
  [[nodiscard]] std::string write() const;

  /// Takes what `write` wrote. Lines that are none, or too old, are passed over.
  void read(std::string_view text, wall_time now);

private:
  void make_room();

  std::size_t domains_max_;
  std::map<std::string, known, std::less<>> pages_;
};

} // namespace troupe::policy
