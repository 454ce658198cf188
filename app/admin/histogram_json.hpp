// Histograms as the HTTP API shows them.

#pragma once

#include "actors/histogram.hpp"
#include "app/admin/json_answer.hpp"

namespace troupe::app {

/// The value below which `share` of all lie, taken as evenly spread within a bucket;
/// what lies above the last bound counts as that. Zero when nothing was observed.
/// @pre 0 <= share && share <= 1
[[nodiscard]] double quantile(const std::vector<double>& bounds,
                              const actors::histogram::reading& from, double share);

/// {"count","sum","mean","p50","p90","p99","buckets":[[bound, count], …, [null, count]]};
/// buckets without a value are left out.
[[nodiscard]] json histogram_json(const actors::histogram& from);

} // namespace troupe::app
