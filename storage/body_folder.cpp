#include "storage/body_folder.hpp"

#include "net/core/expect.hpp"
#include "storage/durable_file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

namespace troupe::storage {

namespace {

char folder_name(unsigned number) {
  return "0123456789abcdef"[number];
}

// Bits that change from one message to the next: the milliseconds.
unsigned number_of(message_id id) {
  return static_cast<unsigned>(id.value >> 22) % body_folders;
}

} // namespace

body_folder::body_folder(std::string shard_directory)
  : directory_(std::move(shard_directory) + "/bodies") {}

status body_folder::make() const {
  if (auto made = make_folder(directory_); !made)
    return made;
  bool new_one = false;
  for (unsigned number = 0; number < body_folders; ++number) {
    const auto path = directory_ + '/' + folder_name(number);
    if (::mkdir(path.c_str(), 0700) == 0)
      new_one = true;
    else if (errno != EEXIST)
      return file_error(errno, "make folder", path);
  }
  return new_one ? sync_folder(directory_) : status{};
}

std::string body_folder::folder_of(message_id id) const {
  return directory_ + '/' + folder_name(number_of(id));
}

std::string body_folder::path_of(message_id id) const {
  return folder_of(id) + '/' + to_string(id);
}

result<std::vector<message_id>> body_folder::list(unsigned number) const {
  TROUPE_EXPECT(number < body_folders);
  const auto path = directory_ + '/' + folder_name(number);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(path.c_str()), &::closedir};
  if (folder == nullptr)
    return file_error(errno, "open", path);
  std::vector<message_id> found;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(folder.get());
    if (entry == nullptr)
      break;
    // What is not named as we name is not ours to judge.
    const std::string_view name{entry->d_name};
    if (const auto id = parse_message_id(name); id && number_of(*id) == number && to_string(*id) == name)
      found.push_back(*id);
  }
  if (errno != 0)
    return file_error(errno, "list", path);
  return found;
}

bool body_folder::holds(message_id id) const {
  return ::access(path_of(id).c_str(), F_OK) == 0;
}

wall_time body_folder::written_at(message_id id) const {
  struct stat found{};
  if (::stat(path_of(id).c_str(), &found) != 0)
    return wall_time::max();
  return wall_time{std::chrono::duration_cast<milliseconds>(
    seconds{found.st_mtim.tv_sec} + std::chrono::nanoseconds{found.st_mtim.tv_nsec})};
}

status body_folder::remove(message_id id) const {
  const auto path = path_of(id);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return file_error(errno, "remove", path);
  return {};
}

} // namespace troupe::storage
