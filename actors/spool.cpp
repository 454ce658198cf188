#include "actors/spool.hpp"

#include "storage/body_rewrite.hpp"

#include <caf/result.hpp>

namespace troupe::actors {

spool::spool(caf::actor_config& config, const house& home, unsigned number,
             const storage::body_folder& folder, std::size_t mailbox_limit)
  : base_actor(config, home, {"spool", "/queue/spool/" + std::to_string(number), mailbox_limit}),
    folder_(folder) {}

spool_actor::behavior_type spool::make_behavior() {
  return {
    [this](const begin_file& x) { return on_begin_file(x); },
    [](const append_file& x) { return on_append_file(x); },
    [](const finish_file& x) { return on_finish_file(x); },
    [this](const rewrite_file& x) { return on_rewrite_file(x); },
    [](const read_file& x) { return on_read_file(x); },
    [](const drop_file& x) { storage::abandon(*x.body); },
  };
}

caf::result<file_written> spool::on_begin_file(const begin_file& x) {
  auto made = storage::body_file::create(folder_, x.id);
  if (!made)
    return to_caf(made.error());
  return on_append_file({std::make_shared<storage::body_file>(std::move(*made)), x.bytes});
}

caf::result<file_written> spool::on_append_file(const append_file& x) {
  if (const auto done = x.file->append(x.bytes); !done)
    return to_caf(done.error());
  return file_written{x.file};
}

caf::result<file_finished> spool::on_finish_file(const finish_file& x) {
  auto finished = x.file->finish();
  if (!finished)
    return to_caf(finished.error());
  return file_finished{std::move(*finished)};
}

caf::result<file_finished> spool::on_rewrite_file(const rewrite_file& x) {
  auto rewritten = storage::rewrite_body(folder_, x.id, x.body, *x.changes);
  if (!rewritten)
    return to_caf(rewritten.error());
  return file_finished{std::move(*rewritten)};
}

caf::result<file_read> spool::on_read_file(const read_file& x) {
  auto reader = x.reader;
  if (!reader) {
    auto opened = storage::body_reader::open(x.body);
    if (!opened)
      return to_caf(opened.error());
    reader = std::make_shared<storage::body_reader>(std::move(*opened));
  }
  std::string buffer(x.bytes_max, '\0');
  const auto got = reader->read(x.offset, buffer);
  if (!got)
    return to_caf(got.error());
  if (got->data() == buffer.data())
    buffer.resize(got->size());
  else
    buffer.assign(got->substr(0, x.bytes_max));
  return file_read{reader, std::make_shared<const std::string>(std::move(buffer))};
}

} // namespace troupe::actors
