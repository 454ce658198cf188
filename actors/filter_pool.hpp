// The POOL whose workers are FILTERS: one place for each SESSION whose mail is looked at.

#pragma once

#include "actors/filter.hpp"
#include "actors/place_pool.hpp"

namespace troupe::actors {

using filter_pool_actor = pool_actor<filter_post, place_given<filter_actor>>;
using filter_pool = place_pool<filter_post, filter_actor>;

} // namespace troupe::actors
