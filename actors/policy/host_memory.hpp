// Remembers which hosts did not answer lately, so that the next message goes to the
// next MX at once instead of waiting for the same timeout again.

#pragma once

#include "net/core/time.hpp"

#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::policy {

struct host_memory_options {
  std::size_t hosts_max = 10'000; ///< The one not heard of for longest is forgotten.
  seconds first{60};              ///< A host that failed once is left alone so long,
  seconds longest{1800};          ///< doubled at each failure up to this.
};

/// Keys are what was dialled, address and port: "192.0.2.1:25", "[2001:db8::1]:25".
class host_memory {
public:
  explicit host_memory(const host_memory_options& options = {});
  host_memory(host_memory&&) = default;
  host_memory& operator=(host_memory&&) = default;

  /// Could not be reached, or said 421 to the connection.
  void failed(std::string_view host, steady_time now);

  /// Was reached: everything held against it is forgotten.
  void answered(std::string_view host);

  /// When the host may be tried again; the epoch for one that nothing is known of.
  [[nodiscard]] steady_time not_before(std::string_view host) const;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
  struct entry {
    std::string host;
    steady_time not_before;
    seconds wait;
  };

  host_memory_options options_;
  std::list<entry> entries_; ///< Newest failure first.
  std::unordered_map<std::string_view, std::list<entry>::iterator> places_; ///< Keys view entries_.
};

/// What to dial next.
struct host_choice {
  std::optional<std::size_t> index; ///< In `hosts`; nothing: none may be tried now.
  steady_time again_at{}; ///< Then: when the first of them may be; the maximum without any.
};

/// The first host, in order of preference, that may be tried now. Hosts before
/// `from` were tried in this attempt already and are passed over.
[[nodiscard]] host_choice choose_host(const host_memory& memory, std::span<const std::string> hosts,
                                      std::size_t from, steady_time now);

} // namespace troupe::policy
