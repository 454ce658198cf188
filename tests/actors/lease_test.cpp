#include "actors/lease.hpp"

#include "tests/support/queue_samples.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using policy::next_hop_kind;
using policy::reach;

TEST_CASE("lease: where a message has come to its end says what success is called", "[actors]") {
  const auto [kind, how_far] = GENERATE(table<next_hop_kind, reach>({
    {next_hop_kind::mx, reach::relayed},
    {next_hop_kind::smtp_host, reach::relayed},
    {next_hop_kind::lmtp_host, reach::arrived},
    {next_hop_kind::lmtp_unix, reach::arrived},
    {next_hop_kind::maildir, reach::arrived},
    {next_hop_kind::discard, reach::arrived},
  }));
  CAPTURE(to_string(kind));
  lease what;
  what.recipients = {0};
  what.hop.kind = kind;
  const auto results = results_for_all(what, {});
  REQUIRE(results.size() == 1);
  CHECK(results[0].how_far == how_far);
}

TEST_CASE("lease: one outcome for all is for those of the lease, in their order", "[actors]") {
  auto mail = support::sample_mail(1, 4);
  mail.recipients.resize(5, mail.recipients[0]);
  lease what;
  what.mail = std::make_shared<const queued_message>(std::move(mail));
  what.recipients = {4, 0, 2};
  outcome same;
  same.kind = outcome_kind::failed;
  same.answer = {550, "5.1.1", {"No such user"}};
  same.remote = "mx.test [192.0.2.1]:25";
  const auto results = results_for_all(what, same);
  REQUIRE(results.size() == 3);
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK(results[i].recipient == what.recipients[i]);
    CHECK(results[i].what == same);
  }
}

TEST_CASE("lease: without recipients there are no results", "[actors]") {
  CHECK(results_for_all({}, {}).empty());
}
