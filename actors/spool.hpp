// SPOOL: does the file work of large bodies for actors that must not block.
//
//   Place      SESSION -> [SPOOL], DELIVERY -> [SPOOL]
//   Spawned    by the queue's SUPERVISOR, one for a shard, detached: files block.
//   Dies       on shutdown, or of a bug.
//   Restarted  by the SUPERVISOR. It holds nothing between two requests: whoever asks
//              carries the file along.
//   Bound      one request in flight from each session and each delivery; above
//              options.mailbox the next one is refused with mailbox_full.
//   States     serving.

#pragma once

#include "actors/base_actor.hpp"
#include "net/core/message_changes.hpp"
#include "storage/body_file.hpp"
#include "storage/body_reader.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>

namespace troupe::actors {

/// A body file between two requests. Only the request that carries it may use it.
using spool_file = std::shared_ptr<storage::body_file>;
using spool_reader = std::shared_ptr<storage::body_reader>;

/// Begins a file with its first bytes. A file that is dropped before finish_file
/// removes itself.
struct begin_file {
  message_id id;
  std::string bytes;
};

struct append_file {
  spool_file file;
  std::string bytes;
};

struct file_written {
  spool_file file;
};

/// Syncs the file; only then may its message be kept.
struct finish_file {
  spool_file file;
};

struct file_finished {
  body_ptr body;
};

/// Changes a finished file whose message is not kept yet; the old one is gone, whatever
/// comes of it.
struct rewrite_file {
  message_id id;
  body_ptr body;
  std::shared_ptr<const message_changes> changes;
};

/// Unlinks a finished file whose message was refused. Only for a refusal: after a
/// silence the message may yet be kept.
struct drop_file {
  body_ptr body;
};

/// Up to `bytes_max` of a body from `offset`; `reader` is null at first and then what
/// the last answer brought.
struct read_file {
  body_ptr body;
  spool_reader reader;
  std::uint64_t offset = 0;
  std::size_t bytes_max = 0;
};

struct file_read {
  spool_reader reader;
  std::shared_ptr<const std::string> bytes;
};

// Each fails with storage_full, storage_failed, not_found or mailbox_full.
using spool_actor = caf::typed_actor<caf::replies_to<begin_file>::with<file_written>,
                                     caf::replies_to<append_file>::with<file_written>,
                                     caf::replies_to<finish_file>::with<file_finished>,
                                     caf::replies_to<rewrite_file>::with<file_finished>,
                                     caf::replies_to<read_file>::with<file_read>,
                                     caf::reacts_to<drop_file>>;

class spool final : public base_actor<spool_actor> {
public:
  spool(caf::actor_config& config, const house& home, unsigned number,
        const storage::body_folder& folder, std::size_t mailbox_limit);

  const char* name() const override { return "spool"; }

protected:
  spool_actor::behavior_type make_behavior() override;

private:
  caf::result<file_written> on_begin_file(const begin_file& x);
  static caf::result<file_written> on_append_file(const append_file& x);
  static caf::result<file_finished> on_finish_file(const finish_file& x);
  caf::result<file_finished> on_rewrite_file(const rewrite_file& x);
  static caf::result<file_read> on_read_file(const read_file& x);

  const storage::body_folder folder_;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::begin_file)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::append_file)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::file_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::finish_file)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::file_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::rewrite_file)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::drop_file)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::read_file)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::file_read)
