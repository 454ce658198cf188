#include "storage/policy_file.hpp"

#include "storage/durable_file.hpp"

namespace troupe::storage {

result<std::string> read_policies(const std::string& path) {
  return read_file(path, policy_file_bytes_max);
}

status write_policies(const std::string& path, std::string_view text) {
  return replace_file(path, text);
}

} // namespace troupe::storage
