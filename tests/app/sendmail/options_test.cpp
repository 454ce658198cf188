#include "app/sendmail/options.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::app;

namespace {

result<sendmail_options> read(const std::vector<std::string>& arguments, std::string_view name = "/usr/sbin/sendmail") {
  return parse_sendmail_options(name, arguments);
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("sendmail options: as programs call it", "[sendmail]") {
  SECTION("PHP") {
    const auto all = read({"-t", "-i"});
    REQUIRE(all);
    CHECK(all->recipients_from_header);
    CHECK_FALSE(all->dot_ends);
  }
  SECTION("mutt") {
    const auto all = read({"-oem", "-oi", "-f", "ann@example.net", "--", "bob@example.org", "-eve@example.org"});
    REQUIRE(all);
    CHECK_FALSE(all->dot_ends);
    CHECK(all->sender == "ann@example.net");
    CHECK(all->recipients == names{"bob@example.org", "-eve@example.org"});
  }
  SECTION("cron") {
    const auto all = read({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"});
    REQUIRE(all);
    CHECK(all->full_name == "CronDaemon");
    CHECK_FALSE(all->sender.has_value());
    CHECK(all->recipients == names{"root"});
  }
  SECTION("letters together, and a null sender") {
    const auto all = read({"-ti", "-f", "<>", "-N", "success,DELAY", "-R", "hdrs", "-V", "id 1", "-v", "-odb", "-Oa=b", "-L", "tag"});
    REQUIRE(all);
    CHECK(all->recipients_from_header);
    CHECK(all->sender == "");
    CHECK(all->notify == "SUCCESS,DELAY");
    CHECK(all->ret == "HDRS");
    CHECK(all->envid == "id 1");
    CHECK(all->verbose);
    CHECK(all->recipients.empty());
  }
  SECTION("by its other names") {
    CHECK(read({}, "mailq")->mode == sendmail_mode::show_queue);
    CHECK(read({}, "/usr/bin/newaliases")->mode == sendmail_mode::make_aliases);
    CHECK(read({"-bs"})->mode == sendmail_mode::speak_smtp);
    CHECK(read({"-bp"})->mode == sendmail_mode::show_queue);
    CHECK(read({"--help"})->mode == sendmail_mode::help);
    CHECK(read({"-bm", "bob"})->mode == sendmail_mode::send);
  }
}

TEST_CASE("sendmail options: what can't be done is said", "[sendmail]") {
  const auto arguments = GENERATE(names{"-bd"}, names{"-q"}, names{"-q30m"}, names{"-f"}, names{"-tz"}, names{"-R", "all"},
                                  names{"-N", "never,success"}, names{"-N", ""}, names{"-N", "soon"}, names{"--verbose"});
  CHECK_FALSE(read(arguments));
}
