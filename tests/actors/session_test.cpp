#include "net/core/priority.hpp"
#include "tests/actors/door_fixture.hpp"

#include <filesystem>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using stage = troupe::support::door_fixture;

TEST_CASE_METHOD(stage, "session: 250 comes when the store has kept the message, not before", "[actors]") {
  book->silent = true;
  auto client = sending();
  CHECK(say(client, "Subject: x\r\n\r\ntext\r\n.\r\n").empty());
  REQUIRE(book->kept.size() == 1);
  const auto& mail = *book->kept[0].mail;
  CHECK(to_string(mail.sender) == "ann@client.test");
  CHECK(to_string(mail.recipients.at(0).to.address) == "bob@local.test");
  CHECK(book->kept[0].body->bytes.ends_with("\r\nSubject: x\r\n\r\ntext\r\n"));
  self->send(common->queue.stores[0]->now(), commit_waiting{});
  run();
  CHECK(client.take().starts_with("250 2.0.0 Ok: queued as "));
}

TEST_CASE_METHOD(stage, "session: what the store refuses has a reply of its own", "[actors]") {
  const auto [why, reply] = GENERATE(table<errc, std::string>({
    {errc::mailbox_full, "452 4.3.1 "},
    {errc::storage_full, "452 4.3.1 "},
    {errc::storage_failed, "451 4.3.0 "},
    {errc::draining, "421 4.3.2 "},
  }));
  CAPTURE(to_string(why));
  book->refusal = error{why, "by the book"};
  auto client = sending();
  CHECK(say(client, "text\r\n.\r\n").starts_with(reply));
  CHECK(common->memory->taken() == 0);
}

TEST_CASE_METHOD(stage, "session: without a store there is 451, and the next store is found by its role",
                 "[actors]") {
  caf::anon_send_exit(common->queue.stores[0]->now(), caf::exit_reason::kill);
  auto client = sending();
  CHECK(say(client, "text\r\n.\r\n").starts_with("451 4.3.0 "));
  auto next = sys.spawn(support::keeper, book);
  keep_cast(caf::actor_cast<caf::strong_actor_ptr>(next));
  common->queue.stores[0]->cast(next);
  say(client, "MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@local.test>\r\nDATA\r\n");
  CHECK(say(client, "text\r\n.\r\n").starts_with("250 "));
}

TEST_CASE_METHOD(stage, "session: a silent store has a deadline, and its late word goes unheard",
                 "[actors]") {
  book->silent = true;
  auto client = sending();
  REQUIRE(say(client, "text\r\n.\r\n").empty());
  pass(rules->commit_wait_max - 1s);
  CHECK(client.take().empty());
  pass(1s);
  CHECK(client.take() == "451 4.3.0 The queue did not answer in time\r\n");
  CHECK(home.metrics.backpressure_seconds_total("session_store").value() == Approx(60));

  book->silent = false; // the next message is not confused with the one before
  say(client, "MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@local.test>\r\nDATA\r\n");
  say(client, "half a line, ");
  self->send(common->queue.stores[0]->now(), commit_waiting{});
  run();
  CHECK(client.take().empty());
  CHECK(say(client, "and its end\r\n.\r\n").starts_with("250 "));
}

TEST_CASE_METHOD(stage, "session: an idle client is told 421 at its deadline", "[actors]") {
  rules->session.idle_max = 5s;
  auto client = connect();
  pass(4s);
  CHECK(say(client, "NOOP\r\n").find("250 ") != std::string::npos);
  pass(4900ms);
  CHECK(client.take().empty());
  pass(200ms);
  CHECK(client.take() == "421 4.4.2 Timeout, closing\r\n");
  pass(linger_max);
  CHECK(door->sessions.empty());
}

