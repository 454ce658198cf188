// The filters of the configuration, as the doors and FILTERS go by them.

#pragma once

#include "actors/filter_terms.hpp"
#include "app/config/config.hpp"
#include "net/core/result.hpp"

namespace troupe::app {

/// Looks names up, which may block: at start and at reload only. Fails with not_found.
[[nodiscard]] result<actors::filter_list> make_filters(const config& from);

/// Those for the mail of such listeners; null where there are none. @pre `all` is
/// make_filters(from)
[[nodiscard]] actors::filter_list_ptr filters_of(const config& from, listener_kind kind,
                                                 const actors::filter_list& all);

} // namespace troupe::app
