#include "app/sendmail/address_list.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace troupe;
using namespace troupe::app;

namespace {

std::string read(std::string_view text) {
  const auto all = parse_address_list(text);
  if (!all)
    return "! " + std::string{to_string(all.error().code)};
  std::string line;
  for (const auto& each : *all)
    (line += line.empty() ? "" : " ") += each.domain.empty() ? each.local : to_string(each);
  return line;
}

} // namespace

TEST_CASE("address list: addresses stay, all else goes", "[sendmail]") {
  const auto [text, addresses] = GENERATE(table<std::string, std::string>({
    {"", ""},
    {"  \r\n\t ", ""},
    {"ann@example.net", "ann@example.net"},
    {" ann@example.net ,\r\n bob@example.org", "ann@example.net bob@example.org"},
    {"Ann Lee <ann@example.net>", "ann@example.net"},
    {"\"Lee, Ann\" <ann@example.net>, bob@example.org", "ann@example.net bob@example.org"},
    {"ann@example.net (Ann (the \\) first) Lee), (nobody)", "ann@example.net"},
    {"Ann <ann@example.net> (boss)", "ann@example.net"},
    {"undisclosed-recipients:;", ""},
    {"friends: ann@example.net, Bob <bob@example.org>;, eve@example.org", "ann@example.net bob@example.org eve@example.org"},
    {"root", "root"},
    {"root, www-data <www-data>", "root www-data"},
    {"\"odd one\"@example.net", "\"odd one\"@example.net"},
    {"<\"a,b\"@example.net>", "\"a,b\"@example.net"},
    {"<@relay.test,@other.test:ann@example.net>", "ann@example.net"},
    {"ann . lee @ example.net", "ann.lee@example.net"},
    {"ann@[192.0.2.1], bob@[IPv6:2001:db8::1]", "ann@[192.0.2.1] bob@[IPv6:2001:db8::1]"},
    {"a@b,,c@d,", "a@b c@d"},
    {"=?utf-8?q?J=C3=BCrgen?= <j@example.net>", "j@example.net"},
    {"j\xc3\xbcrgen@example.net", "j\xc3\xbcrgen@example.net"},
  }));
  CAPTURE(text);
  CHECK(read(text) == addresses);
}

TEST_CASE("address list: what is no list is refused whole", "[sendmail]") {
  const auto text = GENERATE("ann lee", "<ann@example.net", "ann@example.net>", "<ann@example.net> <bob@example.org>", "<>",
                             "ann@example.net bob@example.org", "\"ann", "(ann", "group: ann@example.net", "a: b: c;", ";",
                             "ann@", "@example.net", "ann@exa mple.net x", "<ann@example.net>x", "ann@[192.0.2.1", "a\x01@b",
                             "<ann@example.net\r\nRCPT TO:<eve@example.org>>", "ann@example.net\x7f", R"(k, "")", R"(""@example.net)",
                             "\"\r\"\r\n\n");
  CAPTURE(text);
  CHECK(read(text) == "! malformed");
}

TEST_CASE("address list: bounds", "[sendmail]") {
  CHECK(read(std::string(comment_depth_max, '(') + std::string(comment_depth_max, ')')).empty());
  CHECK(read(std::string(100'000, '(')) == "! limit_exceeded");
  std::string many;
  for (std::size_t n = 0; n < addresses_max; ++n)
    many += "a@b,";
  CHECK(parse_address_list(many)->size() == addresses_max);
  CHECK(read(many + "a@b") == "! limit_exceeded");
}
