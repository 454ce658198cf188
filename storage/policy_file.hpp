// A small file of what is known for a while and may be lost: a crash leaves the old one or
// the new one.

#pragma once

#include "net/core/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::storage {

/// A larger one is nobody's.
inline constexpr std::size_t policy_file_bytes_max = 8 * 1024 * 1024;

/// Fails with not_found, storage_failed or limit_exceeded.
[[nodiscard]] result<std::string> read_policies(const std::string& path);

/// Fails with storage_full or storage_failed.
[[nodiscard]] status write_policies(const std::string& path, std::string_view text);

} // namespace troupe::storage
