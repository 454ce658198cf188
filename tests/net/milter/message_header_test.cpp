#include "net/milter/message_header.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::milter;

namespace {

constexpr auto implied = leading_space::implied;

message_header::cut cut_of(std::string_view bytes, std::size_t above_own = no_own_field) {
  return message_header::read(bytes, true, above_own).value().value();
}

} // namespace

TEST_CASE("milter header: it is read, and written as it was", "[milter]") {
  const std::string header = "Received: by us;\r\n\tnow\r\nSubject:hi\r\nTo: bob\r\n";
  const auto cut = cut_of(header + "\r\nbody\r\n", 0);
  CHECK(cut.header.text() == header);
  CHECK(cut.body_at == header.size() + 2);
  CHECK(cut.has_separator);
  REQUIRE(cut.header.fields().size() == 3);
  CHECK(cut.header.fields()[0].hidden);
  CHECK_FALSE(cut.header.fields()[1].hidden);
}

TEST_CASE("milter header: it ends where a line is no field", "[milter]") {
  const auto cut = cut_of("A: b\r\nhello world\r\nC: d\r\n");
  CHECK(cut.body_at == 6);
  CHECK_FALSE(cut.has_separator);
}

TEST_CASE("milter header: odd messages", "[milter]") {
  CHECK(cut_of("").body_at == 0);
  CHECK(cut_of("\r\nx").body_at == 2);
  CHECK(cut_of("A: b").header.fields().size() == 1);
  CHECK(cut_of(" folded first\r\n").header.fields().empty());
  CHECK(cut_of("A : b\r\n").header.fields().front().name == "A");
  CHECK(cut_of(": b\r\n").header.fields().empty());
}

TEST_CASE("milter header: while it may go on, there is nothing yet", "[milter]") {
  CHECK_FALSE(*message_header::read("A: b\r\nC: d", false, no_own_field));
  CHECK_FALSE(*message_header::read("A: b\r\n", false, no_own_field));
  CHECK(*message_header::read("A: b\r\n\r\n", false, no_own_field));
}

TEST_CASE("milter header: its length has a bound", "[milter]") {
  CHECK_FALSE(message_header::read("A: " + std::string(header_bytes_max, 'x'), false, no_own_field));
  std::string many;
  for (std::size_t i = 0; i < header_fields_max + 2; ++i)
    many += "A:\r\n";
  CHECK_FALSE(message_header::read(many, true, no_own_field));
}

TEST_CASE("milter header: what we found out stands above our own field, and is seen", "[milter]") {
  auto header = cut_of("Authentication-Results: us; spf=pass\r\nReceived: us\r\nReceived: them\r\n", 1).header;
  CHECK_FALSE(header.fields()[0].hidden);
  CHECK(header.fields()[1].hidden);
  REQUIRE(header.change(1, "Received", "", implied));
  CHECK(header.text() == "Authentication-Results: us; spf=pass\r\nReceived: us\r\n");
}

TEST_CASE("milter header: places count from above our own field", "[milter]") {
  auto header = cut_of("Received: us\r\nA: 1\r\n", 0).header;
  CHECK(header.insert(0, "Top", "x", implied));
  CHECK(header.insert(2, "Below", "y", implied));
  CHECK(header.insert(999, "Last", "z", implied));
  CHECK(header.add("Added", "w", leading_space::said));
  CHECK(header.text() == "Top: x\r\nReceived: us\r\nBelow: y\r\nA: 1\r\nLast: z\r\nAdded:w\r\n");
}

TEST_CASE("milter header: the nth of a name is what filters see", "[milter]") {
  auto header = cut_of("Received: us\r\nReceived: one\r\nreceived: two\r\n", 0).header;
  CHECK(header.change(2, "RECEIVED", "2", implied));
  CHECK(header.change(0, "Received", "", implied)); // 0 means the first
  CHECK(header.change(7, "Received", "", implied)); // gone already
  CHECK(header.change(1, "New", "n", implied));
  CHECK(header.text() == "Received: us\r\nreceived: 2\r\nNew: n\r\n");
}

TEST_CASE("milter header: no value begins another field or the body", "[milter]") {
  auto header = cut_of("").header;
  CHECK(header.add("A", "x\nBcc: evil", implied));
  CHECK(header.add("B", "x\r\n\r\nbody", implied));
  CHECK(header.add("C", "x\n fold\r\n\tmore\n", implied));
  CHECK(header.add("D", "x\rEvil: y", implied));
  CHECK(header.add("E", "\n\nEvil: y", implied));
  CHECK(header.text()
        == "A: x\r\n\tBcc: evil\r\nB: x\r\n\tbody\r\nC: x\r\n fold\r\n\tmore\r\nD: x\r\n\tEvil: y\r\n"
           "E: \r\n\tEvil: y\r\n");
}

TEST_CASE("milter header: a name is a name", "[milter]") {
  auto header = cut_of("A: b\r\n").header;
  for (const auto* each : {"", "A b", "A:b", "A\r\nB", "\xc3\xa9"}) {
    CAPTURE(each);
    CHECK_FALSE(header.add(each, "x", implied));
  }
  CHECK(header.text() == "A: b\r\n");
}

TEST_CASE("milter header: what filters add has a bound", "[milter]") {
  auto header = cut_of("").header;
  const std::string value(200 * 1024, 'x');
  status last;
  int added = 0;
  while (added < 100 && (last = header.add("A", value, implied)))
    ++added;
  CHECK(added == 10);
  CHECK(last.error().code == errc::limit_exceeded);
}
