#include "app/admin/histogram_json.hpp"

namespace troupe::app {

double quantile(const std::vector<double>& bounds, const actors::histogram::reading& from,
                double share) {
  // The count may be ahead of the buckets while values come in.
  std::uint64_t total = 0;
  for (const auto each : from.buckets)
    total += each;
  if (total == 0)
    return 0;
  const double wanted = share * static_cast<double>(total);
  double below = 0, lower = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto here = static_cast<double>(from.buckets[i]);
    if (here > 0 && below + here >= wanted)
      return lower + (bounds[i] - lower) * (wanted - below) / here;
    below += here;
    lower = bounds[i];
  }
  return lower;
}

json histogram_json(const actors::histogram& from) {
  const auto now = from.read();
  const auto& bounds = from.bounds();
  json buckets = json::array();
  for (std::size_t i = 0; i < now.buckets.size(); ++i)
    if (now.buckets[i] > 0)
      buckets.push_back({i < bounds.size() ? json(bounds[i]) : json(), now.buckets[i]});
  return {{"count", now.count},
          {"sum", now.sum},
          {"mean", now.count == 0 ? 0.0 : now.sum / static_cast<double>(now.count)},
          {"p50", quantile(bounds, now, 0.5)},
          {"p90", quantile(bounds, now, 0.9)},
          {"p99", quantile(bounds, now, 0.99)},
          {"buckets", std::move(buckets)}};
}

} // namespace troupe::app
