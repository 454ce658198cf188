#include "actors/policy/sts_book.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

constexpr wall_time now{1'700'000'000s};

sts_policy lasting(seconds max_age) { return {sts_mode::enforce, max_age, {"mx.test", "*.b.test"}}; }

} // namespace

TEST_CASE("sts book: a policy holds for its max_age", "[policy]") {
  sts_book book;
  CHECK(book.find("a.test", now) == nullptr);
  book.keep("a.test", "7", lasting(60s), now);
  REQUIRE(book.find("a.test", now + 59s));
  CHECK(book.find("a.test", now + 59s)->id == "7");
  CHECK(book.find("a.test", now + 60s) == nullptr);
  book.keep("a.test", "8", lasting(60s), now + 50s);
  CHECK(book.find("a.test", now + 60s)->id == "8");
}

TEST_CASE("sts book: full, what expires next makes room", "[policy]") {
  sts_book book{2};
  book.keep("a.test", "1", lasting(20s), now);
  book.keep("b.test", "1", lasting(10s), now);
  book.keep("c.test", "1", lasting(30s), now);
  CHECK(book.size() == 2);
  CHECK(book.find("a.test", now));
  CHECK_FALSE(book.find("b.test", now));
}

TEST_CASE("sts book: what was written is read again", "[policy]") {
  sts_book book;
  book.keep("a.test", "7", lasting(60s), now);
  book.keep("old.test", "7", lasting(10s), now);
  sts_book again;
  again.read(book.write(), now + 10s);
  CHECK(again.size() == 1);
  REQUIRE(again.find("a.test", now + 59s));
  CHECK(*again.find("a.test", now + 59s)->policy == lasting(60s));
  CHECK_FALSE(again.find("a.test", now + 60s));
}

TEST_CASE("sts book: lines that are none are passed over", "[policy]") {
  sts_book book;
  book.read("\n\na.test\na.test 1 x 60 enforce mx.test\na.test 1 99999999999 60 what mx.test\n"
            "not_a domain! 1 1700000050 60 enforce mx.test\n"
            "long.test 1 99999999999 60 enforce mx.test\nb.test 1 1700000050 60 enforce mx.test",
            now);
  CHECK(book.size() == 2);
  CHECK(book.find("b.test", now + 49s));
  CHECK_FALSE(book.find("long.test", now + 60s)); // never longer than max_age
}
