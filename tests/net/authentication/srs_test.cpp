#include "net/authentication/srs.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

constexpr wall_time now{std::chrono::hours{24 * 20'000}};
const mailbox ann{"ann", "example.net"};

} // namespace

TEST_CASE("srs: a sender goes out under our name and comes back by it", "[authentication]") {
  const auto out = *forward_sender(ann, "fwd.example", "secret", now);
  CHECK(out.domain == "fwd.example");
  CHECK(out.local.starts_with("SRS0="));
  CHECK(out.local.ends_with("=example.net=ann"));
  CHECK(*original_sender(out, "secret", now) == ann);
  const mailbox shouted{"srs0" + out.local.substr(4), "FWD.example"};
  CHECK(*original_sender(shouted, "secret", now) == ann);
}

TEST_CASE("srs: a local part with any signs comes back whole", "[authentication]") {
  const mailbox odd{GENERATE(as<std::string>{}, "a=b", "=x", "SRS", "a+b-c", "two words"), "example.net"};
  CHECK(*original_sender(*forward_sender(odd, "fwd.example", "secret", now), "secret", now) == odd);
}

TEST_CASE("srs: the null sender and our own names stay as they are", "[authentication]") {
  CHECK(*forward_sender({}, "fwd.example", "secret", now) == mailbox{});
  const mailbox own{"bob", "FWD.example"};
  CHECK(*forward_sender(own, "fwd.example", "secret", now) == own);
}

TEST_CASE("srs: a chain of forwarders leads back to the first", "[authentication]") {
  const auto first = *forward_sender(ann, "one.example", "s1", now);
  const auto second = *forward_sender(first, "two.example", "s2", now);
  const auto third = *forward_sender(second, "three.example", "s3", now);
  CHECK(second.local.starts_with("SRS1="));
  CHECK(third.local.starts_with("SRS1="));
  CHECK(third.local.size() == second.local.size());
  CHECK(*original_sender(third, "s3", now) == first);
  CHECK(*original_sender(first, "s1", now) == ann);
}

TEST_CASE("srs: nobody else makes such a name, and none lasts for ever", "[authentication]") {
  const auto out = *forward_sender(ann, "fwd.example", "secret", now);
  CHECK(original_sender(out, "other", now).error().code == errc::refused);
  auto forged = out;
  forged.local.replace(forged.local.find("=ann"), 4, "=bob");
  CHECK(original_sender(forged, "secret", now).error().code == errc::refused);
  const auto late = now + std::chrono::hours{24 * (srs_days_max + 1)};
  CHECK(original_sender(out, "secret", late).error().code == errc::timed_out);
  CHECK(original_sender(out, "secret", now + std::chrono::hours{24 * srs_days_max}).ok());
}

TEST_CASE("srs: what is no such name is said so", "[authentication]") {
  const mailbox odd{GENERATE(as<std::string>{}, "ann", "SRS0", "SRS0=", "SRS0=x", "SRS0=AAAAAAAA", "SRS1==",
                             "SRS0xAAAA=BB=c=d", "SRS2=a=b=c=d"),
                    "fwd.example"};
  CHECK_FALSE(original_sender(odd, "secret", now).ok());
}

TEST_CASE("srs: a name that would not fit is not made", "[authentication]") {
  const mailbox longest{std::string(60, 'x'), "example.net"};
  CHECK(forward_sender(longest, "fwd.example", "secret", now).error().code == errc::limit_exceeded);
}
