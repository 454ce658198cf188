#include "actors/policy/schedule.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace troupe;
using namespace troupe::policy;

namespace {

constexpr wall_time noon{milliseconds{1'700'000'000'000}};
constexpr wall_time at(int minute) { return noon + std::chrono::minutes{minute}; }
using ids = std::vector<message_id>;

/// A page as a disk with these entries gives it.
void read_page(schedule& into, const std::set<schedule::entry>& disk, std::size_t limit) {
  std::vector<schedule::entry> page;
  for (auto next = disk.upper_bound(into.cursor()); next != disk.end() && page.size() < limit; ++next)
    page.push_back(*next);
  into.add_page(page, page.empty() ? into.cursor() : page.back(), page.size() < limit);
}

} // namespace

TEST_CASE("schedule: what is due comes out, earliest first, up to the limit", "[policy]") {
  schedule all{10};
  all.add(at(3), {1});
  all.add(at(1), {2});
  all.add(at(2), {3});
  all.add(at(2), {4});
  CHECK(all.next_due() == at(1));
  CHECK(all.take_due(at(0), 10).empty());
  CHECK(all.take_due(at(2), 2) == ids{{2}, {3}});
  CHECK(all.take_due(at(2), 10) == ids{{4}});
  CHECK(all.take_due(at(2), 10).empty());
  CHECK(all.size() == 1);
  CHECK(all.next_due() == at(3));
}

TEST_CASE("schedule: what is removed does not come out", "[policy]") {
  schedule all{10};
  all.add(at(1), {1});
  all.add(at(1), {2});
  all.remove(at(1), {1});
  all.remove(at(1), {9}); // never was there
  CHECK(all.take_due(at(1), 10) == ids{{2}});
  CHECK_FALSE(all.next_due().has_value());
}

TEST_CASE("schedule: it asks for a first page, and for the next ones while there are more", "[policy]") {
  schedule all{4};
  CHECK(all.wants_page());
  all.add_page({{at(1), {1}}, {at(2), {2}}}, {at(2), {2}}, false);
  CHECK(all.cursor() == schedule::entry{at(2), {2}});
  CHECK(all.wants_page());
  all.add_page({{at(3), {3}}, {at(4), {4}}}, {at(4), {4}}, false);
  CHECK_FALSE(all.wants_page()); // full
  REQUIRE(all.take_due(at(2), 10).size() == 2);
  CHECK(all.wants_page()); // half empty
  all.add_page({}, all.cursor(), true);
  CHECK_FALSE(all.wants_page());
}

TEST_CASE("schedule: above its bound the furthest is forgotten, and read again", "[policy]") {
  std::set<schedule::entry> disk;
  schedule all{4};
  all.add_page({}, all.cursor(), true);
  for (int i = 1; i <= 10; ++i) {
    disk.emplace(at(i), message_id{100 - i});
    all.add(at(i), {100 - i});
    CHECK(all.size() <= 4);
  }
  ids seen;
  for (int minute = 1; minute <= 10; ++minute) {
    for (const auto id : all.take_due(at(minute), 100)) {
      seen.push_back(id);
      disk.erase({at(minute), id});
    }
    while (all.wants_page())
      read_page(all, disk, 3);
  }
  CHECK(seen == ids{{99}, {98}, {97}, {96}, {95}, {94}, {93}, {92}, {91}, {90}});
}

TEST_CASE("schedule: an entry that a page skipped is not lost when its like is forgotten", "[policy]") {
  // Several with one due time, of which the bound cuts some.
  std::set<schedule::entry> disk;
  for (int i = 1; i <= 9; ++i)
    disk.emplace(at(1), message_id{i});
  schedule all{4};
  std::size_t seen = 0;
  for (int turn = 0; turn < 20 && !disk.empty(); ++turn) {
    for (int page = 0; page < 5 && all.wants_page(); ++page)
      read_page(all, disk, 3);
    for (const auto id : all.take_due(at(1), 2)) {
      ++seen;
      CHECK(disk.erase({at(1), id}) == 1);
    }
  }
  CHECK(seen == 9);
  CHECK(disk.empty());
}

TEST_CASE("schedule: an early newcomer pushes out the furthest, not itself", "[policy]") {
  schedule all{2};
  all.add_page({}, all.cursor(), true);
  all.add(at(5), {1});
  all.add(at(6), {2});
  all.add(at(1), {3});
  CHECK(all.take_due(at(9), 10) == ids{{3}, {1}});
  CHECK(all.wants_page());
  CHECK(all.cursor() < schedule::entry{at(6), {2}}); // so the next page brings it
}
