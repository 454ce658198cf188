// Folder names of mailboxes: whatever the local part, the name is one component that
// no file system takes for another place, and names only one mailbox.

#include "storage/maildir_path.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

std::string unescaped(std::string_view name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      plain += name[i];
      continue;
    }
    if (i + 2 >= name.size())
      std::abort();
    plain += static_cast<char>(std::stoi(std::string(name.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return plain;
}

void check_name(std::string_view text) {
  const auto name = troupe::storage::safe_folder_name(text);
  if (!name)
    return;
  if (name->empty() || name->front() == '.' || name->size() > troupe::storage::folder_name_bytes_max)
    std::abort();
  for (const char c : *name)
    if (c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      std::abort();
  std::string folded;
  for (const char c : text)
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (unescaped(*name) != folded)
    std::abort();
}

void check_template(std::string_view text) {
  const auto path = troupe::storage::maildir_path::parse(text);
  if (!path)
    return;
  const auto folder = path->folder_of({"../..", "a/../b"});
  if (folder && (folder->find('\0') != std::string::npos || ('/' + *folder + '/').find("/../") != std::string::npos))
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_name(text);
  check_template(text);
  return 0;
}
