#include "net/core/mailbox.hpp"

#include <catch2/catch.hpp>

#include <tuple>

using namespace troupe;
using std::string;
using std::string_view;

TEST_CASE("mailbox: the grammar of RFC 5321 §4.1.2 is read, and quotes are taken off", "[core]") {
  const auto [text, local, domain] = GENERATE(table<string_view, string_view, string_view>({
    {"ann@example.org", "ann", "example.org"},
    {"a.b-c+d=e/f@x", "a.b-c+d=e/f", "x"},
    {"!#$%&'*+-/=?^_`{|}~@x.y", "!#$%&'*+-/=?^_`{|}~", "x.y"},
    {R"("ann"@example.org)", "ann", "example.org"},
    {R"("a b"@example.org)", "a b", "example.org"},
    {R"("a@b"@example.org)", "a@b", "example.org"},
    {R"("a\"b\\c\d"@example.org)", R"(a"b\cd)", "example.org"},
    {R"(""@example.org)", "", "example.org"},
    {R"(".a..b."@example.org)", ".a..b.", "example.org"},
    {"ann@EXAMPLE.Org", "ann", "EXAMPLE.Org"},
    {"ann@1.2.3", "ann", "1.2.3"},
    {"ann@a--b.x", "ann", "a--b.x"},
    {"ann@[192.0.2.1]", "ann", "[192.0.2.1]"},
    {"ann@[IPv6:2001:db8::1]", "ann", "[IPv6:2001:db8::1]"},
    {"ann@[tag:what=ever]", "ann", "[tag:what=ever]"},
  }));
  CAPTURE(text);
  const auto who = parse_mailbox(text);
  REQUIRE(who);
  CHECK(who->local == local);
  CHECK(who->domain == domain);
  const auto again = parse_mailbox(to_string(*who));
  REQUIRE(again);
  CHECK(*again == *who);
}

TEST_CASE("mailbox: what the grammar does not have is malformed", "[core]") {
  const string text = GENERATE(as<string>{}, "", "ann", "@", "ann@", "@example.org", ".a@x", "a.@x", "a..b@x",
                               "a b@x", "a@b@c", "a@x.", "a@.x", "a@x..y", "a@-x", "a@x-", "a@x_y",
                               "a@x y", "a@(x)", "a(c)@x", "a,b@x", "<a@x>", "a@x>", "\"a@x", "\"a\"b@x",
                               "a\"b\"@x", "\"a\n\"@x", "\"a\\\n\"@x", "\"a\r\n\"@x", "\"\\\"@x", "a\t@x",
                               "a@[", "a@[]", "a@[1.2.3]", "a@[1.2.3.256]", "a@[1.2.3.4.5]", "a@[1.2.3.4",
                               "a@[IPv6:]", "a@[IPv6:::1::2]", "a@[IPv6:1:2:3:4:5:6:7]", "a@[tag:]",
                               "a@[x y]", "a@[tag:[]]", "a@[1.2.3.4]x", "ann@ex\xC3\xA4mple.org",
                               "\xC3\xA4nn@example.org");
  CAPTURE(text);
  const auto who = parse_mailbox(text);
  REQUIRE_FALSE(who);
  CHECK(who.error().code == errc::malformed);
}

TEST_CASE("mailbox: a NUL is no part of an address", "[core]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(parse_mailbox("a\0b@x"sv));
  CHECK_FALSE(parse_mailbox("\"a\0b\"@x"sv));
  CHECK_FALSE(parse_mailbox("a@x\0y"sv));
}

TEST_CASE("mailbox: UTF-8 only where it is allowed, and only if well-formed", "[core]") {
  const string good = GENERATE(as<string>{}, "\xC3\xA4nn@example.org", "ann@b\xC3\xBC" "cher.example",
                               "\"\xE4\xBD\xA0 \xE5\xA5\xBD\"@x", "\xF0\x9F\x93\xAC@x", "a@\xF4\x8F\xBF\xBF.x");
  CAPTURE(good);
  CHECK_FALSE(parse_mailbox(good));
  const auto who = parse_mailbox(good, utf8::allowed);
  REQUIRE(who);
  const auto again = parse_mailbox(to_string(*who), utf8::allowed);
  REQUIRE(again);
  CHECK(*again == *who);

  const string bad = GENERATE(as<string>{}, "\xC3@x", "\x80@x", "\xC0\xAF@x", "\xE0\x80\xAF@x", "\xED\xA0\x80@x",
                              "\xF4\x90\x80\x80@x", "\xF5\x80\x80\x80@x", "\xE4\xBD@x", "a@\xFF.x", "\"\xC3\"@x");
  CAPTURE(bad);
  CHECK_FALSE(parse_mailbox(bad, utf8::allowed));
}

TEST_CASE("mailbox: both parts have a longest length", "[core]") {
  const string label(63, 'd');
  const string longest(64, 'a');
  const string domain = label + '.' + label + '.' + label + '.' + label;
  CHECK(domain.size() == domain_bytes_max);
  CHECK(parse_mailbox(longest + "@x"));
  CHECK(parse_mailbox("a@" + domain));

  const auto [text, why] = GENERATE_COPY(table<string, errc>({
    {longest + "a@x", errc::limit_exceeded},
    {"a@" + domain + "d", errc::limit_exceeded},
    {"a@" + label + "d", errc::malformed}, // one label
  }));
  CAPTURE(text);
  const auto who = parse_mailbox(text);
  REQUIRE_FALSE(who);
  CHECK(who.error().code == why);
}

TEST_CASE("mailbox: IPv6 literals follow RFC 5321 §4.1.3", "[core]") {
  const auto [text, good] = GENERATE(table<string_view, bool>({
    {"[IPv6:::]", true},
    {"[IPv6:::1]", true},
    {"[ipv6:1::]", true},
    {"[IPv6:1:2:3:4:5:6:7:8]", true},
    {"[IPv6:::ffff:192.0.2.1]", true},
    {"[IPv6:1:2:3:4:5:6:192.0.2.1]", true},
    {"[IPv6:1:2:3:4:5:6:7:192.0.2.1]", false},
    {"[IPv6:1:2:3:4:5:6:7:8:9]", false},
    {"[IPv6:1:2:3:4::5:6:7:8]", false},
    {"[IPv6:12345::]", false},
    {"[IPv6:g::]", false},
    {"[IPv6::1]", false},
    {"[IPv6:1:]", false},
    {"[IPv6:::192.0.2.1:1]", false},
    {"[IPv6:fe80::1%eth0]", false},
  }));
  CAPTURE(text);
  CHECK(is_address_literal(text) == good);
}

TEST_CASE("mailbox: the null sender and postmaster have a text, and no mailbox grammar", "[core]") {
  CHECK(to_string(mailbox{}).empty());
  CHECK(mailbox{}.is_null());
  CHECK(to_string(mailbox{"Postmaster", ""}) == "Postmaster");
  CHECK_FALSE(parse_mailbox("postmaster")); // only the forward path may be so short
}

TEST_CASE("mailbox: domains compare by their key", "[core]") {
  CHECK(domain_key("Example.ORG.") == "example.org");
  CHECK(domain_key("") == "");
  CHECK(domain_key("B\xC3\x9C.x") == "b\xC3\x9C.x"); // ASCII only
}
