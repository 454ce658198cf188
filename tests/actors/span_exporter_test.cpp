#include "actors/span_exporter.hpp"

#include "actors/metrics.hpp"
#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// The collector: what it was sent, and what it says.
struct collector {
  std::vector<io::https_request> calls;
  int status = 200;
  bool is_there = true;
};

using collector_ptr = std::shared_ptr<collector>;

dns_pool_actor::behavior_type fake_names(dns_pool_actor::pointer) {
  return {
    [](const submit<find_hosts>& x) {
      hosts_found found;
      found.plan.hosts.push_back({0, x.job.name, {*parse_ip_address("192.0.2.80")}});
      return found;
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

fetch_pool_actor::behavior_type fake_collector(fetch_pool_actor::pointer, collector_ptr it) {
  return {
    [it](const submit<fetch_page>& x) -> caf::result<page_fetched> {
      it->calls.push_back(x.job.what);
      if (!it->is_there)
        return to_caf({errc::peer_unreachable, "refused"});
      return page_fetched{{it->status, "application/json", "{}"}};
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

span leg(std::int64_t id) {
  span one;
  one.message = {id};
  one.name = "receive";
  one.number = span_number(one.message, one.name);
  return one;
}

struct stage : support::actor_fixture {
  collector_ptr far = std::make_shared<collector>();
  std::shared_ptr<span_book> book = std::make_shared<span_book>(home.metrics);
  role_ptr<dns_pool_actor> dns = make_role(kept(sys.spawn(fake_names)));
  role_ptr<fetch_pool_actor> web = make_role(kept(sys.spawn(fake_collector, far)));
  span_exporter_actor exporter = spawn<span_exporter>(home, terms(1), span_source{"n1", "1.0"}, book, dns, web);

  static span_terms terms(double share) {
    return {*parse_http_url("https://collector.test:4318/v1/traces"), "roots.pem", share, 30s};
  }

  template <class Handle>
  Handle kept(Handle made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  void wait(seconds how_long) {
    for (; how_long > 0s; how_long -= 1s)
      advance(1s);
  }

  std::uint64_t counted(const char* outcome) { return home.metrics.trace_spans_total(outcome).value(); }
};

} // namespace

TEST_CASE_METHOD(stage, "span exporter: what was left in the book is posted within a second", "[actors]") {
  book->add(leg(1));
  book->add(leg(2));
  wait(1s);
  REQUIRE(far->calls.size() == 1);
  const auto& call = far->calls.front();
  CHECK(call.secure);
  CHECK(call.host == "collector.test");
  CHECK(call.addresses == std::vector<std::string>{"192.0.2.80"});
  CHECK(call.port == 4318);
  CHECK(call.target == "/v1/traces");
  CHECK(call.ca_file == "roots.pem");
  CHECK(call.content_type == "application/json");
  CHECK(call.body == write_otlp({leg(1), leg(2)}, {"n1", "1.0"}));
  CHECK(counted("exported") == 2);
  wait(3s);
  CHECK(far->calls.size() == 1);
}

TEST_CASE_METHOD(stage, "span exporter: more than one call holds is sent at once, call after call", "[actors]") {
  for (std::size_t n = 0; n < 2 * spans_per_call + 1; ++n)
    book->add(leg(7));
  wait(1s);
  CHECK(far->calls.size() == 3);
  CHECK(counted("exported") == 2 * spans_per_call + 1);
}

TEST_CASE_METHOD(stage, "span exporter: a collector that is gone or ill is asked again, ever more seldom", "[actors]") {
  far->is_there = false;
  book->add(leg(1));
  wait(1s);
  far->is_there = true;
  far->status = 503;
  wait(1s);
  CHECK(far->calls.size() == 2);
  wait(2s);
  CHECK(far->calls.size() == 3);
  wait(3s);
  CHECK(far->calls.size() == 3);
  far->status = 200;
  wait(1s);
  REQUIRE(far->calls.size() == 4);
  CHECK(far->calls.front().body == far->calls.back().body);
  CHECK(counted("exported") == 1);
}

TEST_CASE_METHOD(stage, "span exporter: what a collector refuses is not sent again", "[actors]") {
  far->status = 400;
  book->add(leg(1));
  wait(5s);
  CHECK(far->calls.size() == 1);
  CHECK(counted("refused") == 1);
}

TEST_CASE_METHOD(stage, "span exporter: without a collector nothing is wanted, and with one its share", "[actors]") {
  settle();
  CHECK(book->wants({1}));
  caf::anon_send(exporter, use_span_terms{});
  wait(1s);
  CHECK(!book->wants({1}));
  caf::anon_send(exporter, use_span_terms{terms(0.25)});
  wait(1s);
  int wanted = 0;
  for (std::int64_t id = 1; id <= 10'000; ++id)
    wanted += book->wants({id << 22});
  CHECK(wanted > 2'200);
  CHECK(wanted < 2'800);
}

TEST_CASE_METHOD(support::actor_fixture, "span book: what has no room is dropped and counted", "[actors]") {
  span_book book(home.metrics);
  for (std::size_t n = 0; n < spans_max + 3; ++n)
    book.add(leg(1));
  CHECK(home.metrics.trace_spans_total("dropped").value() == 3);
  CHECK(book.take(2).size() == 2);
  book.add(leg(2));
  CHECK(home.metrics.trace_spans_total("dropped").value() == 3);
}

TEST_CASE("otlp: numbers of 64 bits are strings, and bytes that are no text do not break it", "[actors]") {
  auto one = leg(5);
  one.begin = wall_time{1'764'000'000'042ms};
  one.took = 1500us;
  one.failed = true;
  one.fault = "450 \xff \"busy\"\r\n";
  one.facts = {{"n", std::int64_t{-3}}};
  const auto text = write_otlp({one}, {"n1", "1.0"});
  CHECK(text.find(R"("startTimeUnixNano":"1764000000042000000")") != text.npos);
  CHECK(text.find(R"("endTimeUnixNano":"1764000000043500000")") != text.npos);
  CHECK(text.find(R"({"key":"n","value":{"intValue":"-3"}})") != text.npos);
  CHECK(text.find(R"("message":"450 )" "\xEF\xBF\xBD" R"( \"busy\"\r\n")") != text.npos);
  CHECK(text.find("parentSpanId") == text.npos);
  one.parent = 0xab;
  CHECK(write_otlp({one}, {}).find(R"("parentSpanId":"00000000000000ab")") != text.npos);
}
