#include "storage/queue_reader.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace troupe;
using namespace troupe::storage;
using support::sample_body;
using support::sample_mail;

namespace {

struct writer_and_reader {
  support::temp_folder folder;
  queue_store_options options;
  std::unique_ptr<queue_store> queue;
  std::unique_ptr<queue_reader> reader;

  writer_and_reader() {
    options.directory = folder.path();
    queue = *queue_store::open(options);
    reader = *queue_reader::open(options);
  }
  void keep(std::int64_t first, std::int64_t last) {
    std::vector<queued_message> mails;
    std::vector<arrival> all;
    for (auto id = first; id <= last; ++id)
      mails.push_back(sample_mail(id, 4));
    for (const auto& each : mails)
      all.push_back({&each, sample_body("mail")});
    REQUIRE(queue->commit(all, {}).arrivals.ok());
  }
};

} // namespace

TEST_CASE("queue reader: sees what was committed, beside the writer", "[storage]") {
  writer_and_reader s;
  CHECK(s.reader->scan({}, 10, {})->last);
  s.keep(1, 3);
  const auto page = *s.reader->scan({}, 10, {});
  CHECK(page.messages.size() == 3);
  CHECK(page.last);
  CHECK(s.reader->load({2})->body->bytes == "mail");
  CHECK(*s.reader->read_body_head({2}, 2) == "ma");
  CHECK(s.reader->load_mail({9}).error().code == errc::not_found);
}

TEST_CASE("queue reader: a listing goes on where its last page ended", "[storage]") {
  writer_and_reader s;
  s.keep(1, 7);
  const auto odd = [](const queued_message& mail) { return mail.id.value % 2 == 1; };
  const auto first = *s.reader->scan({}, 2, odd);
  CHECK(first.messages.size() == 2);
  CHECK_FALSE(first.last);
  const auto second = *s.reader->scan(first.next, 10, odd);
  CHECK(second.messages.size() == 2);
  CHECK(second.messages.back().id.value == 7);
  CHECK(second.last);
}

TEST_CASE("queue reader: a look at many rows stops at its bound, with nothing found", "[storage]") {
  writer_and_reader s;
  s.keep(1, static_cast<std::int64_t>(scan_rows_max) + 5);
  const auto none = [](const queued_message&) { return false; };
  const auto page = *s.reader->scan({}, 10, none);
  CHECK(page.messages.empty());
  CHECK_FALSE(page.last);
  CHECK(page.next.value == static_cast<std::int64_t>(scan_rows_max));
  CHECK(s.reader->scan(page.next, 10, none)->last);
}

TEST_CASE("queue reader: never keeps the writer from emptying its log", "[storage]") {
  writer_and_reader s;
  s.keep(1, 100);
  REQUIRE(s.reader->scan({}, 10, {}).ok());
  REQUIRE(s.queue->checkpoint_idle().ok());
  CHECK(s.queue->wal_bytes() == 0);
}

TEST_CASE("queue reader: a sound queue passes the integrity check, which can be stopped", "[storage]") {
  writer_and_reader s;
  s.keep(1, 5'000);
  CHECK(s.reader->integrity_check([] { return true; }).ok());
  CHECK(s.reader->integrity_check([] { return false; }).error().code == errc::draining);
  CHECK(s.reader->integrity_check([] { return true; }).ok());
}

TEST_CASE("queue reader: the integrity check finds damage", "[storage]") {
  writer_and_reader s;
  s.keep(1, 2'000);
  s.reader.reset();
  s.queue.reset();
  {
    std::fstream file{s.options.directory + "/queue.db", std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(10 * 16 * 1024);
    file << std::string(16 * 1024, '\x55');
  }
  s.queue = *queue_store::open(s.options);
  s.reader = *queue_reader::open(s.options);
  const auto found = s.reader->integrity_check([] { return true; });
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().code == errc::storage_failed);
}

TEST_CASE("queue reader: there is nothing to read before the writer was there", "[storage]") {
  support::temp_folder folder;
  queue_store_options options;
  options.directory = folder.path();
  CHECK_FALSE(queue_reader::open(options).ok());
}
