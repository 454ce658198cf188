#include "storage/body_rewrite.hpp"

#include "storage/body_file.hpp"
#include "storage/body_reader.hpp"

#include <algorithm>
#include <string>

namespace troupe::storage {

namespace {

constexpr std::size_t rewrite_chunk_bytes = 256 * 1024;

/// The first `bytes_max` bytes, or all.
result<std::string> read_start(const body_reader& reader, std::size_t bytes_max) {
  std::string start(std::min<std::uint64_t>(reader.size(), bytes_max), '\0');
  for (std::size_t size = 0; size < start.size();) {
    const auto bytes = reader.read(size, {start.data() + size, start.size() - size});
    if (!bytes)
      return bytes.error();
    size += bytes->size();
  }
  return start;
}

} // namespace

result<body_ptr> rewrite_body(const body_folder& folder, message_id id, const body_ptr& old,
                              const message_changes& what) {
  const auto reader = body_reader::open(old);
  if (!reader)
    return reader.error();
  abandon(*old); // what is open stays readable
  const auto start = read_start(*reader, changed_header_bytes_max);
  if (!start)
    return start.error();
  auto file = body_file::create(folder, id);
  if (!file)
    return file.error();
  const auto head = change_head(*start, what);
  if (auto written = file->append(head.bytes); !written)
    return written.error();
  if (what.text) {
    if (auto written = file->append(*what.text); !written)
      return written.error();
    return file->finish();
  }
  std::string chunk(rewrite_chunk_bytes, '\0');
  for (std::uint64_t at = head.instead_of; at < reader->size();) {
    const auto bytes = reader->read(at, chunk);
    if (!bytes)
      return bytes.error();
    at += bytes->size();
    if (auto written = file->append(*bytes); !written)
      return written.error();
  }
  return file->finish();
}

} // namespace troupe::storage
