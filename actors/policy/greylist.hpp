// Greylisting: a stranger's first letter to somebody is put off, once. A mail server comes
// again; what sends and forgets does not. Known are triplets of network, sender and
// recipient, as fingerprints; a network that came again often enough is known as such.

#pragma once

#include "actors/policy/client_network.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::policy {

struct greylist_options {
  seconds delay{300};            ///< Sooner is too soon.
  seconds retry_within{86'400};  ///< Later is a first time again.
  seconds keep{35 * 86'400};     ///< Who passed, since it was seen last.
  std::uint32_t known_after = 5; ///< Triplets of one network that passed: then all of it does. 0: never.
  std::size_t entries_max = 100'000; ///< Above it the one not seen for longest is forgotten.
};

class greylist {
public:
  /// @param seed a secret of this node: who does not know it can make no two triplets meet
  greylist(const greylist_options& options, std::uint64_t seed) : options_(options), seed_(seed) {}

  void set_options(const greylist_options& options) { options_ = options; }

  /// How long to come back after, or nothing: welcome. Time is wall time, so that what was
  /// seen lasts over a restart.
  [[nodiscard]] seconds wait_for(const ip_address& from, const mailbox& sender, const mailbox& to, wall_time now);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// All that is known, as lines of text, and back. Lines that are none are passed over.
  [[nodiscard]] std::string save() const;
  void load(std::string_view lines, wall_time now);

private:
  struct entry {
    std::uint64_t key;
    wall_time first;
    wall_time last;
    std::uint32_t passes; ///< 0: has not come again yet. Of a network: triplets that passed.
  };

  [[nodiscard]] std::uint64_t key_of(std::string_view text) const noexcept;
  entry& note(std::uint64_t key, wall_time now, bool& is_new);
  [[nodiscard]] bool is_stale(const entry& one, wall_time now) const noexcept;

  greylist_options options_;
  std::uint64_t seed_;
  std::list<entry> entries_; ///< Seen last first.
  std::unordered_map<std::uint64_t, std::list<entry>::iterator> places_;
};

} // namespace troupe::policy
