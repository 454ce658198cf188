#include "storage/message_codec.hpp"
#include "tests/support/queue_samples.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <utility>

using namespace troupe;
using namespace troupe::storage;

namespace {

queued_message everything() {
  auto mail = support::sample_mail(42, 123'456'789'012);
  mail.body = body_type::binary_mime;
  mail.smtputf8 = true;
  mail.ret = dsn_return::headers;
  mail.priority = -9;
  mail.envid = "envid";
  mail.hold_reason = "why";
  mail.sender = {};
  auto& first = mail.recipients.front();
  first.to.orcpt = "rfc822;bob@example.org";
  first.to.notify = notify_success | notify_delay;
  first.state = recipient_state::failed;
  first.due = wall_time{milliseconds{-1}};
  first.attempts = 4'000'000'000;
  first.crashes = 255;
  first.delay_noticed = true;
  first.last_attempt = wall_time{milliseconds{1'700'000'000'123}};
  first.last_reply = "550 no";
  mail.recipients.push_back({});
  return mail;
}

} // namespace

TEST_CASE("message codec: every field comes back", "[storage]") {
  std::string packed = "what was here before";
  pack_message(everything(), packed);
  CHECK(*unpack_message({42}, packed) == everything());
}

TEST_CASE("message codec: a wish about TLS comes back, and costs the others no new version", "[storage]") {
  auto mail = everything();
  for (const auto wish : {tls_wish::none, tls_wish::required, tls_wish::optional}) {
    mail.tls = wish;
    std::string packed;
    pack_message(mail, packed);
    CHECK(packed.front() == (wish == tls_wish::none ? 1 : 2));
    CHECK(*unpack_message({42}, packed) == mail);
  }
}

TEST_CASE("message codec: flags that the version does not know are damage", "[storage]") {
  queued_message mail;
  mail.tls = tls_wish::required;
  std::string packed;
  pack_message(mail, packed);
  constexpr std::size_t flags_at = 5; // behind version, time, two empty texts and the body's type
  REQUIRE(packed.at(flags_at) == 2);
  CHECK(unpack_message({1}, packed).ok());
  packed[flags_at] = 6;
  CHECK(unpack_message({1}, packed).error().code == errc::malformed);
  packed[flags_at] = 2;
  packed.front() = 1;
  CHECK(unpack_message({1}, packed).error().code == errc::malformed);
}

TEST_CASE("message codec: no part of a row passes for a whole one", "[storage]") {
  std::string packed;
  pack_message(everything(), packed);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto cut = unpack_message({42}, std::string_view{packed}.substr(0, size));
    REQUIRE_FALSE(cut.ok());
    REQUIRE(cut.error().code == errc::malformed);
  }
  CHECK_FALSE(unpack_message({42}, packed + '\0').ok());
}

TEST_CASE("message codec: a later version is told from damage", "[storage]") {
  std::string packed;
  pack_message(everything(), packed);
  packed.front() = 3;
  CHECK(unpack_message({42}, packed).error().code == errc::storage_foreign);
  packed.front() = 0;
  CHECK(unpack_message({42}, packed).error().code == errc::malformed);
}

TEST_CASE("message codec: a count that the bytes cannot hold takes no memory", "[storage]") {
  queued_message mail;
  std::string packed;
  pack_message(mail, packed);
  packed.pop_back(); // the number of recipients
  packed += "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  CHECK(unpack_message({1}, packed).error().code == errc::malformed);
}

TEST_CASE("message codec: a time that nobody can reckon with is damage", "[storage]") {
  using limit = std::numeric_limits<std::int64_t>;
  for (const auto at : {limit::min(), limit::max(), std::int64_t{253'402'300'800'000}}) {
    auto mail = everything();
    auto& who = mail.recipients.front();
    for (auto* changed : {&mail.received, &who.due, &who.last_attempt}) {
      const auto before = std::exchange(*changed, wall_time{milliseconds{at}});
      std::string packed;
      pack_message(mail, packed);
      CHECK(unpack_message({42}, packed).error().code == errc::malformed);
      *changed = before;
    }
  }
}

TEST_CASE("message codec: notes for people are cut between characters", "[storage]") {
  auto mail = support::sample_mail(1, 1);
  const std::string fits(packed_note_bytes_max - 1, 'x');
  mail.hold_reason = fits;
  mail.hold_reason.append("\xC3\xA9 and more");
  std::string packed;
  pack_message(mail, packed);
  CHECK(unpack_message({1}, packed)->hold_reason == fits);
}
