#include "net/smtp/path.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::smtp;

TEST_CASE("path: what stands behind it is left to the caller", "[smtp]") {
  const auto [text, who, rest] = GENERATE(table<std::string_view, std::string_view, std::string_view>({
    {"<ann@x>", "ann@x", ""},
    {"<ann@x> A=b", "ann@x", " A=b"},
    {R"(<"a>b"@x> C)", R"("a>b"@x)", " C"},
    {R"(<"a\">b"@x>)", R"("a\">b"@x)", ""},
    {"<@a:ann@x>", "ann@x", ""},
    {"<@a,@b.c:ann@[IPv6:::1]> ", "ann@[IPv6:::1]", " "},
  }));
  CAPTURE(text);
  for (const auto kind : {path_kind::forward, path_kind::reverse}) {
    const auto read = parse_path(text, kind, utf8::refused);
    REQUIRE(read);
    CHECK(to_string(read->who) == who);
    CHECK(read->rest == rest);
  }
}

TEST_CASE("path: nobody sends, and postmaster receives", "[smtp]") {
  CHECK(parse_path("<>", path_kind::reverse, utf8::refused)->who.is_null());
  CHECK_FALSE(parse_path("<>", path_kind::forward, utf8::refused));
  CHECK(parse_path("<POSTmaster>", path_kind::forward, utf8::refused)->who == mailbox{"POSTmaster", ""});
  CHECK_FALSE(parse_path("<postmaster>", path_kind::reverse, utf8::refused));
}

TEST_CASE("path: what is none is refused", "[smtp]") {
  const std::string text = GENERATE(as<std::string>{}, "", "<", ">", "ann@x", "<ann@x", "ann@x>", "< ann@x>",
                                    "<ann@x >", "<ann@x>x", "<ann@x>\t", "<\"ann@x>", "<\"ann\\\"@x>", "<@a>",
                                    "<@a:>", "<@a,:ann@x>", "<@a,b:ann@x>", "<a:ann@x>", "<@[1.2.3.4]:ann@x>");
  CAPTURE(text);
  CHECK_FALSE(parse_path(text, path_kind::forward, utf8::allowed));
  CHECK_FALSE(parse_path(text, path_kind::reverse, utf8::allowed));
}

TEST_CASE("path: it has a longest length", "[smtp]") {
  const auto path_of = [](std::size_t bytes) { // <a@ddd.ddd…>
    std::string text = "<a@";
    while (text.size() + 1 < bytes)
      text += text.size() % 50 == 49 && text.size() + 2 < bytes ? '.' : 'd';
    return text + '>';
  };
  REQUIRE(path_of(path_bytes_max).size() == path_bytes_max);
  CHECK(parse_path(path_of(path_bytes_max), path_kind::forward, utf8::refused));
  const auto longer = parse_path(path_of(path_bytes_max + 1), path_kind::forward, utf8::refused);
  REQUIRE_FALSE(longer);
  CHECK(longer.error().code == errc::limit_exceeded);
}
