#include "storage/body_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace troupe::storage {

result<body_reader> body_reader::open(body_ptr what) {
  file_handle file;
  if (what->in_file()) {
    file = file_handle{::open(what->file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!file.open())
      return file_error(errno, "open", what->file);
  }
  return body_reader{std::move(what), std::move(file)};
}

result<std::string_view> body_reader::read(std::uint64_t offset, std::span<char> buffer) const {
  if (offset >= body_->size)
    return std::string_view{};
  if (!body_->in_file())
    return std::string_view{body_->bytes}.substr(offset);
  const auto wanted = std::min<std::uint64_t>(buffer.size(), body_->size - offset);
  for (;;) {
    const auto got = ::pread(file_.get(), buffer.data(), wanted, static_cast<off_t>(offset));
    if (got > 0)
      return std::string_view{buffer.data(), static_cast<std::size_t>(got)};
    if (got == 0)
      return error{errc::storage_failed, body_->file + " is shorter than it was"};
    if (errno != EINTR)
      return file_error(errno, "read", body_->file);
  }
}

} // namespace troupe::storage
