// Giving up root once the doors are open: low ports and keys are root's to open, and
// nothing else is.

#pragma once

#include "net/core/result.hpp"

#include <string>

namespace troupe::app {

[[nodiscard]] bool is_root() noexcept;

/// Hands what root owns of `data_dir` over to the user and becomes it, with its groups, in
/// every thread, for good: that there is no way back is tried. Does nothing for somebody
/// who is that user already. Fails with not_found, refused (not root, or root itself) or
/// storage_failed.
[[nodiscard]] status give_up_root(const std::string& user, const std::string& data_dir);

} // namespace troupe::app
