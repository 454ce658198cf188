#include "storage/body_file.hpp"
#include "storage/queue_reader.hpp"
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

struct copies_shard {
  support::temp_folder folder;
  queue_store_options options;
  std::unique_ptr<queue_store> queue;

  copies_shard() {
    options.directory = folder / "shard-0";
    options.floor = options.started = wall_time::max();
    reopen();
  }
  void reopen() {
    queue.reset();
    queue = *queue_store::open(options);
  }
  void recover() {
    while (!*queue->recover_step()) {
    }
  }
  void keep(const queued_message& mail, kept_as as, const custody_writes& beside = {}) {
    const arrival one{&mail, sample_body(std::string(mail.body_bytes, 'x')), as, &beside};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  }
  void keep(std::int64_t id, kept_as as) { keep(sample_mail(id, 4), as); }
  void keep_large_copy(std::int64_t id) {
    auto file = *body_file::create(body_folder{options.directory}, {id});
    REQUIRE(file.append(std::string(300'000, 'x')).ok());
    const auto mail = sample_mail(id, 300'000);
    const custody_writes row{put_custody{{id}, "row"}};
    const arrival one{&mail, *file.finish(), kept_as::copy, &row};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  }
  void write(const custody_writes& all) {
    const custody_change change{&all, 0};
    REQUIRE(queue->commit({}, {}, {&change, 1}).settlements.ok());
  }
  [[nodiscard]] std::string file_of(std::int64_t id) const { return body_folder{options.directory}.path_of({id}); }
  [[nodiscard]] std::uint64_t counted(message_state state) const { return queue->counts().of(state).messages; }
  [[nodiscard]] std::size_t due() { return queue->load_due({}, wall_time::max(), 100)->size(); }
  [[nodiscard]] std::vector<custody_found> rows() { return *queue->load_custody({}, 100); }
};

queued_message two_recipients(std::int64_t id) {
  auto mail = sample_mail(id, 4);
  mail.recipients.push_back(mail.recipients[0]);
  mail.recipients[1].to.address = {"eve", "example.org"};
  return mail;
}

} // namespace

TEST_CASE("custody: a copy is kept whole, is in no schedule, and counts apart", "[storage]") {
  copies_shard s;
  s.recover();
  s.keep(1, kept_as::copy);
  s.keep(2, kept_as::message);
  CHECK(s.due() == 1);
  CHECK(s.counted(message_state::copy) == 1);
  CHECK(s.counted(message_state::queued) == 1);
  CHECK(s.queue->oldest()->value == 2);
  s.reopen();
  s.recover();
  CHECK(s.counted(message_state::copy) == 1);
  CHECK(s.counted(message_state::queued) == 1);
  CHECK(s.due() == 1);
  const auto copy = s.queue->load({1});
  REQUIRE(copy.ok());
  CHECK(copy->as == kept_as::copy);
  CHECK(copy->mail == sample_mail(1, 4));
  CHECK(copy->body->bytes == "xxxx");
  CHECK(s.queue->load({2})->as == kept_as::message);
}

TEST_CASE("custody: a reader tells copies from messages", "[storage]") {
  copies_shard s;
  s.keep(1, kept_as::copy);
  s.keep(2, kept_as::message);
  const auto reader = *queue_reader::open(s.options);
  const auto own = *reader->scan({}, 10, {});
  REQUIRE(own.messages.size() == 1);
  CHECK(own.messages[0].id.value == 2);
  const auto copies = *reader->scan({}, 10, {}, kept_as::copy);
  REQUIRE(copies.messages.size() == 1);
  CHECK(copies.messages[0].id.value == 1);
  CHECK(reader->load_mail({1})->as == kept_as::copy);
}

TEST_CASE("custody: a copy becomes a message and a copy again", "[storage]") {
  copies_shard s;
  s.recover();
  s.keep(sample_mail(1, 4, wall_time{milliseconds{77}}), kept_as::copy);
  s.keep(5, kept_as::message);
  CHECK(s.queue->oldest()->value == 5);
  s.write({adopt_message{{1}}});
  CHECK(s.queue->oldest()->value == 1);
  const auto due = *s.queue->load_due({}, wall_time::max(), 10);
  REQUIRE(due.size() == 2);
  CHECK(due[1] == due_message{wall_time{milliseconds{77}}, {1}});
  CHECK(s.counted(message_state::queued) == 2);
  CHECK(s.counted(message_state::copy) == 0);
  s.write({adopt_message{{1}}, demote_message{{1}}, demote_message{{1}}, demote_message{{9}}});
  CHECK(s.due() == 1);
  CHECK(s.counted(message_state::copy) == 1);
  CHECK(s.queue->load({1})->body->bytes == "xxxx");
}

TEST_CASE("custody: a row that is dropped takes a copy with it, and leaves a message", "[storage]") {
  copies_shard s;
  s.recover();
  s.keep(sample_mail(1, 4), kept_as::copy, {put_custody{{1}, "first"}});
  s.keep(sample_mail(2, 4), kept_as::message, {put_custody{{2}, "second"}});
  s.keep_large_copy(3);
  CHECK(s.rows().size() == 3);
  s.write({drop_custody{{1}}, drop_custody{{2}}, drop_custody{{3}}, drop_custody{{4}}});
  CHECK(s.rows().empty());
  CHECK(s.queue->load({1}).error().code == errc::not_found);
  CHECK(s.queue->load({2}).ok());
  CHECK_FALSE(std::filesystem::exists(s.file_of(3)));
  CHECK(s.counted(message_state::copy) == 0);
  CHECK(s.queue->counts().of(message_state::copy).bytes == 0);
}

TEST_CASE("custody: rows come back in pages, with what the message is here", "[storage]") {
  copies_shard s;
  s.keep(sample_mail(1, 4), kept_as::copy, {put_custody{{1}, std::string("\0row", 4)}});
  s.keep(sample_mail(2, 4), kept_as::message, {put_custody{{2}, "old"}, put_custody{{2}, ""}});
  s.write({put_custody{{3}, "no message"}});
  const auto first = *s.queue->load_custody({}, 2);
  REQUIRE(first.size() == 2);
  CHECK(first[0].row == std::string("\0row", 4));
  CHECK(first[0].message == message_state::copy);
  CHECK(first[1].row.empty());
  CHECK(first[1].message == message_state::queued);
  const auto rest = *s.queue->load_custody(first[1].id, 2);
  REQUIRE(rest.size() == 1);
  CHECK_FALSE(rest[0].message.has_value());
}

TEST_CASE("custody: a copy whose body file is gone is reported as lost, others survive recovery", "[storage]") {
  copies_shard s;
  s.keep_large_copy(1);
  s.keep_large_copy(2);
  std::filesystem::remove(s.file_of(1));
  s.reopen();
  s.recover();
  const auto rows = s.rows();
  REQUIRE(rows.size() == 2);
  CHECK_FALSE(rows[0].message.has_value());
  CHECK(rows[1].message == message_state::copy);
  CHECK(std::filesystem::exists(s.file_of(2)));
  CHECK(s.queue->load({2})->body->size == 300'000);
  s.write({drop_custody{{1}}});
  CHECK(s.counted(message_state::copy) == 1);
}

TEST_CASE("custody: recipients that another node settled are delivered to nowhere", "[storage]") {
  copies_shard s;
  s.recover();
  s.keep(two_recipients(1), kept_as::copy);
  s.keep(two_recipients(2), kept_as::message);
  s.write({mark_recipients{{1}, {1, 7}}, mark_recipients{{2}, {0, 1}}, mark_recipients{{3}, {0}}});
  auto copy = *s.queue->load({1});
  CHECK(copy.as == kept_as::copy);
  CHECK(copy.mail.recipients[0].state == recipient_state::queued);
  CHECK(copy.mail.recipients[1].state == recipient_state::delivered);
  CHECK(s.due() == 0);
  CHECK(s.counted(message_state::settled) == 1);
  // Adopted with nobody left, it is nobody's to deliver.
  s.write({mark_recipients{{1}, {0}}, adopt_message{{1}}});
  CHECK(s.due() == 0);
  CHECK(s.counted(message_state::settled) == 2);
}

TEST_CASE("custody: a copy that comes again forgets nothing that is settled", "[storage]") {
  copies_shard s;
  s.recover();
  const auto kind = GENERATE(kept_as::copy, kept_as::message);
  s.keep(two_recipients(1), kind);
  s.write({mark_recipients{{1}, {1}}});
  auto again = two_recipients(1);
  again.recipients[0].attempts = 3;
  s.keep(again, kept_as::copy, {put_custody{{1}, "newer"}});
  const auto found = *s.queue->load({1});
  CHECK(found.as == kind);
  CHECK(found.mail.recipients[1].state == recipient_state::delivered);
  CHECK(found.mail.recipients[0].state == recipient_state::queued);
  CHECK(found.mail.recipients[0].attempts == (kind == kept_as::copy ? 3 : 0));
  again.recipients[0].state = recipient_state::failed;
  s.keep(again, kept_as::copy);
  CHECK(is_settled(s.queue->load({1})->mail.recipients[0].state));
  CHECK(s.due() == 0);
  CHECK(s.rows()[0].row == "newer");
  CHECK(s.counted(message_state::queued) == 0);
}

TEST_CASE("custody: another message under the same id changes nothing", "[storage]") {
  copies_shard s;
  s.keep(1, kept_as::copy);
  s.keep(sample_mail(1, 7), kept_as::copy);
  CHECK(s.queue->load({1})->body->bytes == "xxxx");
  s.keep(two_recipients(1), kept_as::copy);
  CHECK(s.queue->load({1})->mail == sample_mail(1, 4));
}

TEST_CASE("custody: a settlement of what became a copy does not put it back into the queue", "[storage]") {
  copies_shard s;
  s.keep(two_recipients(1), kept_as::message);
  s.write({demote_message{{1}}});
  auto mail = two_recipients(1);
  mail.recipients[0].state = recipient_state::delivered;
  const custody_writes beside{put_notice{7, 1, "told"}};
  const settlement half{{1}, &mail, {}, &beside};
  REQUIRE(s.queue->commit({}, {&half, 1}).settlements.ok());
  CHECK(s.due() == 0);
  CHECK(s.queue->load({1})->mail.recipients[0].state == recipient_state::delivered);
  const custody_writes gone{drop_custody{{1}}};
  const settlement whole{{1}, nullptr, {}, &gone};
  REQUIRE(s.queue->commit({}, {&whole, 1}).settlements.ok());
  CHECK(s.queue->load({1}).error().code == errc::not_found);
  // Once more, after its writer died: what stands beside it is done all the same.
  const custody_writes more{put_notice{7, 2, "told again"}};
  const settlement again{{1}, nullptr, {}, &more};
  REQUIRE(s.queue->commit({}, {&again, 1}).settlements.ok());
  CHECK(s.queue->load_notices(7, 0, 10)->size() == 2);
}

TEST_CASE("custody: what shares a transaction is carried out by its turns", "[storage]") {
  copies_shard s;
  s.recover();
  s.keep(sample_mail(1, 4), kept_as::copy, {put_custody{{1}, "old"}});
  const auto again = sample_mail(1, 4);
  const auto own = sample_mail(2, 4);
  const custody_writes drop_first{drop_custody{{1}}};
  const custody_writes new_row{put_custody{{1}, "new"}};
  const custody_writes drop_own{discard_message{{2}}, drop_custody{{2}}};
  const custody_writes own_row{put_custody{{2}, "row"}};
  const custody_writes settled_row{put_custody{{3}, "before"}};
  const custody_writes settled_drop{drop_custody{{3}}};
  const std::vector<arrival> arrivals{{&again, sample_body("xxxx"), kept_as::copy, &new_row, 2},
                                      {&own, sample_body("xxxx"), kept_as::message, &own_row, 4}};
  const std::vector<settlement> settlements{{{3}, nullptr, {}, &settled_drop, 6}};
  const std::vector<custody_change> changes{{&drop_first, 1}, {&settled_row, 3}, {&drop_own, 5}};
  REQUIRE(s.queue->commit(arrivals, settlements, changes).arrivals.ok());
  const auto rows = s.rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].row == "new");
  CHECK(rows[0].message == message_state::copy);
  CHECK(s.queue->load({2}).error().code == errc::not_found);
  CHECK(s.counted(message_state::queued) == 0);
  CHECK(s.counted(message_state::copy) == 1);
}

TEST_CASE("custody: a large copy that is dropped and comes again in one transaction keeps its file", "[storage]") {
  copies_shard s;
  s.keep_large_copy(1);
  const auto mail = sample_mail(1, 300'000);
  auto bytes = std::make_shared<body>();
  bytes->size = 300'000;
  bytes->file = s.file_of(1);
  const custody_writes drop{drop_custody{{1}}};
  const custody_writes row{put_custody{{1}, "new"}};
  const arrival again{&mail, bytes, kept_as::copy, &row, 2};
  const custody_change change{&drop, 1};
  REQUIRE(s.queue->commit({&again, 1}, {}, {&change, 1}).arrivals.ok());
  CHECK(std::filesystem::exists(s.file_of(1)));
  CHECK(s.rows()[0].message == message_state::copy);
}

TEST_CASE("custody: notices are kept for each peer in order, until they are erased", "[storage]") {
  copies_shard s;
  const std::uint64_t far = std::numeric_limits<std::uint64_t>::max();
  s.write({put_notice{7, 2, "b"}, put_notice{7, 1, "a"}, put_notice{7, 300, "c"}, put_notice{far, 5, "far"},
           put_notice{0, 9, "zero"}, put_notice{7, 2, "B"}});
  s.reopen();
  const auto peers = *s.queue->load_notice_peers();
  REQUIRE(peers.size() == 3);
  CHECK(peers[0].peer == far);
  CHECK(peers[2].peer == 7);
  CHECK(peers[2].last == 300);
  const auto page = *s.queue->load_notices(7, 1, 1);
  REQUIRE(page.size() == 1);
  CHECK(page[0].row == "B");
  s.write({erase_notices{7, 2}});
  const auto left = *s.queue->load_notices(7, 0, 10);
  REQUIRE(left.size() == 1);
  CHECK(left[0].sequence == 300);
  s.write({erase_notices{far, std::numeric_limits<std::uint64_t>::max()}, erase_notices{8, 3}});
  CHECK(s.queue->load_notice_peers()->size() == 2);
}

TEST_CASE("custody: the oldest message is found behind many copies, a bounded look at a time", "[storage]") {
  copies_shard s;
  std::vector<queued_message> mails;
  std::vector<arrival> all;
  for (std::int64_t id = 1; id <= 4'500; ++id)
    mails.push_back(sample_mail(id, 4));
  const auto text = sample_body("mail");
  for (const auto& each : mails)
    all.push_back({&each, text, each.id.value == 4'500 ? kept_as::message : kept_as::copy});
  REQUIRE(s.queue->commit(all, {}).arrivals.ok());
  s.reopen();
  CHECK(s.queue->oldest()->value == 0);
  CHECK(s.queue->oldest()->value == 0);
  CHECK(s.queue->oldest()->value == 4'500);
  s.write({adopt_message{{17}}});
  CHECK(s.queue->oldest()->value == 17);
}
