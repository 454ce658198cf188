#include "net/smtp/header_watch.hpp"

#include <catch2/catch.hpp>

#include <tuple>

using namespace troupe::smtp;
using namespace std::string_view_literals;

TEST_CASE("header watch: Received fields of the header count, at any split", "[smtp]") {
  const auto [text, hops] = GENERATE(table<std::string_view, unsigned>({
    {"", 0},
    {"\r\nReceived: in the body\r\n", 0},
    {"Received: a\r\n\r\nReceived: b\r\n", 1},
    {"RECEIVED: a\r\nreceived:b\r\nReceived:\r\n", 3},
    {"Received: a\r\n Received: folded\r\nX: y\r\nReceived: b\r\n", 2},
    {"X-Received: a\r\nReceivedX: b\r\nReceive: c\r\n", 0},
    {"ReceivReceived: a\r\nReceived: b", 1},
    {"Rec\r\nReceived: a\r\n", 1},
    {"\r\r\nReceived: a\r\n", 1},
    {"Received", 0},
  }));
  CAPTURE(text);
  header_watch whole;
  whole.look(text);
  CHECK(whole.hops() == hops);
  header_watch bytewise;
  for (std::size_t i = 0; i < text.size(); ++i)
    bytewise.look(text.substr(i, 1));
  CHECK(bytewise.hops() == hops);
}

TEST_CASE("header watch: one TLS-Required field that says No counts, at any split", "[smtp]") {
  const auto [text, optional] = GENERATE(table<std::string_view, bool>({
    {"TLS-Required: No\r\n\r\n", true},
    {"X: y\r\ntls-required:\tNO \r\nReceived: a\r\n", true},
    {"TLS-Required:no\r\n", true},
    {"TLS-Required: No", false},
    {"TLS-Required: Yes\r\n", false},
    {"TLS-Required: Not\r\n", false},
    {"TLS-Required: N o\r\n", false},
    {"TLS-Required: No, really\r\n", false},
    {"TLS-Required:\r\n", false},
    {"TLS-Required: No\r\nTLS-Required: No\r\n", false},
    {"TLS-Required: Yes\r\nTLS-Required: No\r\n", false},
    {"X: y\r\n TLS-Required: No\r\n", false},
    {"X-TLS-Required: No\r\nTLS-Requiredx: No\r\n", false},
    {"\r\nTLS-Required: No\r\n", false},
  }));
  CAPTURE(text);
  header_watch whole;
  whole.look(text);
  CHECK(whole.tls_is_optional() == optional);
  header_watch bytewise;
  for (std::size_t i = 0; i < text.size(); ++i)
    bytewise.look(text.substr(i, 1));
  CHECK(bytewise.tls_is_optional() == optional);
  CHECK(bytewise.hops() == whole.hops());
}
