#include "net/smtp/hop_counter.hpp"

#include <catch2/catch.hpp>

#include <tuple>

using namespace troupe::smtp;
using namespace std::string_view_literals;

TEST_CASE("hop counter: Received fields of the header count, at any split", "[smtp]") {
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
  hop_counter whole;
  whole.look(text);
  CHECK(whole.hops() == hops);
  hop_counter bytewise;
  for (std::size_t i = 0; i < text.size(); ++i)
    bytewise.look(text.substr(i, 1));
  CHECK(bytewise.hops() == hops);
}
