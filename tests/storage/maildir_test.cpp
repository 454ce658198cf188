#include "storage/maildir.hpp"

#include "storage/body_file.hpp"
#include "tests/support/disk_syncs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace troupe;
using namespace troupe::storage;
using support::sample_body;

namespace {

constexpr std::string_view prefix = "Return-Path: <ann@example.net>\r\n";

std::string read(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(
    std::distance(std::filesystem::directory_iterator{folder}, std::filesystem::directory_iterator{}));
}

} // namespace

TEST_CASE("maildir: a letter arrives in new, with its prefix and the line ends of files", "[storage]") {
  support::temp_folder home;
  maildir writer{"mx1.example.org"};
  const auto folder = home / "example.org/bob";
  const auto path = writer.deliver(folder, {prefix, sample_body("Subject: hi\r\n\r\ntext\r\n")});
  REQUIRE(path.ok());
  CHECK(read(*path) == "Return-Path: <ann@example.net>\nSubject: hi\n\ntext\n");
  CHECK(std::filesystem::path{*path}.parent_path() == folder + "/new");
  CHECK(path->ends_with(".mx1.example.org,S=" + std::to_string(std::filesystem::file_size(*path))));
  CHECK(files_in(folder + "/tmp") == 0);
  CHECK(std::filesystem::status(folder).permissions() == std::filesystem::perms::owner_all);
  CHECK(std::filesystem::status(folder + "/cur").permissions() == std::filesystem::perms::owner_all);
  CHECK((std::filesystem::status(*path).permissions() & std::filesystem::perms(0777))
        == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("maildir: a large body is streamed, CRLF across chunks included", "[storage]") {
  support::temp_folder home;
  const body_folder bodies{home.path()};
  REQUIRE(bodies.make().ok());
  std::string wire, file;
  for (std::size_t length = 0; wire.size() < 400'000; length = (length + 1) % 7) {
    const std::string line(length, 'x');
    wire += line + "\r\n";
    file += line + "\n";
  }
  auto made = *body_file::create(bodies, {1});
  REQUIRE(made.append(wire).ok());
  const auto path = maildir{"mx"}.deliver(home / "bob", {"", *made.finish()});
  REQUIRE(path.ok());
  CHECK(read(*path) == file);
}

TEST_CASE("maildir: several letters cost one sync of the folder, after all of theirs", "[storage]") {
  support::temp_folder home;
  maildir writer{"mx"};
  const auto folder = home / "bob";
  REQUIRE(writer.deliver(folder, {prefix, sample_body("first")}).ok());
  const std::vector<maildir_letter> letters(3, {prefix, sample_body("more")});
  const support::disk_syncs syncs;
  const auto paths = writer.deliver(folder, letters);
  std::set<std::string> names;
  for (const auto& each : paths)
    names.insert(each.value());
  CHECK(names.size() == 3);
  REQUIRE(syncs.paths().size() == 4);
  CHECK(syncs.paths()[0].find("/tmp/") != std::string::npos);
  CHECK(syncs.paths()[3] == folder + "/new");
}

TEST_CASE("maildir: a letter that is not safe on disk is not delivered and leaves nothing", "[storage]") {
  support::temp_folder home;
  maildir writer{"mx"};
  const auto folder = home / "bob";
  REQUIRE(writer.deliver(folder, {prefix, sample_body("first")}).ok());
  support::disk_syncs syncs;
  syncs.refuse(GENERATE(as<std::string>{}, "/tmp/", "/new"));
  const auto failed = writer.deliver(folder, {prefix, sample_body("second")});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == errc::storage_failed);
  CHECK(is_temporary(failed.error().code));
  CHECK(files_in(folder + "/tmp") == 0);
  CHECK(files_in(folder + "/new") == 1);
}

TEST_CASE("maildir: what cannot be written to is a temporary failure", "[storage]") {
  support::temp_folder home;
  maildir writer{"mx"};
  std::ofstream(home / "file") << "in the way";
  const auto in_the_way = writer.deliver(home / "file", {prefix, sample_body("x")});
  CHECK(in_the_way.error().code == errc::storage_failed);
  CHECK(writer.deliver("/proc/nowhere", {prefix, sample_body("x")}).error().code == errc::storage_failed);
}

TEST_CASE("maildir: one letter whose body is gone does not keep the others back", "[storage]") {
  support::temp_folder home;
  auto gone = std::make_shared<body>();
  gone->file = home / "gone";
  gone->size = 10;
  const std::vector<maildir_letter> letters{{prefix, gone}, {prefix, sample_body("x")}};
  const auto answers = maildir{"mx"}.deliver(home / "bob", letters);
  CHECK(answers[0].error().code == errc::not_found);
  CHECK(answers[1].ok());
  CHECK(files_in(home / "bob/tmp") == 0);
}

TEST_CASE("maildir: a host name cannot break a file name", "[storage]") {
  support::temp_folder home;
  const auto path = maildir{"a/b:c,d\n"}.deliver(home / "bob", {prefix, sample_body("x")});
  REQUIRE(path.ok());
  CHECK(path->find("a\\057b\\072c\\054d\\012,S=") != std::string::npos);
}
