#include "net/dns/tlsa.hpp"

#include "net/dns/mail_route.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::dns;
using namespace std::chrono_literals;

namespace {

std::string rdata(int usage, int selector, int matching, std::size_t bytes) {
  return std::string{static_cast<char>(usage), static_cast<char>(selector), static_cast<char>(matching)}
         + std::string(bytes, 'x');
}

record_answer answer_of(std::vector<std::string> data, bool secure = true) {
  return {answer_kind::records, secure, std::move(data), 300s};
}

} // namespace

TEST_CASE("tlsa: records stand under port and protocol", "[dns]") {
  CHECK(tlsa_name("mx.example.org", 25) == "_25._tcp.mx.example.org");
}

TEST_CASE("tlsa: only what RFC 7672 knows is usable", "[dns]") {
  const auto [data, usable] = GENERATE(table<std::string, bool>({
    {rdata(3, 1, 1, 32), true},
    {rdata(3, 0, 2, 64), true},
    {rdata(2, 0, 1, 32), true},
    {rdata(2, 1, 0, 300), true},
    {rdata(0, 1, 1, 32), false}, // PKIX-TA
    {rdata(1, 1, 1, 32), false}, // PKIX-EE
    {rdata(255, 1, 1, 32), false},
    {rdata(3, 2, 1, 32), false},
    {rdata(3, 1, 3, 32), false},
    {rdata(3, 1, 1, 31), false},
    {rdata(3, 1, 1, 33), false},
    {rdata(3, 1, 2, 32), false},
    {rdata(3, 0, 0, tlsa_data_bytes_max + 1), false},
  }));
  const auto record = read_tlsa(data);
  REQUIRE(record);
  CHECK(is_usable(*record) == usable);
}

TEST_CASE("tlsa: data that is cut short is no record", "[dns]") {
  for (std::size_t size = 0; size < 4; ++size)
    CHECK_FALSE(read_tlsa(std::string(size, '\3')));
}

TEST_CASE("tlsa: what an answer says about a host", "[dns]") {
  SECTION("usable records beside others") {
    const auto facts = choose_tlsa("mx.test", answer_of({rdata(0, 0, 1, 32), "x", rdata(3, 1, 1, 32)}));
    CHECK(facts.state == dane_state::usable);
    CHECK(facts.base == "mx.test");
    CHECK(facts.records.size() == 1);
  }
  SECTION("only unusable ones: TLS all the same") {
    CHECK(choose_tlsa("mx.test", answer_of({rdata(1, 1, 1, 32), ""})).state == dane_state::unusable);
  }
  SECTION("records that nobody vouches for are none") {
    CHECK(choose_tlsa("mx.test", answer_of({rdata(3, 1, 1, 32)}, false)).state == dane_state::none);
  }
  SECTION("no records") {
    CHECK(choose_tlsa("mx.test", {answer_kind::no_data, true, {}, 0s}).state == dane_state::none);
    CHECK(choose_tlsa("mx.test", {answer_kind::no_domain, true, {}, 0s}).state == dane_state::none);
  }
  SECTION("no answer: nobody knows, and that is no permission") {
    const auto kind = GENERATE(answer_kind::bogus, answer_kind::server_failed, answer_kind::timed_out);
    CHECK(choose_tlsa("mx.test", {kind, false, {}, 0s}).state == dane_state::failed);
  }
  SECTION("more than anybody needs") {
    const std::vector<std::string> many(1000, rdata(3, 1, 1, 32));
    CHECK(choose_tlsa("mx.test", answer_of(many)).records.size() == tlsa_records_max);
  }
}

TEST_CASE("tlsa: of an alias the name at its end counts first", "[dns]") {
  const dane_facts none{dane_state::none, "end.test", {}};
  const dane_facts failed{dane_state::failed, "end.test", {}};
  const auto own = choose_tlsa("mx.test", answer_of({rdata(3, 1, 1, 32)}));
  CHECK(choose_tlsa(none, own).base == "mx.test");
  CHECK(choose_tlsa(failed, own).state == dane_state::failed);
}

TEST_CASE("tlsa: asked for only where DNSSEC vouches for all that led there", "[dns]") {
  host_choice choice;
  choice.secure = true;
  address_answer found{answer_kind::records, {*parse_ip_address("192.0.2.1")}, 300s, true, {}};
  CHECK(tlsa_bases(choice, "mx.test", found) == std::vector<std::string>{"mx.test"});
  found.canonical = "End.Test.";
  CHECK(tlsa_bases(choice, "mx.test", found) == std::vector<std::string>{"end.test", "mx.test"});
  found.canonical = "MX.test";
  CHECK(tlsa_bases(choice, "mx.test", found) == std::vector<std::string>{"mx.test"});
  found.secure = false;
  CHECK(tlsa_bases(choice, "mx.test", found).empty());
  found.secure = true;
  choice.secure = false;
  CHECK(tlsa_bases(choice, "mx.test", found).empty());
}

TEST_CASE("tlsa: addresses are secure if all that are dialled are", "[dns]") {
  const auto v4 = *parse_ip_address("192.0.2.1");
  const auto v6 = *parse_ip_address("2001:db8::1");
  const address_answer none{answer_kind::no_data, {}, 300s};
  const address_answer good{answer_kind::records, {v4}, 300s, true, {}};
  const address_answer bad{answer_kind::records, {v6}, 300s};
  CHECK(join(good, none).secure);
  CHECK_FALSE(join(good, bad).secure);
  CHECK_FALSE(join(none, none).secure);
}

TEST_CASE("text records: strings are joined, broken ones are none", "[dns]") {
  using namespace std::string_literals;
  CHECK(read_text("\3abc\2de"s) == "abcde");
  CHECK(read_text("\0"s) == "");
  CHECK_FALSE(read_text(""));
  CHECK_FALSE(read_text("\4abc"s));
  CHECK_FALSE(read_text("\3abc\1"s));
}
