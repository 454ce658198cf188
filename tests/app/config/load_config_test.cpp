#include "app/config/load_config.hpp"

#include "net/core/mailbox.hpp"
#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace troupe::app;
namespace fs = std::filesystem;

namespace {

/// An empty folder that is the current one as long as this lives.
class own_folder {
public:
  own_folder() : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "troupe-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    fs::current_path(path_);
  }
  ~own_folder() {
    fs::current_path(before_);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;

  void write(const std::string& name, std::string_view text) const { std::ofstream(path_ / name) << text; }

private:
  fs::path before_;
  fs::path path_;
};

std::string only_error(const std::optional<std::string>& named) {
  const auto loaded = load_config(named, test_surroundings());
  REQUIRE(loaded.parsed.errors.size() == 1);
  return to_string(loaded.parsed.errors[0]);
}

} // namespace

TEST_CASE("the file in the current folder comes before the defaults, the named one before both", "[config]") {
  const own_folder here;
  if (!fs::exists("/etc/troupe/troupe.toml")) {
    CHECK(load_config({}, test_surroundings()).file.empty());
    CHECK(load_config({}, test_surroundings()).parsed.value.node.shards == 0);
  }
  here.write("troupe.toml", "[node]\nshards = 1");
  here.write("other.toml", "[node]\nshards = 2");
  CHECK(load_config({}, test_surroundings()).parsed.value.node.shards == 1);
  CHECK(load_config("other.toml", test_surroundings()).parsed.value.node.shards == 2);
}

TEST_CASE("a file that can't be read is an error with its name", "[config]") {
  const own_folder here;
  CHECK(only_error("none.toml") == "none.toml: cannot be opened: No such file or directory");
  CHECK(only_error("") == ": cannot be opened: No such file or directory");
  fs::create_directory("folder");
  CHECK(only_error("folder") == "folder: is no regular file");
  REQUIRE(::mkfifo("pipe", 0600) == 0);
  CHECK(only_error("pipe") == "pipe: is no regular file");
  CHECK(only_error("/dev/zero") == "/dev/zero: is longer than 1 MiB");
  fs::create_directory("troupe.toml"); // there, so it is not passed over
  CHECK(only_error({}) == "./troupe.toml: is no regular file");
}

TEST_CASE("a data directory that can't be made is an error", "[config]") {
  const own_folder here;
  here.write("file", "");
  here.write("t.toml", "[node]\ndata_dir = 'file/data'");
  CHECK(only_error("t.toml").find("\" is no directory") != std::string::npos);
  here.write("t.toml", "[node]\ndata_dir = 'new/deep/data'");
  CHECK(load_config("t.toml", test_surroundings()).parsed.ok());
  CHECK_FALSE(fs::exists("new")); // looking is not making
  if (::geteuid() != 0) {
    fs::create_directory("shut");
    fs::permissions("shut", fs::perms::owner_read);
    here.write("t.toml", "[node]\ndata_dir = 'shut/data'");
    CHECK(only_error("t.toml").find("can't be") != std::string::npos);
  }
}

TEST_CASE("the host's name is usable whatever the host is called", "[config]") {
  CHECK(troupe::is_domain(surroundings_of_process().host_name));
  CHECK(parse_config("", "t.toml", surroundings_of_process()).ok());
}

TEST_CASE("the environment of the process fills in variables", "[config]") {
  REQUIRE(::setenv("TROUPE_TEST_NAME", "n7", 1) == 0);
  const auto parsed = parse_config("[node]\nname = '${TROUPE_TEST_NAME}'", "t.toml", surroundings_of_process());
  REQUIRE(parsed.ok());
  CHECK(parsed.value.node.name == "n7");
}
