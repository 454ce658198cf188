#include "storage/queue_store.hpp"

#include "storage/body_file.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <limits>

using namespace troupe;
using namespace troupe::storage;
using support::sample_body;
using support::sample_mail;

namespace {

constexpr wall_time noon{milliseconds{1'700'000'000'000}};

struct shard {
  support::temp_folder folder;
  queue_store_options options;
  std::unique_ptr<queue_store> queue;

  shard() {
    options.directory = folder / "shard-0";
    options.floor = options.started = wall_time::max();
    reopen();
  }
  void reopen() {
    queue.reset();
    queue = *queue_store::open(options);
  }
  void keep(std::int64_t id, const std::string& text, wall_time due = {}) {
    const auto mail = sample_mail(id, text.size(), due);
    const arrival one{&mail, sample_body(text)};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  }
  void recover() {
    while (!*queue->recover_step()) {
    }
  }
  message_id keep_large(std::int64_t id) {
    auto file = *body_file::create(body_folder{options.directory}, {id});
    REQUIRE(file.append(std::string(300'000, 'x')).ok());
    const auto mail = sample_mail(id, 300'000);
    const arrival one{&mail, *file.finish()};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
    return mail.id;
  }
  [[nodiscard]] std::string file_of(message_id id) const { return body_folder{options.directory}.path_of(id); }
};

std::vector<std::int64_t> ids_of(const std::vector<due_message>& due) {
  std::vector<std::int64_t> ids;
  for (const auto& each : due)
    ids.push_back(each.id.value);
  return ids;
}

} // namespace

TEST_CASE("queue store: what is kept comes back whole after a restart", "[storage]") {
  shard s;
  s.keep(1, "first\r\n");
  s.keep(2, "");
  s.reopen();
  const auto first = s.queue->load({1});
  REQUIRE(first.ok());
  CHECK(first->mail == sample_mail(1, 7));
  CHECK(first->body->bytes == "first\r\n");
  CHECK(s.queue->load({2})->body->size == 0);
  CHECK(s.queue->load({3}).error().code == errc::not_found);
  CHECK(s.queue->oldest()->value == 1);
}

TEST_CASE("queue store: the head of a body is cut where it is asked to be", "[storage]") {
  shard s;
  s.keep(1, "0123456789");
  const auto large = s.keep_large(2);
  CHECK(*s.queue->read_body_head({1}, 4) == "0123");
  CHECK(*s.queue->read_body_head({1}, 100) == "0123456789");
  CHECK(s.queue->read_body_head(large, 200'000)->size() == 200'000);
  CHECK(s.queue->read_body_head({9}, 4).error().code == errc::not_found);
}

TEST_CASE("queue store: a settlement and its notice are one step", "[storage]") {
  shard s;
  s.keep(1, "mail");
  const auto notice = sample_mail(2, 6);
  const settlement failed{{1}, nullptr, {{&notice, sample_body("bounce")}}};
  REQUIRE(s.queue->commit({}, {&failed, 1}).settlements.ok());
  CHECK(s.queue->load({1}).error().code == errc::not_found);
  CHECK(s.queue->load({2})->body->bytes == "bounce");
}

TEST_CASE("queue store: a settlement of what is gone is done, and tells nobody again", "[storage]") {
  shard s;
  s.recover();
  s.keep(1, "mail");
  const auto notice = sample_mail(2, 6);
  const auto same_again = sample_mail(3, 6);
  const settlement failed{{1}, nullptr, {{&notice, sample_body("bounce")}}};
  REQUIRE(s.queue->commit({}, {&failed, 1}).settlements.ok());
  const settlement again{{1}, nullptr, {{&same_again, sample_body("bounce")}}};
  REQUIRE(s.queue->commit({}, {&again, 1}).settlements.ok());
  CHECK(s.queue->counts().of(message_state::queued).messages == 1);
}

TEST_CASE("queue store: a settlement that changed a message tells its sender once", "[storage]") {
  shard s;
  s.recover();
  s.keep(1, "mail");
  auto later = sample_mail(1, 4, noon);
  const auto notice = sample_mail(2, 5);
  const settlement delayed{{1}, &later, {{&notice, sample_body("delay")}}};
  REQUIRE(s.queue->commit({}, {&delayed, 1}).settlements.ok());
  const auto same_again = sample_mail(3, 5);
  const settlement again{{1}, &later, {{&same_again, sample_body("delay")}}};
  REQUIRE(s.queue->commit({}, {&again, 1}).settlements.ok());
  CHECK_FALSE(s.queue->load({3}).ok());
  later.recipients[0].attempts += 1;
  REQUIRE(s.queue->commit({}, {&again, 1}).settlements.ok());
  CHECK(s.queue->load({3}).ok());
}

TEST_CASE("queue store: a settlement that comes again finds its notices and passes", "[storage]") {
  shard s;
  s.recover();
  s.keep(1, "mail");
  const auto notice = sample_mail(2, 6);
  const settlement failed{{1}, nullptr, {{&notice, sample_body("bounce")}}};
  REQUIRE(s.queue->commit({}, {&failed, 1}).settlements.ok());
  REQUIRE(s.queue->commit({}, {&failed, 1}).settlements.ok());
  CHECK(s.queue->counts().of(message_state::queued).messages == 1);
}

TEST_CASE("queue store: an id that is taken fails the arrivals and hurts nothing", "[storage]") {
  shard s;
  s.recover();
  s.keep(1, "mail");
  const auto mail = sample_mail(1, 5);
  const auto other = sample_mail(2, 5);
  const std::vector<arrival> both{{&other, sample_body("other")}, {&mail, sample_body("again")}};
  CHECK(s.queue->commit(both, {}).arrivals.error().code == errc::storage_failed);
  CHECK(s.queue->load({1})->body->bytes == "mail");
  CHECK_FALSE(s.queue->load({2}).ok());
  CHECK(s.queue->counts().of(message_state::queued).messages == 1);
  s.keep(3, "goes on");
}

TEST_CASE("queue store: the schedule comes in pages, ordered by time, then id", "[storage]") {
  shard s;
  s.keep(5, "x", noon);
  s.keep(1, "x", noon + seconds{1});
  s.keep(2, "x", noon);
  s.keep(3, "x");
  s.keep(4, "x", noon + seconds{2});
  CHECK(ids_of(*s.queue->load_due({}, noon + seconds{1}, 10)) == std::vector<std::int64_t>{3, 2, 5, 1});
  std::vector<std::int64_t> paged;
  due_message after;
  for (;;) {
    const auto page = *s.queue->load_due(after, wall_time::max(), 2);
    if (page.empty())
      break;
    for (const auto& each : page)
      paged.push_back(each.id.value);
    after = page.back();
  }
  CHECK(paged == std::vector<std::int64_t>{3, 2, 5, 1, 4});
}

TEST_CASE("queue store: held and settled messages are not in the schedule", "[storage]") {
  shard s;
  s.keep(1, "x", noon);
  auto mail = sample_mail(1, 1, noon);
  mail.recipients[0].state = recipient_state::held;
  mail.hold_reason = "asked";
  const settlement held{{1}, &mail, {}};
  REQUIRE(s.queue->commit({}, {&held, 1}).settlements.ok());
  CHECK(s.queue->load_due({}, wall_time::max(), 10)->empty());
  CHECK(*s.queue->load_mail({1}) == mail);
}

TEST_CASE("queue store: counts are right while rows are still being counted", "[storage]") {
  shard s;
  for (std::int64_t id = 1; id <= 5000; ++id)
    if (id % 1000 == 0) // few commits, many rows
      s.keep(id, "abc");
  std::vector<queued_message> mails;
  std::vector<arrival> many;
  mails.reserve(4500);
  const auto text = sample_body("abc");
  for (std::int64_t id = 10'000; id < 14'500; ++id) {
    mails.push_back(sample_mail(id, 3));
    many.push_back({&mails.back(), text});
  }
  REQUIRE(s.queue->commit(many, {}).arrivals.ok());
  s.reopen();
  CHECK_FALSE(s.queue->counts().complete);
  REQUIRE_FALSE(*s.queue->recover_step());
  CHECK_FALSE(s.queue->counts().complete);
  const std::vector<settlement> gone{{{1000}, nullptr, {}}, {{14'000}, nullptr, {}}};
  REQUIRE(s.queue->commit({}, gone).settlements.ok());
  s.keep(9'999, "abcd");
  s.keep(20'000, "abcd");
  s.recover();
  const auto counts = s.queue->counts();
  CHECK(counts.complete);
  CHECK(counts.of(message_state::queued).messages == 5 + 4500 - 2 + 2);
  CHECK(counts.of(message_state::queued).bytes == 3 * (5 + 4500 - 2) + 2 * 4);
}

TEST_CASE("queue store: a large body goes with its row, not before", "[storage]") {
  shard s;
  const auto id = s.keep_large(7);
  CHECK(s.queue->load(id)->body->file == s.file_of(id));
  CHECK(std::filesystem::exists(s.file_of(id)));
  const settlement done{id, nullptr, {}};
  REQUIRE(s.queue->commit({}, {&done, 1}).settlements.ok());
  CHECK_FALSE(std::filesystem::exists(s.file_of(id)));
}

TEST_CASE("queue store: a body file without a row goes if it is of an earlier run", "[storage]") {
  shard s;
  const auto kept = s.keep_large(7);
  auto orphan = *body_file::create(body_folder{s.options.directory}, {8});
  REQUIRE(orphan.finish().ok());
  SECTION("of an earlier run") {
    s.reopen();
    s.recover();
    CHECK_FALSE(std::filesystem::exists(s.file_of({8})));
  }
  SECTION("its id is of this run") {
    s.options.floor = born_at({8});
    s.reopen();
    s.recover();
    CHECK(std::filesystem::exists(s.file_of({8})));
  }
  SECTION("it was written in this run") {
    s.options.started = wall_time{};
    s.reopen();
    s.recover();
    CHECK(std::filesystem::exists(s.file_of({8})));
  }
  CHECK(std::filesystem::exists(s.file_of(kept)));
}

TEST_CASE("queue store: a message whose body file is gone is held, with the reason", "[storage]") {
  shard s;
  const auto id = s.keep_large(7);
  std::filesystem::remove(s.file_of(id));
  s.reopen();
  s.recover();
  const auto mail = s.queue->load_mail(id);
  CHECK(state_of(*mail) == message_state::held);
  CHECK(mail->hold_reason == "its body file is missing");
  CHECK(s.queue->counts().of(message_state::held).messages == 1);
  CHECK(s.queue->counts().of(message_state::queued).messages == 0);
}

TEST_CASE("queue store: what is set aside leaves the schedule and stays", "[storage]") {
  shard s;
  s.recover();
  s.keep(1, "x");
  REQUIRE(s.queue->set_aside({1}).ok());
  REQUIRE(s.queue->set_aside({2}).ok());
  CHECK(s.queue->load_due({}, wall_time::max(), 10)->empty());
  CHECK(s.queue->counts().of(message_state::held).messages == 1);
}

TEST_CASE("queue store: without free space new mail is refused, settling goes on", "[storage]") {
  shard s;
  s.keep(1, "x");
  s.options.disk_free_min = std::numeric_limits<std::uint64_t>::max() / 2;
  s.reopen();
  CHECK_FALSE(s.queue->has_room());
  const auto mail = sample_mail(2, 1);
  const arrival refused{&mail, sample_body("y")};
  const settlement done{{1}, nullptr, {}};
  const auto answer = s.queue->commit({&refused, 1}, {&done, 1});
  CHECK(answer.arrivals.error().code == errc::storage_full);
  CHECK(answer.settlements.ok());
  CHECK_FALSE(s.queue->load({1}).ok());
  CHECK_FALSE(s.queue->load({2}).ok());
}

TEST_CASE("queue store: the log is bounded by checkpoints", "[storage]") {
  shard s;
  s.options.wal_bytes_max = 64 * 16 * 1024;
  s.options.wal_bytes_due = 32 * 16 * 1024;
  s.reopen();
  std::uint64_t most = 0;
  for (std::int64_t id = 1; id <= 100; ++id) {
    s.keep(id, std::string(50'000, 'x'));
    most = std::max(most, s.queue->wal_bytes());
  }
  CHECK(most <= s.options.wal_bytes_max);
  CHECK(most > s.options.wal_bytes_due);
  CHECK(std::filesystem::file_size(s.options.directory + "/queue.db-wal") < 2 * s.options.wal_bytes_max);
  REQUIRE(s.queue->checkpoint_idle().ok());
  CHECK(s.queue->wal_bytes() == 0);
}

TEST_CASE("queue store: a hundred thousand deferred messages come back in order, page by page", "[storage]") {
  shard s;
  const auto text = sample_body("x");
  for (std::int64_t base = 1; base < 100'000; base += 5'000) {
    std::vector<queued_message> mails;
    std::vector<arrival> many;
    mails.reserve(5'000);
    for (auto id = base; id < base + 5'000; ++id) {
      mails.push_back(sample_mail(id, 1, noon + seconds{id * 7919 % 1000}));
      many.push_back({&mails.back(), text});
    }
    REQUIRE(s.queue->commit(many, {}).arrivals.ok());
  }
  due_message after;
  std::size_t seen = 0;
  bool ordered = true;
  for (;;) {
    const auto page = *s.queue->load_due(after, wall_time::max(), 1'000);
    if (page.empty())
      break;
    for (const auto& each : page) {
      ordered = ordered && after < each;
      after = each;
    }
    seen += page.size();
  }
  CHECK(ordered);
  CHECK(seen == 100'000);
}

TEST_CASE("queue store: bounds that cannot work are refused", "[storage]") {
  queue_store_options options;
  CHECK(queue_store::open(options).error().code == errc::refused);
  options.directory = "/nowhere";
  options.wal_bytes_max = 1;
  CHECK(check(options).error().code == errc::refused);
}

TEST_CASE("queue store: the file of a body goes if its message is not there, and only then", "[storage]") {
  shard s;
  const auto kept = s.keep_large(1);
  const message_id refused{2};
  REQUIRE(body_file::create(body_folder{s.options.directory}, refused)->finish().ok());
  REQUIRE(s.queue->drop_unkept_body(kept).ok());
  REQUIRE(s.queue->drop_unkept_body(refused).ok());
  REQUIRE(s.queue->drop_unkept_body({3}).ok());
  CHECK(std::filesystem::exists(s.file_of(kept)));
  CHECK_FALSE(std::filesystem::exists(s.file_of(refused)));
}
