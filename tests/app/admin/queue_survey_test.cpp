#include "app/admin/queue_survey.hpp"
#include "tests/support/queue_samples.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe;
using support::sample_mail;

namespace {

queued_message mail_to(const std::vector<std::string>& domains) {
  auto mail = sample_mail(1, 100);
  const auto one = mail.recipients[0];
  mail.recipients.clear();
  for (const auto& each : domains) {
    mail.recipients.push_back(one);
    mail.recipients.back().to.address.domain = each;
  }
  return mail;
}

} // namespace

TEST_CASE("survey: a message counts once with each of its domains", "[admin]") {
  app::queue_survey survey(sample_mail(1, 1).received + 2min);
  survey.add(mail_to({"a.test", "A.TEST", "b.test"}));
  survey.add(mail_to({"a.test"}));
  const auto busiest = survey.busiest(10);
  REQUIRE(busiest.size() == 2);
  CHECK(busiest[0].domain == "a.test");
  CHECK(busiest[0].messages == 2);
  CHECK(busiest[0].bytes == 200);
  CHECK(busiest[1].messages == 1);
  CHECK(survey.messages() == 2);
}

TEST_CASE("survey: what is beyond the limit is other, also beyond the table's bound", "[admin]") {
  app::queue_survey survey(wall_now());
  for (std::size_t i = 0; i < app::surveyed_domains_max + 5; ++i)
    survey.add(mail_to({"d" + std::to_string(i) + ".test"}));
  const auto busiest = survey.busiest(3);
  REQUIRE(busiest.size() == 4);
  CHECK(busiest[3].domain == "other");
  CHECK(busiest[3].messages == app::surveyed_domains_max + 2);
}

TEST_CASE("survey: ages fall into their buckets, and a clock set back is young", "[admin]") {
  const auto mail = sample_mail(1, 1);
  app::queue_survey survey(mail.received + 5min);
  survey.add(mail);
  auto ahead = mail;
  ahead.received += 1h;
  survey.add(ahead);
  auto old = mail;
  old.received -= 1000h;
  survey.add(old);
  CHECK(survey.ages()[1].up_to == 5min);
  CHECK(survey.ages()[1].messages == 1);
  CHECK(survey.ages()[0].messages == 1);
  CHECK(survey.ages().back().messages == 1);
}
