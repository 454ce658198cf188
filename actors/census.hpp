// How many connections there are, in all and from each address. LISTENERS on
// several threads share it, since a limit that each kept for itself would not be one.

#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace troupe::actors {

struct census_limits {
  std::size_t connections = 10'000;
  std::size_t connections_per_ip = 100;
};

enum class census_answer { counted, too_many, too_many_from_there };

/// Any thread may call anything.
class census {
public:
  explicit census(const census_limits& limits) : limits_(limits) {}

  /// Counts one in, unless a limit is reached. Each `counted` owes one `leave`.
  [[nodiscard]] census_answer enter(const std::string& address);
  void leave(const std::string& address);

  void set_limits(const census_limits& limits);
  [[nodiscard]] std::size_t present() const;

private:
  mutable std::mutex guard_;
  census_limits limits_;
  std::size_t present_ = 0;
  std::unordered_map<std::string, std::size_t> from_;
};

} // namespace troupe::actors
