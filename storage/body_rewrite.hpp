// Changes a large body that is finished and not committed: its file is written anew.

#pragma once

#include "net/core/body.hpp"
#include "net/core/message_changes.hpp"
#include "net/core/message_id.hpp"
#include "net/core/result.hpp"
#include "storage/body_folder.hpp"

namespace troupe::storage {

/// The body with the changes, synced as body_file::finish does. The old file is gone
/// afterwards, whatever comes of it: a failure means that the message is refused, and a
/// crash leaves a file without a row, which the next start removes.
/// Fails with storage_full, storage_failed, or not_found.
/// @pre old->in_file() in `folder`, as the body of `id`, and nobody has committed it
[[nodiscard]] result<body_ptr> rewrite_body(const body_folder& folder, message_id id,
                                            const body_ptr& old, const message_changes& what);

} // namespace troupe::storage
