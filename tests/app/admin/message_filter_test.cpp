#include "app/admin/message_filter.hpp"
#include "tests/support/queue_samples.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe;
using app::parse_filter;
using app::shown_state;
using support::sample_mail;

namespace {

queued_message in_state(recipient_state state, std::uint32_t attempts) {
  auto mail = sample_mail(1, 10);
  mail.recipients[0].state = state;
  mail.recipients[0].attempts = attempts;
  return mail;
}

} // namespace

TEST_CASE("filter: deferred is queued and tried, and counts as queued", "[admin]") {
  const auto fresh = in_state(recipient_state::queued, 0);
  const auto tried = in_state(recipient_state::queued, 2);
  const auto held = in_state(recipient_state::held, 2);
  CHECK(app::shown_state_of(tried) == shown_state::deferred);
  CHECK(app::shown_state_of(held) == shown_state::held);
  const auto takes = [](const char* state, const queued_message& mail) {
    return parse_filter({{"state", state}})->takes(mail, wall_now());
  };
  CHECK(takes("queued", fresh));
  CHECK(takes("queued", tried));
  CHECK_FALSE(takes("queued", held));
  CHECK_FALSE(takes("deferred", fresh));
  CHECK(takes("deferred", tried));
  CHECK(takes("held", held));
}

TEST_CASE("filter: recipients that are done are not looked at", "[admin]") {
  auto mail = sample_mail(1, 10);
  mail.recipients.push_back(mail.recipients[0]);
  mail.recipients[0].to.address = {"done", "example.org"};
  mail.recipients[0].state = recipient_state::delivered;
  CHECK_FALSE(parse_filter({{"to", "done@*"}})->takes(mail, wall_now()));
  CHECK(parse_filter({{"to", "bob@*"}})->takes(mail, wall_now()));
}

TEST_CASE("filter: the null sender has a name, age has a unit", "[admin]") {
  auto mail = sample_mail(1, 10);
  CHECK(parse_filter({{"from", "ann@*"}})->takes(mail, wall_now()));
  mail.sender = {};
  CHECK(parse_filter({{"from", "<>"}})->takes(mail, wall_now()));
  CHECK_FALSE(parse_filter({{"from", "?*@*"}})->takes(mail, wall_now()));
  CHECK(parse_filter({{"older", "1h"}})->takes(mail, mail.received + 1h));
  CHECK_FALSE(parse_filter({{"older", "1h"}})->takes(mail, mail.received + 1h - 1ms));
}

TEST_CASE("filter: nonsense is refused, never taken for no filter", "[admin]") {
  for (const auto& words :
       std::vector<std::map<std::string, std::string>>{{{"state", "frozen"}},
                                                       {{"older", "1 fortnight"}},
                                                       {{"older", ""}},
                                                       {{"to", ""}},
                                                       {{"from", ""}}}) {
    const auto filter = parse_filter(words);
    REQUIRE_FALSE(filter);
    CHECK(filter.error().code == errc::malformed);
  }
  CHECK(parse_filter({{"limit", "7"}})->is_empty());
}
