#include "storage/queue_store.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

using namespace troupe;
using namespace troupe::storage;
using support::sample_body;
using support::sample_mail;

namespace {

struct bad_disk {
  support::temp_folder folder;
  support::faulty_vfs disk;
  queue_store_options options;

  bad_disk() {
    options.directory = folder.path();
    options.vfs = disk.name();
    options.reserve_bytes = 512 * 1024;
    options.wal_bytes_max = 64 * 16 * 1024; // a checkpoint every few commits
    options.wal_bytes_due = 16 * 16 * 1024;
  }
};

/// What the queue owes: what it must hold, and what it may.
struct ledger {
  std::set<std::int64_t> kept;
  std::set<std::int64_t> unsure; // asked for when the disk died: absent or whole

  void ask(std::int64_t id) { unsure.insert(id); }
};

std::string text_of(std::int64_t id) {
  return std::string(static_cast<std::size_t>(id * 977 % 40'000), static_cast<char>('a' + id % 26));
}

/// Each step keeps two messages and settles an old one with a bounce, until the disk dies.
void work_until_death(queue_store& queue, const support::faulty_vfs& disk, std::int64_t& next, ledger& owed) {
  while (!disk.dead()) {
    const auto first = sample_mail(next, text_of(next).size());
    const auto second = sample_mail(next + 1, text_of(next + 1).size());
    const auto bounce = sample_mail(next + 2, text_of(next + 2).size());
    const std::vector<arrival> both{{&first, sample_body(text_of(next))},
                                    {&second, sample_body(text_of(next + 1))}};
    std::vector<settlement> settled;
    if (!owed.kept.empty())
      settled.push_back({{*owed.kept.begin()}, nullptr, {{&bounce, sample_body(text_of(next + 2))}}});
    const auto answer = queue.commit(both, settled);
    if (answer.arrivals && answer.settlements) {
      owed.kept.insert({next, next + 1});
      if (!settled.empty()) {
        owed.kept.erase(settled.front().id.value);
        owed.kept.insert(next + 2);
      }
    } else {
      owed.unsure = {next, next + 1};
      if (!settled.empty()) {
        owed.unsure.insert({settled.front().id.value, next + 2});
        owed.kept.erase(settled.front().id.value);
      }
      return;
    }
    next += 3;
    if (next % 5 == 0 && !queue.checkpoint_if_due())
      return;
  }
}

void check_owed(queue_store& queue, ledger& owed) {
  for (const auto id : owed.kept) {
    const auto found = queue.load({id});
    REQUIRE(found.ok());
    REQUIRE(found->body->bytes == text_of(id));
  }
  std::size_t there = 0;
  for (const auto id : owed.unsure) {
    const auto found = queue.load({id});
    if (found) {
      REQUIRE(found->body->bytes == text_of(id));
      ++there;
    } else {
      REQUIRE(found.error().code == errc::not_found);
    }
  }
  const auto page = queue.load_due({}, wall_time::max(), 100'000);
  REQUIRE(page.ok());
  REQUIRE(page->size() == owed.kept.size() + there);
}

} // namespace

TEST_CASE("queue: whatever change the power fails at, all that was answered is there, and nothing by halves",
          "[storage]") {
  const unsigned keep = GENERATE(0u, 1u, 2u);
  bad_disk bad;
  std::int64_t next = 1;
  ledger owed;
  for (std::uint64_t life = 1; life <= 60; ++life) {
    CAPTURE(keep, life);
    {
      bad.disk.die_after(life * life % 97 + 3);
      auto queue = queue_store::open(bad.options);
      if (queue)
        work_until_death(**queue, bad.disk, next, owed);
    }
    bad.disk.crash(keep == 0 ? 0 : keep * 1000 + static_cast<unsigned>(life));
    auto queue = queue_store::open(bad.options);
    REQUIRE(queue.ok());
    check_owed(**queue, owed);
    // What was in doubt is now known.
    for (const auto id : owed.unsure)
      if ((*queue)->load({id}).ok())
        owed.kept.insert(id);
    owed.unsure.clear();
    next += 3;
  }
  CHECK(owed.kept.size() > 50);
}

TEST_CASE("queue: a crash between settlement and notice loses neither and doubles neither", "[storage]") {
  bad_disk bad;
  std::uint64_t changes = 1;
  for (bool done = false; !done; ++changes) {
    CAPTURE(changes);
    std::filesystem::remove_all(bad.options.directory);
    {
      auto queue = *queue_store::open(bad.options);
      const auto mail = sample_mail(1, 4);
      const arrival one{&mail, sample_body("mail")};
      REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
      bad.disk.die_after(changes);
      const auto notice = sample_mail(2, 6);
      const settlement failed{{1}, nullptr, {{&notice, sample_body("bounce")}}};
      done = queue->commit({}, {&failed, 1}).settlements.ok();
      bad.disk.die_after(0);
    }
    bad.disk.crash(0);
    auto queue = *queue_store::open(bad.options);
    const bool mail_there = queue->load({1}).ok();
    const bool notice_there = queue->load({2}).ok();
    CHECK(mail_there != notice_there);
    if (done)
      CHECK(notice_there);
  }
  CHECK(changes > 2);
}

TEST_CASE("queue: a sync that fails is a commit that failed", "[storage]") {
  bad_disk bad;
  auto queue = *queue_store::open(bad.options);
  bad.disk.fail_syncs(true);
  const auto mail = sample_mail(1, 4);
  const arrival one{&mail, sample_body("mail")};
  CHECK(queue->commit({&one, 1}, {}).arrivals.error().code == errc::storage_failed);
  CHECK_FALSE(queue->load({1}).ok());
  CHECK(queue->counts().of(message_state::queued).messages == 0);
}

TEST_CASE("queue: on a full disk mail is refused, and settling makes room for itself", "[storage]") {
  bad_disk bad;
  auto queue = *queue_store::open(bad.options);
  for (std::int64_t id = 1; id <= 20; ++id) {
    const auto mail = sample_mail(id, 4'000);
    const arrival one{&mail, sample_body(std::string(4'000, 'x'))};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  }
  REQUIRE(queue->checkpoint_idle().ok());
  const auto reserve = bad.folder / "reserve";
  REQUIRE(std::filesystem::exists(reserve));
  bad.disk.fill_up(reserve, 512 * 1024);
  std::int64_t id = 1;
  bool reserve_used = false;
  int refused = 0;
  for (; id <= 20; ++id) {
    const auto mail = sample_mail(100 + id, 4'000);
    const arrival more{&mail, sample_body(std::string(4'000, 'y'))};
    const settlement done{{id}, nullptr, {}};
    const auto answer = queue->commit({&more, 1}, {&done, 1});
    if (!answer.arrivals) {
      CHECK(answer.arrivals.error().code == errc::storage_full);
      ++refused;
    }
    REQUIRE(answer.settlements.ok());
    reserve_used = reserve_used || !std::filesystem::exists(reserve);
  }
  CHECK(refused > 0);
  CHECK(reserve_used);
  bad.disk.fill_up({}, 0);
  const auto mail = sample_mail(500, 4);
  const arrival one{&mail, sample_body("mail")};
  REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  CHECK(std::filesystem::exists(reserve));
}