TEST_CASE_METHOD(stage, "session: a client that takes no replies is cut off", "[actors]") {
  rules->session.idle_max = 5s;
  auto client = connect();
  std::string flood;
  for (int i = 0; i < 20'000; ++i)
    flood += "VRFY someone@local.test\r\n";
  pour(client, flood);
  REQUIRE(door->sessions.size() == 1);
  pass(5s);
  CHECK(door->sessions.empty());
  CHECK(common->counted.present() == 0);
}

TEST_CASE_METHOD(stage, "session: a client that closes its half still gets its answers", "[actors]") {
  auto client = sending();
  client.put("text\r\n.\r\nQUIT\r\n");
  client.end_of_output();
  run();
  const auto said = client.take();
  CHECK(said.starts_with("250 2.0.0 Ok: queued as "));
  CHECK(said.ends_with("221 2.0.0 Bye\r\n"));
  CHECK(client.ended());
}

TEST_CASE_METHOD(stage, "session: told to drain, an idle one says 421, a busy one ends its message first",
                 "[actors]") {
  auto idle = connect();
  idle.take();
  auto busy = sending();
  for (const auto& [id, each] : door->sessions)
    self->send(each, drain{});
  run();
  CHECK(idle.take() == "421 4.3.2 Going down, come back later\r\n");
  CHECK(busy.take().empty());
  const auto said = say(busy, "text\r\n.\r\n");
  CHECK(said.starts_with("250 "));
  CHECK(said.find("421 4.3.2 ") != std::string::npos);
  idle.hang_up();
  busy.hang_up();
  run();
  CHECK(door->sessions.empty());
}

TEST_CASE_METHOD(stage, "session: however it ends, its place in the census is free again", "[actors]") {
  auto client = sending();
  REQUIRE(common->counted.present() == 1);
  SECTION("the client leaves in the middle of a message") { client.hang_up(); }
  SECTION("it crashes") { crash_first_session(); }
  SECTION("it is killed") {
    caf::anon_send_exit(door->sessions.begin()->second, caf::exit_reason::kill);
  }
  run();
  CHECK(common->counted.present() == 0);
  CHECK(door->sessions.empty());
  CHECK(common->memory->taken() == 0);
}

TEST_CASE_METHOD(stage, "session: postmaster without a domain is stored with the one we call home",
                 "[actors]") {
  auto client = connect();
  say(client, "EHLO client.test\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA\r\n");
  CHECK(say(client, "text\r\n.\r\n").starts_with("250 "));
  REQUIRE(book->kept.size() == 1);
  CHECK(to_string(book->kept[0].mail->recipients.at(0).to.address) == "Postmaster@local.test");
}

TEST_CASE_METHOD(stage, "session: a trusted peer may ask for its turn, other mail takes that of its door",
                 "[actors]") {
  rules->priority = level_of(priority_class::low);
  const auto [from, parameter, offered, priority] = GENERATE(table<std::string, std::string, bool, int>({
    {"10.0.0.7", " MT-PRIORITY=6", true, 6},
    {"10.0.0.7", "", true, -4},
    {"192.0.2.7", "", false, -4},
  }));
  CAPTURE(from, parameter);
  peer = from;
  auto client = connect();
  CHECK((say(client, "EHLO client.test\r\n").find("MT-PRIORITY") != std::string::npos) == offered);
  say(client, "MAIL FROM:<ann@client.test>" + parameter + "\r\nRCPT TO:<bob@local.test>\r\nDATA\r\n");
  CHECK(say(client, "text\r\n.\r\n").starts_with("250 "));
  REQUIRE(book->kept.size() == 1);
  CHECK(book->kept[0].mail->priority == priority);
}

// ---- the budget of bytes

namespace {

std::string lines_of(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes)
    text += "0123456789012345678901234567890123456789012345678901234567890123456789012345\r\n";
  return text;
}

} // namespace

