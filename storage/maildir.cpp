#include "storage/maildir.hpp"

#include "storage/body_reader.hpp"
#include "storage/durable_file.hpp"
#include "storage/line_ends.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <random>

namespace troupe::storage {

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr unsigned name_attempts_max = 8;
constexpr std::array subfolders{"tmp", "new", "cur"};

status make_maildir(const std::string& folder) {
  for (const auto* name : subfolders)
    if (auto made = make_folder(folder + '/' + name); !made)
      return made;
  return {};
}

/// A file in tmp/ that is unlinked unless it was moved away.
class tmp_file {
public:
  tmp_file(file_handle file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  tmp_file(const tmp_file&) = delete;
  tmp_file& operator=(const tmp_file&) = delete;
  ~tmp_file() {
    if (!path_.empty())
      ::unlink(path_.c_str());
  }

  status append(std::string_view bytes) {
    size_ += bytes.size();
    return write_all(file_.get(), bytes, path_);
  }

  status sync() { return ::fdatasync(file_.get()) == 0 ? status{} : file_error(errno, "sync", path_); }

  /// Fails with refused where `target` is there: no letter is ever put over another.
  status move_to(const std::string& target) {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
      path_.clear();
      return {};
    }
    // Some file systems do not know RENAME_NOREPLACE; a link does the same in two steps.
    if (errno == EINVAL && ::link(path_.c_str(), target.c_str()) == 0)
      return {};
    if (errno == EEXIST)
      return error{errc::refused, target + " is there already"};
    return file_error(errno, "move to", target);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }

private:
  file_handle file_;
  std::string path_;
  std::uint64_t size_ = 0;
};

status write_letter(tmp_file& file, const maildir_letter& letter) {
  const auto reader = body_reader::open(letter.body);
  if (!reader)
    return reader.error();
  std::string lines;
  lf_lines convert;
  convert.take(letter.prefix, lines);
  std::vector<char> chunk(letter.body->in_file() ? chunk_bytes : 1);
  for (std::uint64_t offset = 0; offset < reader->size();) {
    const auto bytes = reader->read(offset, chunk);
    if (!bytes)
      return bytes.error();
    offset += bytes->size();
    convert.take(*bytes, lines);
    if (auto written = file.append(lines); !written)
      return written;
    lines.clear();
  }
  convert.finish(lines);
  if (auto written = file.append(lines); !written)
    return written;
  return file.sync();
}

// What is not there is a fault of the disk here, not of the asker.
error as_failure(error why) {
  if (why.code == errc::not_found)
    why.code = errc::storage_failed;
  return why;
}

} // namespace

maildir::maildir(std::string_view host) : writer_(std::random_device{}()) {
  for (const char c : host) {
    if (c == '/' || c == ':' || c == ',' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
      host_ += escaped.data();
    } else {
      host_ += c;
    }
  }
}

std::string maildir::next_name() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%lld.M%06ldP%dR%08xQ%llu.",
                static_cast<long long>(now.tv_sec), now.tv_nsec / 1000, static_cast<int>(::getpid()),
                writer_, made_++);
  return text.data() + host_;
}

result<std::string> maildir::put(const std::string& folder, const maildir_letter& letter) {
  for (unsigned attempt = 0; attempt < name_attempts_max; ++attempt) {
    const auto name = next_name();
    auto path = folder + "/tmp/" + name;
    file_handle file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file.open() && errno == EEXIST)
      continue;
    if (!file.open())
      return as_failure(file_error(errno, "make", path));
    tmp_file made{std::move(file), std::move(path)};
    if (auto written = write_letter(made, letter); !written)
      return written.error();
    // Readers such as Dovecot take the size from the name, instead of asking the disk.
    auto target = folder + "/new/" + name + ",S=" + std::to_string(made.size());
    const auto moved = made.move_to(target);
    if (moved)
      return target;
    if (moved.error().code != errc::refused)
      return as_failure(moved.error());
  }
  return error{errc::storage_failed, "every name for a letter in " + folder + " is taken"};
}

std::vector<result<std::string>> maildir::deliver(const std::string& folder,
                                                  std::span<const maildir_letter> letters) {
  if (auto made = make_maildir(folder); !made)
    return {letters.size(), as_failure(made.error())};
  std::vector<result<std::string>> answers;
  answers.reserve(letters.size());
  bool moved_any = false;
  for (const auto& letter : letters) {
    answers.push_back(put(folder, letter));
    moved_any = moved_any || answers.back().ok();
  }
  if (!moved_any)
    return answers;
  if (auto synced = sync_folder(folder + "/new"); !synced)
    for (auto& each : answers)
      if (each) {
        // It is deferred and comes again, so this copy had better go.
        ::unlink(each->c_str());
        each = as_failure(synced.error());
      }
  return answers;
}

result<std::string> maildir::deliver(const std::string& folder, const maildir_letter& letter) {
  return std::move(deliver(folder, {&letter, 1}).front());
}

} // namespace troupe::storage
