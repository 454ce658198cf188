#include "actors/policy/tls_report.hpp"

#include "net/core/base64.hpp"

#include <catch2/catch.hpp>

#include <zlib.h>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

constexpr wall_time midnight{1'700'006'400s};

tls_try failed(const std::string& domain, tls_result result, const std::string& host = "mx.test") {
  return {domain, tls_source::mta_sts, result, host, "192.0.2.1"};
}

std::string inflated(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string in = bytes, out(100'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

} // namespace

TEST_CASE("tls report: the places of the one record", "[policy]") {
  const auto places = read_tls_report_places(texts{"v=TLSRPTv1; rua=mailto:a@x.test,https://x.test/r, mailto:b@y.test"});
  REQUIRE(places.size() == 2);
  CHECK(to_string(places[0]) == "a@x.test");
  CHECK(to_string(places[1]) == "b@y.test");
  CHECK(read_tls_report_places(texts{}).empty());
  CHECK(read_tls_report_places(texts{"v=TLSRPTv2; rua=mailto:a@x.test"}).empty());
  CHECK(read_tls_report_places(texts{"v=TLSRPTv1; rua=mailto:a@x.test", "v=TLSRPTv1; rua=mailto:b@x.test"}).empty());
  CHECK(read_tls_report_places(texts{"v=TLSRPTv1; rua=mailto:a@x.test\r\nBcc: c@z.test"}).empty());
  CHECK(read_tls_report_places(texts{"v=TLSRPTv1; rua=mailto:,mailto:@,mailto:a"}).empty());
  std::string many = "v=TLSRPTv1; rua=mailto:a@x.test";
  for (int i = 0; i < 50; ++i)
    many += ",mailto:a@x.test";
  CHECK(read_tls_report_places(texts{many}).size() == tls_report_places_max);
}

TEST_CASE("tls tally: sessions are counted by domain, policy and failure, within bounds", "[policy]") {
  tls_tally tally{2};
  tally.add({"a.test", tls_source::dane, tls_result::succeeded, "mx.test", {}});
  tally.add(failed("a.test", tls_result::certificate_expired));
  tally.add(failed("a.test", tls_result::certificate_expired));
  tally.add(failed("b.test", tls_result::starttls_not_supported));
  tally.add(failed("c.test", tls_result::starttls_not_supported));
  CHECK(tally.domains().size() == 2);
  const auto& a = tally.domains().at("a.test");
  CHECK(a.at(tls_source::dane).succeeded == 1);
  CHECK(a.at(tls_source::mta_sts).failed == 2);
  CHECK(a.at(tls_source::mta_sts).failures.begin()->second == 2);
  for (std::size_t i = 0; i < 2 * tls_failures_max; ++i)
    tally.add(failed("b.test", tls_result::validation_failure, std::to_string(i)));
  CHECK(tally.domains().at("b.test").at(tls_source::mta_sts).failures.size() == tls_failures_max);
  CHECK(tally.domains().at("b.test").at(tls_source::mta_sts).failed == 2 * tls_failures_max + 1);
}

TEST_CASE("tls tally: what OpenSSL says of a failure", "[policy]") {
  const auto [why, result] = GENERATE(table<std::string, tls_result>({
    {"hostname mismatch", tls_result::certificate_host_mismatch},
    {"certificate has expired", tls_result::certificate_expired},
    {"self-signed certificate in certificate chain", tls_result::certificate_not_trusted},
    {"unable to get local issuer certificate", tls_result::certificate_not_trusted},
    {"no matching DANE TLSA records", tls_result::tlsa_invalid},
    {"wrong version number", tls_result::validation_failure},
  }));
  CHECK(result_of_failure(why, {}) == result);
}

TEST_CASE("tls report: the JSON of RFC 8460", "[policy]") {
  tls_tally tally;
  tally.add({"a.test", tls_source::mta_sts, tls_result::succeeded, "mx.test", {}});
  tally.add(failed("a.test", tls_result::certificate_host_mismatch, "m\"x\\\n"));
  const tls_report_terms terms{"mail.us.test", {"reports", "us.test"}, midnight, midnight + 24h};
  const auto json = write_tls_report("a.test", tally.domains().at("a.test"), terms, message_id{1});
  CHECK(json
        == R"({"organization-name":"mail.us.test","date-range":{"start-datetime":"2023-11-15T00:00:00Z",)"
           R"("end-datetime":"2023-11-16T00:00:00Z"},"contact-info":"reports@us.test","report-id":")"
             + to_string(message_id{1})
             + R"(@mail.us.test","policies":[{"policy":{"policy-type":"sts","policy-domain":"a.test"},)"
               R"("summary":{"total-successful-session-count":1,"total-failure-session-count":1},)"
               R"("failure-details":[{"result-type":"certificate-host-mismatch","receiving-mx-hostname":"m\"x\\?",)"
               R"("receiving-ip":"192.0.2.1","failed-session-count":1}]}]})");
}

TEST_CASE("tls report: the letter carries the JSON compressed", "[policy]") {
  const tls_report_terms terms{"mail.us.test", {"reports", "us.test"}, midnight, midnight + 24h};
  const std::string json = "{\"x\":\"" + std::string(5000, 'y') + "\"}";
  const auto letter
    = write_tls_report_letter("a.test", json, {"tls", "a.test"}, terms, message_id{1}, midnight);
  REQUIRE(letter);
  CHECK(letter->find("TLS-Report-Domain: a.test\r\n") != std::string::npos);
  CHECK(letter->find("report-type=\"tlsrpt\"") != std::string::npos);
  const auto at = letter->find(".json.gz\"\r\n\r\n") + 13;
  std::string packed = letter->substr(at, letter->find("\r\n--", at) - at);
  std::erase_if(packed, [](char c) { return c == '\r' || c == '\n'; });
  const auto bytes = decode_base64(packed);
  REQUIRE(bytes);
  CHECK(inflated(*bytes) == json);
}
