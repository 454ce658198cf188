#include "actors/sts_keeper.hpp"

#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// What the DNS and the web say, and what they were asked.
struct outside_world {
  std::map<std::string, std::string> texts;
  std::map<std::string, result<io::http_response>> pages;
  std::vector<std::string> asked;
  std::vector<std::string> fetched;
  dns::answer_kind kind = dns::answer_kind::no_data; ///< Of names without a text.
};

using world_ptr = std::shared_ptr<outside_world>;

std::string in_one_string(const std::string& text) {
  return static_cast<char>(text.size()) + text;
}

hosts_found say(outside_world& world, const find_hosts& x) {
  hosts_found found;
  world.asked.push_back(x.name);
  if (x.kind == host_kind::host) {
    found.plan.hosts.push_back({0, x.name, {*parse_ip_address("192.0.2.80")}});
    return found;
  }
  const auto at = world.texts.find(x.name);
  found.records.kind = at == world.texts.end() ? world.kind : dns::answer_kind::records;
  found.records.ttl = 600s;
  if (at != world.texts.end())
    found.records.data.push_back(in_one_string(at->second));
  return found;
}

dns_pool_actor::behavior_type fake_dns(dns_pool_actor::pointer, world_ptr world) {
  return {
    [world](const submit<find_hosts>& x) { return say(*world, x.job); },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

fetch_pool_actor::behavior_type fake_web(fetch_pool_actor::pointer, world_ptr world) {
  return {
    [world](const submit<fetch_page>& x) -> caf::result<page_fetched> {
      world->fetched.push_back(x.job.what.host + x.job.what.target);
      const auto at = world->pages.find(x.job.what.host);
      if (at == world->pages.end())
        return to_caf({errc::peer_unreachable, "refused"});
      if (!at->second)
        return to_caf(at->second.error());
      return page_fetched{*at->second};
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

struct stage : support::actor_fixture {
  world_ptr world = std::make_shared<outside_world>();
  role_ptr<dns_pool_actor> dns = make_role(kept(sys.spawn(fake_dns, world)));
  role_ptr<fetch_pool_actor> web = make_role(kept(sys.spawn(fake_web, world)));
  sts_keeper_actor keeper = spawn<sts_keeper>(home, std::string{}, dns, web);
  std::shared_ptr<const sts_terms> terms = std::make_shared<sts_terms>();

  template <class Handle>
  Handle kept(Handle made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  void publish(const std::string& id, const std::string& max_age = "86400",
               const std::string& mode = "enforce") {
    world->texts["_mta-sts.a.test"] = "v=STSv1; id=" + id + ";";
    world->pages.insert_or_assign(
      "mta-sts.a.test",
      io::http_response{200, "text/plain; charset=utf-8",
                        "version: STSv1\nmode: " + mode + "\nmx: mx.a.test\nmax_age: " + max_age + "\n"});
  }

  result<sts_policy_found> find() {
    return ask<sts_policy_found>(keeper, find_sts_policy{"a.test", terms});
  }

  std::shared_ptr<const policy::sts_policy> found() {
    const auto answer = find();
    REQUIRE(answer);
    return answer->policy;
  }
};

} // namespace

TEST_CASE_METHOD(stage, "sts keeper: a domain without a record costs one question", "[actors]") {
  const auto answer = find();
  REQUIRE(answer);
  CHECK(answer->policy == nullptr);
  CHECK(answer->valid_for == 600s);
  CHECK(world->asked == std::vector<std::string>{"_mta-sts.a.test"});
  CHECK(world->fetched.empty());
}

TEST_CASE_METHOD(stage, "sts keeper: a policy is fetched once, and again when its id changes", "[actors]") {
  publish("1");
  REQUIRE(found());
  CHECK(found()->mode == policy::sts_mode::enforce);
  CHECK(world->fetched == std::vector<std::string>{"mta-sts.a.test/.well-known/mta-sts.txt"});
  publish("2", "86400", "none");
  CHECK(found()->mode == policy::sts_mode::none);
  CHECK(world->fetched.size() == 2);
}

TEST_CASE_METHOD(stage, "sts keeper: a promise holds when the record or the page is gone", "[actors]") {
  publish("1", "3600");
  REQUIRE(found());
  SECTION("no record") { world->texts.clear(); }
  SECTION("the DNS is ill") {
    world->texts.clear();
    world->kind = dns::answer_kind::server_failed;
  }
  SECTION("no page for the new id") {
    publish("2");
    world->pages.clear();
  }
  SECTION("no policy on the page") {
    publish("2");
    world->pages.at("mta-sts.a.test").value().body = "hello";
  }
  REQUIRE(found());
  CHECK(found()->mode == policy::sts_mode::enforce);
  advance(1h);
  CHECK(found() == nullptr);
}

TEST_CASE_METHOD(stage, "sts keeper: what was never had is no promise, and is left alone for a while", "[actors]") {
  publish("1");
  SECTION("refused") { world->pages.clear(); }
  SECTION("moved") { world->pages.at("mta-sts.a.test").value().status = 302; }
  SECTION("not plain text") { world->pages.at("mta-sts.a.test").value().content_type = "text/html"; }
  SECTION("another's type that begins alike") { world->pages.at("mta-sts.a.test").value().content_type = "text/plainer"; }
  SECTION("broken") { world->pages.at("mta-sts.a.test").value().body = "mode: enforce\n"; }
  CHECK(found() == nullptr);
  CHECK(found() == nullptr);
  CHECK(world->fetched.size() == 1);
  publish("1");
  CHECK(found() == nullptr);
  advance(5min);
  CHECK(found());
}

TEST_CASE_METHOD(stage, "sts keeper: many who ask at once are one question", "[actors]") {
  publish("1");
  auto first = self->request(keeper, caf::infinite, find_sts_policy{"a.test", terms});
  auto second = self->request(keeper, caf::infinite, find_sts_policy{"a.test", terms});
  settle();
  const auto good = [](const sts_policy_found& x) { CHECK(x.policy); };
  const auto bad = [](const caf::error&) { FAIL("no answer"); };
  first.receive(good, bad);
  second.receive(good, bad);
  CHECK(world->fetched.size() == 1);
}

TEST_CASE_METHOD(stage, "sts keeper: without anybody to ask there is no answer, not none", "[actors]") {
  dns->vacate();
  const auto answer = find();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == errc::worker_lost);
}

TEST_CASE_METHOD(stage, "sts keeper: an answer is valid no longer than its policy", "[actors]") {
  publish("1", "90");
  const auto answer = find();
  REQUIRE(answer);
  CHECK(answer->valid_for == 90s);
}
