// How much one failed session says about its host.

#pragma once

#include "actors/policy/breaker.hpp"

namespace troupe::policy {

/// A failure stands for as many as there would have been in the time that it took, did
/// `min_requests` of them fill the window: a host that swallows every connection for
/// half a minute would never show enough of them. At least 1, at most `min_requests`.
[[nodiscard]] unsigned failure_weight(milliseconds took, const breaker_options& options);

} // namespace troupe::policy
