#include "net/core/packing.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace troupe;

TEST_CASE("what is packed is read again, to the extremes", "[packing]") {
  std::string bytes;
  packer to{bytes};
  to.number(0);
  to.number(std::numeric_limits<std::uint64_t>::max());
  to.integer(std::numeric_limits<std::int64_t>::min());
  to.integer(-1);
  to.time(wall_time{milliseconds{packed_time_ms_max}});
  to.text(std::string("a\0b", 3));
  to.text("");
  unpacker from{bytes};
  CHECK(from.number() == 0);
  CHECK(from.number() == std::numeric_limits<std::uint64_t>::max());
  CHECK(from.integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(from.integer() == -1);
  CHECK(from.time() == wall_time{milliseconds{packed_time_ms_max}});
  CHECK(from.text() == std::string("a\0b", 3));
  CHECK(from.text().empty());
  CHECK(from.good());
  CHECK(from.left() == 0);
}

TEST_CASE("after the first fault all that is unpacked is zero", "[packing]") {
  const auto bad = [](std::string_view bytes, auto read) {
    unpacker from{bytes};
    read(from);
    CHECK_FALSE(from.good());
    CHECK(from.number() == 0);
    CHECK(from.text().empty());
    CHECK(from.left() == 0);
  };
  bad("", [](unpacker& from) { (void)from.number(); });
  bad("\x80\x80", [](unpacker& from) { (void)from.number(); });
  bad("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", [](unpacker& from) { (void)from.number(); });
  bad("\x05" "abcd", [](unpacker& from) { (void)from.text(); });
  bad("\x04" "abcd", [](unpacker& from) { (void)from.text(3); });
  bad("\x03", [](unpacker& from) { (void)from.number_up_to(2U); });
  bad("\xff\xff\xff\xff\xff\xff\xff\xff\x7f", [](unpacker& from) { (void)from.time(); });
}
