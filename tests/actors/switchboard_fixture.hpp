// A SWITCHBOARD, and a pool "dns" that says what a test wrote down.

#pragma once

#include "actors/switchboard.hpp"
#include "tests/support/actor_fixture.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::switchboard_play {

using namespace actors;
using namespace std::chrono_literals;

struct directory_of_names {
  std::vector<std::string> asked;
  std::map<std::string, dns::mail_plan> plans;
  bool slow = false;
  std::vector<std::pair<caf::typed_response_promise<hosts_found>, std::string>> unanswered;
};

using names_ptr = std::shared_ptr<directory_of_names>;

inline void say(caf::typed_response_promise<hosts_found>& asker, const names_ptr& names,
         const std::string& name) {
  const auto at = names->plans.find(name);
  if (at == names->plans.end())
    asker.deliver(to_caf({errc::timed_out, "no answer in time"}));
  else
    asker.deliver(hosts_found{at->second});
}

inline caf::result<hosts_found> answer(caf::typed_response_promise<hosts_found> promise,
                                const names_ptr& names, const find_hosts& x) {
  // Any further question sets the waiting ones free.
  if (x.name == "free.test")
    for (auto& [waiting, name] : std::exchange(names->unanswered, {}))
      say(waiting, names, name);
  names->asked.push_back(x.kind == host_kind::host ? "host " + x.name : x.name);
  if (names->slow) {
    names->unanswered.emplace_back(promise, x.name);
    return caf::delegated<hosts_found>{};
  }
  say(promise, names, x.name);
  return caf::delegated<hosts_found>{};
}

inline resolver_actor::behavior_type fake_resolver(resolver_actor::pointer self, names_ptr names) {
  return {[self, names](const find_hosts& x) {
    return answer(self->make_response_promise<hosts_found>(), names, x);
  }};
}

/// The pool "dns" with a place for everyone.
inline dns_pool_actor::behavior_type fake_pool(dns_pool_actor::pointer self, names_ptr names) {
  return {
    [self, names](const submit<find_hosts>& x) {
      return answer(self->make_response_promise<hosts_found>(), names, x.job);
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

struct switchboard_fixture : support::actor_fixture {
  names_ptr names = std::make_shared<directory_of_names>();
  dns_pool_actor resolver = keep(sys.spawn(fake_pool, names));
  role_ptr<dns_pool_actor> cast = make_role(resolver);
  std::shared_ptr<switchboard_legacy> legacy = std::make_shared<switchboard_legacy>();
  switchboard_actor board = open();

  switchboard_actor open() {
    return spawn<switchboard>(home, outbound_options{}, std::vector<io_unit*>{}, std::vector<role_ptr<spool_actor>>{},
                              cast, make_role<delivery_pool_actor>(), legacy);
  }
  /// It dies, and the next one comes.
  void restart() {
    caf::anon_send_exit(board, caf::exit_reason::kill);
    settle();
    board = open();
  }

  ~switchboard_fixture() {
    drop_cast();
    advance(2min); // the routes are nobody's then, and leave
  }

  dns_pool_actor keep(dns_pool_actor made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  static policy::next_hop mx(const std::string& domain) {
    policy::next_hop hop;
    hop.kind = policy::next_hop_kind::mx;
    hop.host = domain;
    hop.key = "mx:" + domain;
    hop.terms = std::make_shared<policy::hop_terms>();
    return hop;
  }

  void plan(const std::string& domain, const std::string& host, seconds valid_for = 60s) {
    dns::mail_plan made;
    made.domain = domain;
    made.site = "mx:" + host;
    made.hosts.push_back({10, host, {*parse_ip_address("192.0.2.1")}});
    made.valid_for = valid_for;
    names->plans[domain] = made;
  }

  void refusal(const std::string& domain, reply why, seconds valid_for = 60s) {
    dns::mail_plan made;
    made.domain = domain;
    made.refusal = std::move(why);
    made.valid_for = valid_for;
    names->plans[domain] = made;
  }

  result<route_found> find(const policy::next_hop& hop) {
    return ask<route_found>(board, find_route{hop});
  }
};

} // namespace troupe::switchboard_play
