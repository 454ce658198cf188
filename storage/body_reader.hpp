// Reads a body in chunks, wherever it is. The file stays readable after its message
// has left the queue, for as long as the reader lives.

#pragma once

#include "net/core/body.hpp"
#include "net/core/result.hpp"
#include "storage/durable_file.hpp"

#include <span>
#include <string_view>

namespace troupe::storage {

class body_reader {
public:
  /// Fails with not_found (the file is gone) or storage_failed.
  [[nodiscard]] static result<body_reader> open(body_ptr what);

  /// The bytes from `offset` on, as many as fit `buffer`; empty only at the end. A
  /// view of the body itself when that is in memory (then all the rest, `buffer` is
  /// not used), else of `buffer`. Fails with storage_failed, also when the file is
  /// shorter than it was.
  /// @pre !buffer.empty()
  [[nodiscard]] result<std::string_view> read(std::uint64_t offset, std::span<char> buffer) const;

  [[nodiscard]] std::uint64_t size() const noexcept { return body_->size; }

private:
  body_reader(body_ptr what, file_handle file) : body_(std::move(what)), file_(std::move(file)) {}

  body_ptr body_;
  file_handle file_; // closed: the body is in memory
};

} // namespace troupe::storage
