#include "net/authentication/authentication_results.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

TEST_CASE("authentication results: each method is told with what it is about", "[authentication]") {
  findings found;
  CHECK(results_field("mx.test", found) == "Authentication-Results: mx.test;\r\n\tnone\r\n");
  found.spf = spf_finding{spf_outcome::pass, "example.org", false};
  found.dkim = std::vector<dkim_finding>{
    {dkim_outcome::pass, "example.org", "s1", key_kind::ed25519, "ab/+cdef", "", false},
    {dkim_outcome::fail, "example.net", "s2", key_kind::rsa, "xyz", "body hash did not verify", false}};
  found.dmarc = dmarc_finding{dmarc_outcome::fail, "example.com", dmarc_policy::reject, dmarc_policy::reject, ""};
  CHECK(results_field("mx.test", found)
        == "Authentication-Results: mx.test;\r\n\tspf=pass smtp.mailfrom=example.org;\r\n"
           "\tdkim=pass header.d=example.org header.s=s1 header.a=ed25519-sha256 header.b=\"ab/+cdef\";\r\n"
           "\tdkim=fail (body hash did not verify) header.d=example.net header.s=s2 header.a=rsa-sha256"
           " header.b=\"xyz\";\r\n\tdmarc=fail (p=reject) header.from=example.com\r\n");
}

TEST_CASE("authentication results: a peer's word cannot begin anything", "[authentication]") {
  findings found;
  found.spf = spf_finding{spf_outcome::fail, "a.test;\r\n dkim=pass\r\nX-Evil: \"(y", true};
  const auto field = results_field("mx.test", found);
  CHECK(field == "Authentication-Results: mx.test;\r\n\tspf=fail smtp.helo=a.testdkimpassX-Evil:y\r\n");
}

TEST_CASE("authentication results: fields in our name are found, those of others stay", "[authentication]") {
  const auto header = split_header("Authentication-Results: MX.test; spf=pass\r\n"
                                   "Subject: x\r\n"
                                   "Authentication-Results: other.test; spf=pass\r\n"
                                   "authentication-results : (a (b) c) mx.test 1; none\r\n"
                                   "Authentication-Results:\r\n\t\"mx.test\"; dkim=pass\r\n"
                                   "Authentication-Results: mx.test(x); dkim=pass\r\n"
                                   "Authentication-Results: mx.test.other; dkim=pass\r\n"
                                   "Authentication-Results: (never ended mx.test\r\n\r\n");
  CHECK(forged_results(header, "mx.test") == std::vector<std::size_t>{0, 3, 4, 5});
}