TEST_CASE_METHOD(stage, "session: a body counts against the budget until the store has answered",
                 "[actors]") {
  book->silent = true;
  auto client = sending();
  pour(client, lines_of(100'000));
  CHECK(common->memory->taken() > 80'000);
  pour(client, ".\r\n");
  REQUIRE(book->kept.size() == 1);
  CHECK(common->memory->taken() > 80'000);
  SECTION("in time") {}
  SECTION("or long after the client was told that it did not") {
    pass(rules->commit_wait_max);
    CHECK(client.take().starts_with("451 "));
    CHECK(common->memory->taken() > 80'000); // the store has it still
  }
  self->send(common->queue.stores[0]->now(), commit_waiting{});
  run();
  CHECK(common->memory->taken() == 0);
}

TEST_CASE_METHOD(stage, "session: with the budget spent, bodies go to disk in small pieces, and all arrive",
                 "[actors]") {
  common->memory->set_bytes_max(0);
  auto one = sending();
  auto other = sending();
  const auto text = lines_of(100'000);
  // Neither has what the other waits for.
  for (std::size_t at = 0; at < text.size(); at += 1000) {
    pour(one, std::string_view{text}.substr(at, 1000));
    pour(other, std::string_view{text}.substr(at, 1000));
  }
  CHECK(say(one, ".\r\n").starts_with("250 "));
  CHECK(say(other, ".\r\n").starts_with("250 "));
  REQUIRE(book->kept.size() == 2);
  CHECK(book->kept[0].body->in_file());
  CHECK(book->kept[0].body->size == book->kept[0].mail->body_bytes);
  CHECK(book->kept[1].body->size > text.size());
  CHECK(common->memory->taken() == 0);
}

TEST_CASE_METHOD(stage, "session: a body of the free size needs no budget", "[actors]") {
  common->memory->set_bytes_max(0);
  auto client = sending();
  pour(client, lines_of(body_free_bytes - 1000));
  CHECK(say(client, ".\r\n").starts_with("250 "));
  REQUIRE(book->kept.size() == 1);
  CHECK_FALSE(book->kept[0].body->in_file());
}

TEST_CASE_METHOD(stage, "session: with the budget spent and the disk slow it stops reading, then says 452",
                 "[actors]") {
  const auto slow = std::make_shared<support::mute_spool_book>();
  auto spool = sys.spawn(support::mute_spool, slow);
  keep_cast(caf::actor_cast<caf::strong_actor_ptr>(spool));
  common->queue.spools[0]->cast(spool);
  common->memory->set_bytes_max(0);
  auto client = sending();
  const auto text = lines_of(4u << 20);
  std::string_view left = text;
  for (int idle = 0; idle < 2; run()) {
    const auto sent = client.put(left);
    left.remove_prefix(sent);
    idle = sent > 0 ? 0 : idle + 1;
  }
  CHECK(slow->asked == 1);
  CHECK(left.size() > text.size() / 2); // the rest waits with the client
  pass(rules->commit_wait_max - 1s);
  CHECK(client.put(left) == 0);
  pass(1s);
  pour(client, left); // swallowed now
  CHECK(say(client, ".\r\n").starts_with("452 4.3.1 "));
  CHECK(book->kept.empty());
  CHECK(home.metrics.backpressure_seconds_total("session_memory").value() == Approx(60));
  CHECK(logged().find("backpressure") != std::string::npos);
}

TEST_CASE_METHOD(stage, "session: a large body that is surely not kept leaves no file, one that may be stays",
                 "[actors]") {
  const auto [why, stays] = GENERATE(table<errc, bool>({
    {errc::worker_lost, false},
    {errc::timed_out, false},
    {errc::mailbox_full, false},
    {errc::storage_failed, true}, // the sync failed, and the rows may be there
  }));
  CAPTURE(to_string(why));
  book->refusal = error{why, "by the book"};
  common->memory->set_bytes_max(0);
  auto client = sending();
  pour(client, lines_of(100'000));
  CHECK(say(client, ".\r\n").starts_with("45"));
  run();
  std::size_t files = 0;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder.path()))
    files += each.is_regular_file() ? 1 : 0;
  CHECK(files == (stays ? 1 : 0));
}

TEST_CASE_METHOD(stage, "session: after a silence of the store the file of a large body stays", "[actors]") {
  book->silent = true;
  common->memory->set_bytes_max(0);
  auto client = sending();
  pour(client, lines_of(100'000));
  REQUIRE(say(client, ".\r\n").empty());
  pass(rules->commit_wait_max + 1s);
  CHECK(client.take().starts_with("451 4.3.0 "));
  REQUIRE(book->kept.size() == 1);
  CHECK(std::filesystem::exists(book->kept[0].body->file));
}
