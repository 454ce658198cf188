#include "app/config/cross_checks.hpp"

#include "net/core/http_url.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::app {

namespace {

/// As many as a cluster can have beside this node; and far more patterns than it needs.
constexpr std::size_t peers_max = 63;
constexpr std::size_t name_patterns_max = 64;

std::string item(const char* list, std::size_t index, const char* key) {
  return std::string(list) + "[" + std::to_string(index + 1) + "]." + key;
}

bool is_wildcard(const endpoint& at) { return at.host == "0.0.0.0" || at.host == "::"; }

bool overlap(const endpoint& a, const endpoint& b) {
  if (a.is_unix() || b.is_unix())
    return a == b;
  const bool same_family = (a.host.find(':') == a.host.npos) == (b.host.find(':') == b.host.npos);
  return a.port == b.port && (a.host == b.host || (same_family && (is_wildcard(a) || is_wildcard(b))));
}

/// Everything that this process would bind.
void check_sockets(const config& value, const complain& wrong) {
  std::vector<std::pair<std::string, endpoint>> bound;
  for (std::size_t i = 0; i < value.listeners.size(); ++i)
    bound.emplace_back(item("listener", i, "address"), value.listeners[i].address);
  bound.emplace_back("metrics.http", value.metrics.http);
  bound.emplace_back("admin.http", value.admin.http);
  bound.emplace_back("admin.socket", endpoint{{}, 0, value.admin.socket});
  if (value.cluster)
    bound.emplace_back("cluster.listen", value.cluster->listen);
  std::erase_if(bound, [](const auto& each) { return each.second.is_empty(); });
  // By port, so that a thousand listeners are not compared each with each.
  std::map<std::pair<std::uint16_t, std::string>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < bound.size(); ++i) {
    auto& group = groups[{bound[i].second.port, bound[i].second.path}];
    const auto clash = std::find_if(group.begin(), group.end(), [&](std::size_t earlier) {
      return overlap(bound[earlier].second, bound[i].second);
    });
    if (clash != group.end())
      wrong(bound[i].first, "\"" + to_string(bound[i].second) + "\" is taken by " + bound[*clash].first
                              + " (\"" + to_string(bound[*clash].second) + "\")");
    else
      group.push_back(i);
  }
}

/// The aliases of all domains as one graph; names fold ASCII case.
class alias_graph {
public:
  explicit alias_graph(const config& value) {
    for (std::size_t i = 0; i < value.domains.size(); ++i)
      for (const auto& [name, targets] : value.domains[i].aliases) {
        auto& from = nodes_[key_of({name, value.domains[i].name})];
        from.place = item("domain", i, "aliases");
        from.name = name;
        from.self_is_user = is_user(value.domains[i], name);
        for (const auto& target : targets)
          from.targets.push_back(key_of(target));
      }
  }

  /// Each loop once. Iterative: a chain may be as long as the file.
  void report_loops(const complain& wrong) {
    for (auto& [key, start] : nodes_)
      if (start.state == visit::not_yet)
        walk(key, start, wrong);
  }

private:
  enum class visit { not_yet, on_path, done };
  struct node {
    std::string place;
    std::string name;
    std::vector<std::string> targets;
    std::size_t next = 0;
    visit state = visit::not_yet;
    bool self_is_user = false; ///< An alias that also names its own mailbox is no loop.
  };

