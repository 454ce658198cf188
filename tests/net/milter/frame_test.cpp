#include "net/milter/frame.hpp"
#include "net/milter/protocol.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::milter;
using namespace std::string_literals;

TEST_CASE("milter frame: what is written is read", "[milter]") {
  std::string out;
  append_frame(out, 'x', "data");
  append_frame(out, 'y', {});
  frame_reader reader;
  reader.take(out);
  const auto first = reader.next();
  REQUIRE(first);
  REQUIRE(*first);
  CHECK((*first)->letter == 'x');
  CHECK((*first)->data == "data");
  CHECK((*reader.next())->letter == 'y');
  CHECK_FALSE(*reader.next());
  CHECK(reader.size() == 0);
}

TEST_CASE("milter frame: the longest is taken, one more is refused at once", "[milter]") {
  std::string out;
  append_number(out, frame_bytes_max);
  frame_reader reader;
  reader.take(out);
  CHECK(reader.next().ok());
  std::string longer;
  append_number(longer, frame_bytes_max + 1);
  frame_reader other;
  other.take(longer);
  CHECK(other.next().error().code == errc::limit_exceeded);
  CHECK_FALSE(other.next());
}

TEST_CASE("milter frame: fields that are cut are errors", "[milter]") {
  const auto data = "\0\0\0\7ab\0c"s;
  frame_fields fields(data);
  CHECK(*fields.number() == 7);
  CHECK(*fields.text() == "ab");
  CHECK_FALSE(fields.number());
  CHECK_FALSE(fields.text());
}

TEST_CASE("milter frame: a NUL in a text ends it", "[milter]") {
  std::string out;
  append_text(out, "ab\0cd"s);
  CHECK(out == "ab\0"s);
}
