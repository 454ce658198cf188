#include "app/admin/queue_browser.hpp"
#include "storage/queue_store.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe;

namespace {

/// Two shards: odd ids in the first, even ones in the second.
struct two_shards {
  two_shards() {
    for (const char* name : {"shard-0", "shard-1"}) {
      storage::queue_store_options each;
      each.directory = folder / name;
      each.disk_free_min = 0;
      each.reserve_bytes = 0;
      auto opened = storage::queue_store::open(each);
      REQUIRE(opened);
      options.push_back(each);
      stores.push_back(*std::move(opened));
    }
  }

  void keep(std::int64_t id) {
    auto mail = support::sample_mail(id, 4);
    mail.recipients[0].to.address.local = "r" + std::to_string(id % 10);
    const storage::arrival one{&mail, support::sample_body("body")};
    REQUIRE(stores[id % 2 == 1 ? 0 : 1]->commit({&one, 1}, {}).arrivals);
  }

  support::temp_folder folder;
  std::vector<storage::queue_store_options> options;
  std::vector<std::unique_ptr<storage::queue_store>> stores;
};

steady_time soon() {
  return steady_now() + 30s;
}

std::vector<std::int64_t> ids_of(const app::message_list& list) {
  std::vector<std::int64_t> ids;
  for (const auto& each : list.messages)
    ids.push_back(each.id.value);
  return ids;
}

} // namespace

TEST_CASE("browser: shards are listed as one, by id, page by page", "[admin]") {
  two_shards queue;
  // Lopsided on purpose: one shard's page must not run ahead of the other.
  std::vector<std::int64_t> expected;
  for (std::int64_t id = 1; id <= 400; ++id)
    if (id % 2 == 1 || id > 300) {
      queue.keep(id);
      expected.push_back(id);
    }
  app::queue_browser browser(queue.options);
  const auto limit = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{50}, std::size_t{1000});
  std::vector<std::int64_t> seen;
  app::message_list page;
  do {
    page = browser.find({}, page.next, limit, wall_now(), soon());
    CHECK(page.messages.size() <= limit);
    const auto ids = ids_of(page);
    seen.insert(seen.end(), ids.begin(), ids.end());
  } while (!page.complete && seen.size() <= expected.size());
  CHECK(seen == expected);
}

TEST_CASE("browser: a filter skips what it does not take, and pages still end", "[admin]") {
  two_shards queue;
  for (std::int64_t id = 1; id <= 120; ++id)
    queue.keep(id);
  app::queue_browser browser(queue.options);
  const auto list
    = browser.find(*app::parse_filter({{"to", "r3@*"}}), {}, 1000, wall_now(), soon());
  CHECK(list.complete);
  CHECK(list.messages.size() == 12);
  CHECK(
    browser.find(*app::parse_filter({{"to", "nobody@*"}}), {}, 10, wall_now(), soon()).complete);
}

TEST_CASE("browser: out of time it says where to go on, and loses nothing", "[admin]") {
  two_shards queue;
  for (std::int64_t id = 1; id <= 20; ++id)
    queue.keep(id);
  app::queue_browser browser(queue.options);
  const auto list = browser.find({}, {}, 10, wall_now(), steady_now() - 1s);
  CHECK_FALSE(list.complete);
  CHECK(list.messages.empty());
  CHECK(browser.find({}, list.next, 100, wall_now(), soon()).messages.size() == 20);
}

TEST_CASE("browser: one message is found in whichever shard it is", "[admin]") {
  two_shards queue;
  queue.keep(1);
  queue.keep(2);
  app::queue_browser browser(queue.options);
  REQUIRE(browser.load({2}));
  CHECK(browser.load({2})->shard == 1);
  CHECK(*browser.read_body_head(*browser.load({1})) == "body");
  REQUIRE_FALSE(browser.load({3}));
  CHECK(browser.load({3}).error().code == errc::not_found);
}

TEST_CASE("browser: copies are listed where they are asked for, and named for what they are", "[admin]") {
  two_shards queue;
  queue.keep(1);
  const auto mail = support::sample_mail(3, 4);
  const storage::arrival copy{&mail, support::sample_body("body"), storage::kept_as::copy};
  REQUIRE(queue.stores[0]->commit({&copy, 1}, {}).arrivals);
  app::queue_browser browser(queue.options);
  CHECK(ids_of(browser.find({}, {}, 10, wall_now(), soon())) == std::vector<std::int64_t>{1});
  const auto copies = browser.find(*app::parse_filter({{"state", "copy"}}), {}, 10, wall_now(), soon());
  CHECK(ids_of(copies) == std::vector<std::int64_t>{3});
  CHECK(copies.messages[0].state == app::shown_state::copy);
  CHECK(browser.load({3})->kind == storage::kept_as::copy);
  CHECK(browser.load({1})->kind == storage::kept_as::message);
}

TEST_CASE("browser: a shard that can't be read is named, the others are shown", "[admin]") {
  two_shards queue;
  queue.keep(1);
  auto options = queue.options;
  options[1].directory = queue.folder / "nowhere";
  app::queue_browser browser(options);
  const auto list = browser.find({}, {}, 10, wall_now(), soon());
  CHECK(ids_of(list) == std::vector<std::int64_t>{1});
  CHECK(list.unreadable.size() == 1);
}

TEST_CASE("browser: a walk shows everything once, or says that it was cut", "[admin]") {
  two_shards queue;
  for (std::int64_t id = 1; id <= 9; id += 2)
    queue.keep(id);
  app::queue_browser browser(queue.options);
  int seen = 0;
  const auto count = [&](const queued_message&) { ++seen; };
  CHECK(*browser.walk(0, 100, soon(), count));
  CHECK(seen == 5);
  CHECK_FALSE(*browser.walk(0, 100, steady_now() - 1s, count));
}
