#include "app/node/privileges.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <system_error>
#include <utility>

namespace troupe::app {

namespace {

constexpr int depth_max = 16;

error system_failure(errc code, const std::string& what) {
  return {code, what + ": " + std::error_code(errno, std::system_category()).message()};
}

struct account {
  uid_t uid;
  gid_t gid;
};

result<account> find_account(const std::string& user) {
  std::array<char, 16 * 1024> text{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(user.c_str(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr)
    return error{errc::not_found, "there is no user \"" + user + "\""};
  return account{entry.pw_uid, entry.pw_gid};
}

// By descriptors and without following a link: whoever may write in there must not lead us
// to a file that is not ours. A file with a second name may be somebody else's.
bool hand_over(int folder, const account& to, int depth) {
  DIR* entries = ::fdopendir(folder);
  if (entries == nullptr) {
    ::close(folder);
    return false;
  }
  struct stat itself {};
  bool good = ::fstat(::dirfd(entries), &itself) == 0
              && (itself.st_uid != 0 || ::fchown(::dirfd(entries), to.uid, to.gid) == 0);
  while (const dirent* each = ::readdir(entries)) {
    if (std::strcmp(each->d_name, ".") == 0 || std::strcmp(each->d_name, "..") == 0)
      continue;
    struct stat there {};
    if (::fstatat(::dirfd(entries), each->d_name, &there, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (S_ISDIR(there.st_mode)) {
      const int inner = ::openat(::dirfd(entries), each->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      good = (depth < depth_max && inner >= 0 && hand_over(inner, to, depth + 1)) && good;
    } else if (there.st_uid == 0 && there.st_nlink == 1 && (S_ISREG(there.st_mode) || S_ISSOCK(there.st_mode))) {
      good = ::fchownat(::dirfd(entries), each->d_name, to.uid, to.gid, AT_SYMLINK_NOFOLLOW) == 0 && good;
    }
  }
  ::closedir(entries);
  return good;
}

} // namespace

bool is_root() noexcept { return ::geteuid() == 0; }

status give_up_root(const std::string& user, const std::string& data_dir) {
  const auto who = find_account(user);
  if (!who)
    return who.error();
  if (who->uid == 0)
    return error{errc::refused, "\"" + user + "\" is root itself"};
  if (::geteuid() == who->uid)
    return {};
  if (!is_root())
    return error{errc::refused, "only root can become \"" + user + "\""};
  const int folder = ::open(data_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || !hand_over(folder, *who, 0))
    return system_failure(errc::storage_failed, data_dir + " can't be handed over");
  // The C library does each of these in all threads.
  if (::initgroups(user.c_str(), who->gid) != 0 || ::setresgid(who->gid, who->gid, who->gid) != 0
      || ::setresuid(who->uid, who->uid, who->uid) != 0)
    return system_failure(errc::refused, "\"" + user + "\" can't be become");
  if (::setresuid(0, 0, 0) == 0 || ::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0 || ::geteuid() != who->uid)
    return error{errc::refused, "root could not be given up"};
  return {};
}

} // namespace troupe::app