  static std::string key_of(const mailbox& who) {
    std::string key = who.local;
    std::transform(key.begin(), key.end(), key.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return key + "@" + domain_key(who.domain);
  }

  static bool is_user(const domain_config& domain, const std::string& name) {
    if (!domain.users)
      return true;
    const auto wanted = key_of({name, {}});
    return std::any_of(domain.users->begin(), domain.users->end(),
                       [&](const auto& user) { return key_of({user, {}}) == wanted; });
  }

  void walk(const std::string& key, node& start, const complain& wrong) {
    std::vector<std::pair<const std::string*, node*>> path{{&key, &start}};
    start.state = visit::on_path;
    while (!path.empty()) {
      auto& [here_key, here] = path.back();
      if (here->next == here->targets.size()) {
        here->state = visit::done;
        path.pop_back();
        continue;
      }
      const auto found = nodes_.find(here->targets[here->next++]);
      if (found == nodes_.end() || found->second.state == visit::done)
        continue;
      if (found->second.state == visit::on_path) {
        if (&found->second != here || !here->self_is_user)
          wrong(here->place, "alias \"" + here->name + "\" leads back to \"" + found->first + "\"");
        continue;
      }
      found->second.state = visit::on_path;
      path.emplace_back(&found->first, &found->second);
    }
  }

  std::map<std::string, node> nodes_;
};

void check_domains(const config& value, const complain& wrong) {
  std::map<std::string, std::size_t> names;
  for (std::size_t i = 0; i < value.domains.size(); ++i) {
    const auto [first, is_new] = names.emplace(value.domains[i].name, i);
    if (!is_new)
      wrong(item("domain", i, "name"), "\"" + value.domains[i].name + "\" is domain["
                                         + std::to_string(first->second + 1) + "] already");
  }
  for (const auto& each : value.relay.domains)
    if (names.contains(each))
      wrong("relay.domains", "\"" + each + "\" ends here by [[domain]], so it can't be relayed");
  alias_graph(value).report_loops(wrong);
}

void check_routes(const config& value, const complain& wrong) {
  std::optional<std::size_t> catch_all;
  for (std::size_t i = 0; i < value.routes.size(); ++i) {
    const auto& match = value.routes[i].match;
    if (match.empty())
      wrong(item("route", i, "match"), "matches nothing; leave the rule out, or name domains");
    if (catch_all)
      wrong(item("route", i, "match"), "is never reached: route[" + std::to_string(*catch_all + 1)
                                         + "] matches everything");
    else if (std::find(match.begin(), match.end(), "*") != match.end())
      catch_all = i;
    if (value.routes[i].tls == route_tls::dane && value.dns.dnssec_anchor.empty())
      wrong(item("route", i, "tls"), "\"dane\" needs dns.dnssec_anchor, without which nothing is secure");
  }
}

/// Where somebody is to log in, somebody must be able to.
void check_logins(const config& value, const complain& wrong) {
  if (!value.auth.dovecot.is_empty() && !value.auth.dovecot.is_unix())
    wrong("auth.dovecot", R"(must be a socket: "unix:/run/dovecot/auth-client")");
  for (std::size_t i = 0; i < value.listeners.size(); ++i) {
    const auto& door = value.listeners[i];
    if (door.auth == listener_auth::off)
      continue;
    if (value.auth.users.empty() && value.auth.dovecot.is_empty())
      wrong(item("listener", i, "auth"), "lets nobody in, since [auth] has neither users nor dovecot");
    else if (door.tls == listener_tls::off && door.plaintext_auth == plaintext_auth::refused)
      wrong(item("listener", i, "auth"), R"(lets nobody in without tls; for this host itself plaintext_auth = "loopback" would)");
  }
}

void check_tls(const config& value, const complain& wrong) {
  if (!value.tls) {
    for (std::size_t i = 0; i < value.listeners.size(); ++i)
      if (value.listeners[i].tls != listener_tls::off)
        wrong(item("listener", i, "tls"), "needs a certificate, and there is no [tls]");
    return;
  }
  std::map<std::string, std::size_t> owners;
  for (std::size_t i = 0; i < value.tls->names.size(); ++i)
    for (const auto& name : value.tls->names[i].names)
      if (const auto [first, is_new] = owners.emplace(name, i); !is_new && first->second != i)
        wrong(item("tls.name", i, "names"), "\"" + name + "\" is tls.name["
                                              + std::to_string(first->second + 1) + "]'s already");
}

void check_reports(const delivery_config& value, const complain& wrong) {
  if (const auto from = parse_mailbox(value.tls_report_from);
      !value.tls_report_from.empty() && (!from || from->domain.empty()))
    wrong("delivery.tls_report_from", "\"" + value.tls_report_from + "\" is no address");
}

void check_doors(const config& value, const complain& wrong) {
  for (std::size_t i = 0; i < value.listeners.size(); ++i)
    if (value.listeners[i].kind == listener_kind::lmtp && value.listeners[i].address.port == 25)
      wrong(item("listener", i, "address"), "must not be port 25: that is SMTP's (RFC 2033)");
  if (value.limits.tarpit >= value.limits.idle)
    wrong("limits.tarpit", "must be shorter than limits.idle");
  if (value.greylist.retry_within <= value.greylist.delay)
    wrong("greylist.retry_within", "must be longer than greylist.delay");
}

void check_retry(const retry_config& value, const complain& wrong) {
  if (value.schedule.empty())
    wrong("retry.schedule", "must have one wait at least");
  else if (value.expire <= value.schedule.front())
    wrong("retry.expire", "must be longer than the first wait of retry.schedule");
  if (value.warn >= value.expire)
    wrong("retry.warn", "must be shorter than retry.expire, or \"0s\" for never");
}

void check_admin(const admin_config& value, const complain& wrong) {
  if (value.http.host.empty() || !value.token.empty())
    return;
  const auto at = parse_ip_address(value.http.host);
  if (!at || !at->is_loopback())
    wrong("admin.token", "is needed, since admin.http is not on loopback");
}

void check_tracing(const tracing_config& value, const complain& wrong) {
  if (value.otlp.empty())
    return;
  if (const auto url = parse_http_url(value.otlp); !url)
    wrong("tracing.otlp", "\"" + value.otlp + "\" is no URL: it " + url.error().detail);
}

void check_cluster(const cluster_config& value, const complain& wrong) {
  if (value.listen.is_unix())
    wrong("cluster.listen", "must be an address and a port that other nodes reach");
  if (is_wildcard(value.address))
    wrong("cluster.address", "is needed, since cluster.listen names no address that others could dial");
  if (value.address.is_unix())
    wrong("cluster.address", "must be a host and a port");
  if (value.peers.size() > peers_max)
    wrong("cluster.peers", "has more than " + std::to_string(peers_max) + " nodes");
  if (value.names.size() > name_patterns_max)
    wrong("cluster.names", "has more than " + std::to_string(name_patterns_max) + " patterns");
  for (const auto& each : value.peers) {
    if (each.is_unix())
      wrong("cluster.peers", "\"" + to_string(each) + "\" must be a host and a port");
    // A name is proven by the certificate; whoever is known by number only has none yet.
    else if (value.names.empty() && !(each == value.address) && parse_ip_address(each.host))
      wrong("cluster.names", "is needed, since cluster.peers has the address " + each.host
                               + R"( and not a name: say who may join, as in ["mx*"])");
  }
  if (value.peers.empty() && value.names.empty())
    wrong("cluster.peers", "names nobody, and cluster.names lets nobody join");
}

void check_pool(const std::string& name, const pool_config& value, const complain& wrong) {
  if (value.min > value.max)
    wrong("pool." + name + ".min", "must not be above max");
}

void check_writers(const config& value, const complain& wrong) {
  const auto check = [&](const std::string& key, std::uint32_t number) {
    if (number != 0 && number != value.node.shards)
      wrong("pool.storage." + key, "is not " + std::to_string(number)
                                     + ": each shard has one writer; leave it out, and set node.shards");
  };
  check("min", value.pool.storage.min);
  check("max", value.pool.storage.max);
}

} // namespace

void check_contradictions(const config& value, const complain& wrong) {
  check_sockets(value, wrong);
  check_domains(value, wrong);
  check_routes(value, wrong);
  check_logins(value, wrong);
  check_tls(value, wrong);
  check_reports(value.delivery, wrong);
  check_doors(value, wrong);
  check_retry(value.retry, wrong);
  check_admin(value.admin, wrong);
  check_tracing(value.tracing, wrong);
  if (value.breaker.open > value.breaker.open_max)
    wrong("breaker.open", "must not be above breaker.open_max");
  if (value.cluster)
    check_cluster(*value.cluster, wrong);
  check_writers(value, wrong);
  check_pool("delivery", value.pool.delivery, wrong);
  check_pool("dns", value.pool.dns, wrong);
  check_pool("auth", value.pool.auth, wrong);
  check_pool("filter", value.pool.filter, wrong);
}

} // namespace troupe::app
