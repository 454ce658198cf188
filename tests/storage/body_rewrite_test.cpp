#include "storage/body_rewrite.hpp"

#include "storage/body_file.hpp"
#include "storage/body_reader.hpp"
#include "tests/support/disk_syncs.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace troupe;
using namespace troupe::storage;

namespace {

struct letter {
  support::temp_folder folder;
  body_folder place{folder.path()};
  body_ptr body;

  explicit letter(const std::string& bytes) {
    REQUIRE(place.make().ok());
    auto file = *body_file::create(place, {77});
    REQUIRE(file.append(bytes).ok());
    body = *file.finish();
  }
};

std::string bytes_of(const body_ptr& body) {
  std::ifstream in{body->file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

const std::string header = "A: 1\r\nB: 2\r\n";

} // namespace

TEST_CASE("body rewrite: the file has the changes, its size and its old name", "[storage]") {
  const std::string text = "\r\n" + std::string(700'000, 'x') + "\r\n";
  letter x{header + text};
  message_changes what;
  what.prepended = "New: y\r\n";
  what.fields[1] = "";
  const auto made = rewrite_body(x.place, {77}, x.body, what);
  REQUIRE(made.ok());
  CHECK((*made)->file == x.place.path_of({77}));
  CHECK(bytes_of(*made) == "New: y\r\nA: 1\r\n" + text);
  CHECK((*made)->size == 14 + text.size());

  what = {};
  what.text = "short\r\n";
  const auto again = rewrite_body(x.place, {77}, *made, what);
  REQUIRE(again.ok());
  CHECK(bytes_of(*again) == "New: y\r\nA: 1\r\n\r\nshort\r\n");
}

TEST_CASE("body rewrite: behind the bound of the header nothing changes but its front", "[storage]") {
  const std::string huge = "Huge: " + std::string(changed_header_bytes_max, 'x') + "\r\nB: 2\r\n\r\ntext";
  letter x{huge};
  message_changes what;
  what.prepended = "New: y\r\n";
  const auto made = rewrite_body(x.place, {77}, x.body, what);
  REQUIRE(made.ok());
  CHECK(bytes_of(*made) == what.prepended + huge);
}

TEST_CASE("body rewrite: what fails leaves no file", "[storage]") {
  letter x{header + "\r\ntext"};
  message_changes what;
  what.prepended = "New: y\r\n";
  {
    support::disk_syncs syncs;
    syncs.refuse("/bodies/");
    CHECK(rewrite_body(x.place, {77}, x.body, what).error().code == errc::storage_failed);
  }
  CHECK_FALSE(x.place.holds({77}));
  CHECK(rewrite_body(x.place, {77}, x.body, what).error().code == errc::not_found);
}
