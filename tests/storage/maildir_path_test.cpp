#include "storage/maildir_path.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::storage;

TEST_CASE("maildir path: a mailbox becomes a folder under the template", "[storage]") {
  const auto path = *maildir_path::parse("maildir:/srv/mail/{domain}/{user}");
  const auto [local, domain, folder] = GENERATE(table<std::string, std::string, std::string>({
    {"bob", "example.org", "/srv/mail/example.org/bob"},
    {"Bob.Jones", "EXAMPLE.org.", "/srv/mail/example.org/bob.jones"},
    {"bob+lists", "example.org", "/srv/mail/example.org/bob+lists"},
    {"..", "example.org", "/srv/mail/example.org/%2E."},
    {".", "example.org", "/srv/mail/example.org/%2E"},
    {"../../etc/passwd", "example.org", "/srv/mail/example.org/%2E.%2F..%2Fetc%2Fpasswd"},
    {"a/b", "example.org", "/srv/mail/example.org/a%2Fb"},
    {"a%2fb", "example.org", "/srv/mail/example.org/a%252fb"},
    {std::string("a\0b\n", 4), "example.org", "/srv/mail/example.org/a%00b%0A"},
    {"bob", "[192.0.2.1]", "/srv/mail/[192.0.2.1]/bob"},
    {"j\xC3\xB6rg", "example.org", "/srv/mail/example.org/j\xC3\xB6rg"},
  }));
  CAPTURE(local, domain);
  CHECK(*path.folder_of({local, domain}) == folder);
}

TEST_CASE("maildir path: a mailbox that names no folder is refused for good", "[storage]") {
  const auto path = *maildir_path::parse("/srv/mail/{domain}/{user}");
  CHECK(path.folder_of({"", "example.org"}).error().code == errc::malformed);
  CHECK(path.folder_of({"postmaster", ""}).error().code == errc::malformed);
  CHECK(path.folder_of({std::string(64, '/') + std::string(64, 'x'), "example.org"}).error().code
        == errc::limit_exceeded);
}

TEST_CASE("maildir path: a template needs no marks, and knows only two", "[storage]") {
  CHECK(*maildir_path::parse("maildir:all")->folder_of({"bob", "example.org"}) == "all");
  const auto text = GENERATE(as<std::string>{}, "", "maildir:", "/srv/{host}", "/srv/{user", "/srv/user}",
                             "/srv/../{user}", "..", "/srv/{}", "/srv/{{user}}");
  CAPTURE(text);
  CHECK(maildir_path::parse(text).error().code == errc::malformed);
}
