#include "actors/policy/host_memory.hpp"

#include <algorithm>

namespace troupe::policy {

host_memory::host_memory(const host_memory_options& options) : options_{options} {}

void host_memory::failed(std::string_view host, steady_time now) {
  if (const auto known = places_.find(host); known != places_.end()) {
    auto& old = *known->second;
    entries_.splice(entries_.begin(), entries_, known->second);
    // Several sessions may report one failure.
    if (now < old.not_before)
      return;
    // What happened long ago says little about how long this will last.
    const bool stale = now - old.not_before > options_.longest;
    old.wait = stale ? options_.first : std::min(old.wait * 2, options_.longest);
    old.not_before = now + old.wait;
    return;
  }
  if (options_.hosts_max == 0)
    return;
  if (entries_.size() >= options_.hosts_max) {
    places_.erase(entries_.back().host);
    entries_.pop_back();
  }
  entries_.push_front({std::string{host}, now + options_.first, options_.first});
  places_.emplace(entries_.front().host, entries_.begin());
}

void host_memory::answered(std::string_view host) {
  const auto known = places_.find(host);
  if (known == places_.end())
    return;
  const auto place = known->second;
  places_.erase(known); // its key looks into the entry
  entries_.erase(place);
}

steady_time host_memory::not_before(std::string_view host) const {
  const auto known = places_.find(host);
  return known == places_.end() ? steady_time{} : known->second->not_before;
}

host_choice choose_host(const host_memory& memory, std::span<const std::string> hosts,
                        std::size_t from, steady_time now) {
  host_choice choice{std::nullopt, steady_time::max()};
  for (auto i = from; i < hosts.size(); ++i) {
    const auto not_before = memory.not_before(hosts[i]);
    if (not_before <= now)
      return {i, now};
    choice.again_at = std::min(choice.again_at, not_before);
  }
  return choice;
}

} // namespace troupe::policy
