#include "app/config/load_config.hpp"

#include "net/core/mailbox.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::app {

namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> usual_files{"./troupe.toml", "/etc/troupe/troupe.toml"};

class descriptor {
public:
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

private:
  int number_;
};

error cannot(const char* what) {
  return {errc::not_found, std::string("cannot be ") + what + ": " + std::strerror(errno)};
}

/// One byte more than the bound at most, so that parse_config sees what is too long.
result<std::string> read_file(const std::string& file) {
  // Not blocking: a pipe without a writer would hold up a reload for ever.
  const descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (from.number() < 0)
    return cannot("opened");
  struct stat about {};
  if (::fstat(from.number(), &about) != 0)
    return cannot("read");
  if (!S_ISREG(about.st_mode) && !S_ISCHR(about.st_mode))
    return error{errc::malformed, "is no regular file"};
  std::string text;
  std::array<char, 16 * 1024> chunk;
  while (text.size() <= config_bytes_max) {
    const auto got = ::read(from.number(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannot("read");
    if (got == 0)
      break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// What keeps the data directory from being there or being made, or empty.
std::string check_data_dir(const std::string& data_dir) {
  std::error_code failed;
  auto there = fs::absolute(data_dir, failed).lexically_normal();
  if (failed)
    return "is no usable path: " + failed.message();
  const auto wanted = there;
  while (!fs::exists(there, failed) && !failed && there.has_parent_path() && there != there.parent_path())
    there = there.parent_path();
  if (failed)
    return "can't be looked at: " + failed.message();
  if (!fs::is_directory(there, failed))
    return "\"" + there.string() + "\" is no directory";
  if (::access(there.c_str(), R_OK | W_OK | X_OK) != 0)
    return (there == wanted ? "can't be used: " : "can't be made in \"" + there.string() + "\": ")
           + std::string(std::strerror(errno));
  return {};
}

} // namespace

surroundings surroundings_of_process() {
  surroundings around;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0 && is_domain(name.data())
      && !is_address_literal(name.data()))
    around.host_name = domain_key(name.data());
  around.environment = [](const std::string& variable) -> std::optional<std::string> {
    const char* const value = std::getenv(variable.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return around;
}

std::string find_config_file(const std::optional<std::string>& named) {
  if (named)
    return *named;
  for (const auto* file : usual_files) {
    // One that is there but can't be read must be an error, not passed over.
    struct stat about {};
    if (::stat(file, &about) == 0 || (errno != ENOENT && errno != ENOTDIR))
      return file;
  }
  return {};
}

loaded_config load_config(const std::optional<std::string>& named, const surroundings& around) {
  loaded_config loaded;
  loaded.file = find_config_file(named);
  std::string text;
  if (named || !loaded.file.empty()) {
    auto read = read_file(loaded.file);
    if (!read) {
      loaded.parsed.errors.push_back({loaded.file, 0, 0, {}, read.error().detail});
      return loaded;
    }
    text = std::move(*read);
  }
  const auto shown = loaded.file.empty() ? std::string("built-in defaults") : loaded.file;
  loaded.parsed = parse_config(text, shown, around);
  if (!loaded.parsed.ok())
    return loaded;
  if (auto wrong = check_data_dir(loaded.parsed.value.node.data_dir); !wrong.empty())
    loaded.parsed.errors.push_back({shown, 0, 0, "node.data_dir", std::move(wrong)});
  return loaded;
}

} // namespace troupe::app
