#include "net/smtp/proxy_header.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace troupe;
using namespace troupe::smtp;
using namespace std::string_literals;

namespace {

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

/// A version 2 header.
std::string block(char command, char family, const std::string& rest) {
  const auto size = static_cast<char>(rest.size() / 256);
  return signature + command + family + size + static_cast<char>(rest.size() % 256) + rest;
}

const std::string ipv4_addresses = "\xc0\x00\x02\x07\xc0\x00\x02\x01\x10\x92\x00\x19"s;

struct reading {
  proxy_progress progress = proxy_progress::more;
  proxied_client client;
  std::size_t taken = 0;
};

/// As an owner does: never more than there is room for, and `step` bytes at most at once.
reading read(std::string_view wire, std::size_t step) {
  proxy_header_reader reader;
  reading all;
  while (reader.progress() == proxy_progress::more && all.taken < wire.size()) {
    REQUIRE(reader.room() > 0);
    const auto some = wire.substr(all.taken, std::min(step, reader.room()));
    all.taken += some.size();
    reader.take(some);
  }
  all.progress = reader.progress();
  all.client = reader.client();
  return all;
}

} // namespace

TEST_CASE("proxy header: it names the client, and what comes behind is left alone", "[smtp]") {
  const auto [header, address, port] = GENERATE(table<std::string, std::string, unsigned>({
    {"PROXY TCP4 192.0.2.7 192.0.2.1 4242 25\r\n", "192.0.2.7", 4242},
    {"PROXY TCP6 2001:db8::7 2001:db8::1 0 25\r\n", "2001:db8::7", 0},
    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255", 65535},
    {"PROXY TCP6 ::ffff:192.0.2.7 ::1 4242 25\r\n", "192.0.2.7", 4242},
    {block('\x21', '\x11', ipv4_addresses), "192.0.2.7", 4242},
    {block('\x21', '\x11', ipv4_addresses + "\x03\x00\x04wxyz"s), "192.0.2.7", 4242}, // a TLV
    {block('\x21', '\x21', "\x20\x01\x0d\xb8"s + std::string(11, '\0') + '\x07' + std::string(16, '\0') + "\x10\x92\x00\x19"s),
     "2001:db8::7", 4242},
  }));
  const auto step = GENERATE(as<std::size_t>{}, 1, 7, 4096);
  CAPTURE(header, step);
  const auto got = read(header + "EHLO x\r\n", step);
  CHECK(got.progress == proxy_progress::whole);
  CHECK(got.client.is_known);
  CHECK(to_string(got.client.address) == address);
  CHECK(got.client.port == port);
  CHECK(got.taken == header.size());
}

TEST_CASE("proxy header: one that vouches for nobody leaves the peer as it is", "[smtp]") {
  const auto header = GENERATE(
    "PROXY UNKNOWN\r\n"s, "PROXY UNKNOWN ffff::1 whatever it says 65535\r\n"s, block('\x20', '\x00', ""),
    block('\x20', '\x11', ipv4_addresses), block('\x21', '\x00', "any"), block('\x21', '\x31', std::string(216, 'x')));
  CAPTURE(header);
  const auto got = read(header + "EHLO x\r\n", 4096);
  CHECK(got.progress == proxy_progress::whole);
  CHECK_FALSE(got.client.is_known);
  CHECK(got.taken == header.size());
}

TEST_CASE("proxy header: what is none is seen at its first wrong byte, or at a bound", "[smtp]") {
  const auto wire = GENERATE(
    "EHLO client.example.net\r\n"s, "GET / HTTP/1.1\r\n\r\n"s, "PROXX TCP4 192.0.2.7 192.0.2.1 1 2\r\n"s,
    "PROXY TCP4 192.0.2.7 192.0.2.1 4242\r\n"s, "PROXY TCP4 192.0.2.7 192.0.2.1 4242 25 6\r\n"s,
    "PROXY TCP4 192.0.2.7  192.0.2.1 4242 25\r\n"s, "PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n"s,
    "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n"s, "PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n"s,
    "PROXY TCP4 192.0.2.7 192.0.2.1 65536 25\r\n"s, "PROXY TCP4 192.0.2.7 192.0.2.1 042 25\r\n"s,
    "PROXY TCP4 192.0.2.7 192.0.2.1 -1 25\r\n"s, "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\nMAIL FROM:<>\r\n"s,
    "PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n"s, "PROXY UNKNOWN\r"s + std::string(200, 'x'),
    "PROXY UNKNOWN "s + std::string(200, 'x') + "\r\n", "PROXY UNKNOWN \0\r\n"s,
    block('\x11', '\x11', ipv4_addresses), block('\x22', '\x11', ipv4_addresses),
    block('\x21', '\x12', ipv4_addresses), block('\x21', '\x11', ipv4_addresses.substr(1)),
    block('\x21', '\x21', ipv4_addresses), block('\x21', '\x31', "short"),
    block('\x21', '\x11', std::string(proxy_block_bytes_max + 1, 'x')));
  const auto step = GENERATE(as<std::size_t>{}, 1, 4096);
  CAPTURE(wire, step);
  const auto got = read(wire, step);
  CHECK(got.progress == proxy_progress::broken);
  CHECK_FALSE(got.client.is_known);
  CHECK(got.taken <= proxy_block_bytes_max + 16);
}

TEST_CASE("proxy header: half of one is none yet", "[smtp]") {
  const auto whole = GENERATE("PROXY TCP4 192.0.2.7 192.0.2.1 4242 25\r\n"s, block('\x21', '\x11', ipv4_addresses));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(read(whole.substr(0, size), 4096).progress == proxy_progress::more);
}
