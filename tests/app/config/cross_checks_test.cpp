#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;

TEST_CASE("keys that contradict each other are refused", "[config]") {
  const auto [text, error] = GENERATE(table<std::string, std::string>({
    {"[[listener]]\naddress='127.0.0.1:25'\n[[listener]]\naddress='127.0.0.1:25'",
     R"(t.toml:4:9: listener[2].address: "127.0.0.1:25" is taken by listener[1].address ("127.0.0.1:25"))"},
    {"[[listener]]\naddress='0.0.0.0:25'\n[[listener]]\naddress='127.0.0.1:25'",
     R"(t.toml:4:9: listener[2].address: "127.0.0.1:25" is taken by listener[1].address ("0.0.0.0:25"))"},
    {"[[listener]]\naddress='127.0.0.1:9127'",
     R"(t.toml: metrics.http: "127.0.0.1:9127" is taken by listener[1].address ("127.0.0.1:9127"))"},
    {"[[domain]]\nname='a.test'\n[[domain]]\nname='A.test'",
     R"(t.toml:4:6: domain[2].name: "a.test" is domain[1] already)"},
    {"[relay]\ndomains=['a.test']\n[[domain]]\nname='a.test'",
     R"(t.toml:2:9: relay.domains: "a.test" ends here by [[domain]], so it can't be relayed)"},
    {"[[route]]\nvia='mx'\n[[route]]\nmatch=['a.test']",
     "t.toml:4:7: route[2].match: is never reached: route[1] matches everything"},
    {"[[route]]\nmatch=[]", "t.toml:2:7: route[1].match: matches nothing; leave the rule out, or name domains"},
    {"[admin]\nhttp='0.0.0.0:8025'",
     "t.toml:1:1: admin.token: is needed, since admin.http is not on loopback"},
    {"[pool.storage]\nmax=50",
     "t.toml:2:5: pool.storage.max: must be from 0 to 16"},
    {"[pool.storage]\nmin=3",
     "t.toml:2:5: pool.storage.min: is not 3: each shard has one writer; leave it out, and set node.shards"},
    {"[node]\nshards=2\n[pool.storage]\nmax=3",
     "t.toml:4:5: pool.storage.max: is not 3: each shard has one writer; leave it out, and set node.shards"},
    {"[retry]\nschedule=[]", "t.toml:2:10: retry.schedule: must have one wait at least"},
    {"[retry]\nexpire='1m'\nwarn='0s'", "t.toml:2:8: retry.expire: must be longer than the first wait of retry.schedule"},
    {"[retry]\nexpire='3h'", R"(t.toml:1:1: retry.warn: must be shorter than retry.expire, or "0s" for never)"},
  }));
  CAPTURE(text);
  CHECK(errors_of(text) == lines{error});
}

TEST_CASE("who says how many writers there are says how many shards there are", "[config]") {
  CHECK(errors_of("[node]\nshards=3\n[pool.storage]\nmin=3\nmax=3") == lines{});
  CHECK(errors_of("[node]\nshards=3\n[pool.storage]\nmailbox=100\nbuffer=7\ntimeout='5s'") == lines{});
}

TEST_CASE("sockets that differ in port, address or family get along", "[config]") {
  CHECK(errors_of("[[listener]]\naddress='0.0.0.0:25'\n[[listener]]\naddress='[::]:25'\n"
                  "[[listener]]\naddress='127.0.0.1:26'\n[[listener]]\naddress='127.0.0.2:26'") == lines{});
}

TEST_CASE("the operator's HTTP is open on loopback, and with a token anywhere", "[config]") {
  CHECK(errors_of("[admin]\nhttp='127.0.0.1:8025'") == lines{});
  CHECK(errors_of("[admin]\nhttp='[::1]:8025'") == lines{});
  CHECK(errors_of("[admin]\nhttp='0.0.0.0:8025'\ntoken='from the vault'") == lines{});
}

TEST_CASE("an alias loop is found however long and through however many domains", "[config]") {
  const auto [aliases, error] = GENERATE(table<std::string, std::string>({
    {"a = ['b'], b = ['a']", R"(alias "b" leads back to "a@one.test")"},
    {"a = ['B'], b = ['c', 'x'], c = ['A@ONE.test']", R"(alias "c" leads back to "a@one.test")"},
    {"a = ['x@two.test']", R"(alias "x" leads back to "a@one.test")"},
    {"a = ['a']", R"(alias "a" leads back to "a@one.test")"},
  }));
  CAPTURE(aliases);
  const auto errors = errors_of("[[domain]]\nname='one.test'\nusers=['u']\naliases={ " + aliases
                                + " }\n[[domain]]\nname='two.test'\naliases={ x = ['a@one.test'] }");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].ends_with(error));
}

TEST_CASE("aliases that meet without a loop are fine", "[config]") {
  CHECK(errors_of("[[domain]]\nname='one.test'\nusers=['u', 'info']\n"
                  "aliases={ a = ['c', 'd'], b = ['c', 'a'], c = ['d'], d = ['u'], info = ['Info', 'u'] }") == lines{});
}

TEST_CASE("a chain of ten thousand aliases is walked, not recursed", "[config]") {
  std::string text = "[[domain]]\nname='one.test'\n[domain.aliases]\n";
  for (int i = 0; i < 10'000; ++i)
    text += "a" + std::to_string(i) + " = ['a" + std::to_string(i + 1) + "']\n";
  CHECK(errors_of(text) == lines{});
  const auto errors = errors_of(text + "a10000 = ['a0']\n");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("leads back to") != std::string::npos);
}

TEST_CASE("cross checks: fewer connections than the default for one address are no mistake",
          "[config]") {
  // Whoever lowers the whole has not named the part; the smaller one counts.
  CHECK(errors_of("[limits]\nconnections = 10") == lines{});
}

TEST_CASE("a listener that asks for logins lets somebody in", "[config]") {
  const auto [text, error] = GENERATE(table<std::string, std::string>({
    {"[[listener]]\naddress='0.0.0.0:587'\nkind='submission'",
     "t.toml:1:1: listener[1].auth: lets nobody in, since [auth] has neither users nor dovecot"},
    {"[auth]\nusers='/u'\n[[listener]]\naddress='0.0.0.0:25'\nauth='optional'",
     "t.toml:5:6: listener[1].auth: lets nobody in without tls; for this host itself plaintext_auth = \"loopback\" would"},
    {"[auth]\ndovecot='127.0.0.1:5'\n", "t.toml:2:9: auth.dovecot: must be a socket: \"unix:/run/dovecot/auth-client\""},
    {"[[auth.sender]]\nuser='ann'\naddresses=['ann']", "t.toml:3:12: auth.sender[1].addresses: \"ann\" must be an address, \"@\" and a domain, or \"*\""},
  }));
  CAPTURE(text);
  CHECK(errors_of(text) == lines{error});
}

TEST_CASE("logins by a users file or by Dovecot, within TLS or on this host, are fine", "[config]") {
  CHECK(errors_of("[auth]\nusers='/u'\n[[listener]]\naddress='127.0.0.1:25'\nauth='optional'\nplaintext_auth='loopback'") == lines{});
  CHECK(errors_of("[auth]\ndovecot='unix:/d'\n[[listener]]\naddress='127.0.0.1:587'\nkind='submission'\nplaintext_auth='loopback'\nsenders='own'") == lines{});
}

TEST_CASE("cross checks: a door with TLS needs a certificate, and each name has one", "[config]") {
  CHECK(errors_of("[[listener]]\naddress='0.0.0.0:25'\ntls='optional'")
        == lines{"t.toml:3:5: listener[1].tls: needs a certificate, and there is no [tls]"});
  const std::string tls = "[tls]\ncertificate='c'\nkey='k'\n";
  CHECK(errors_of(tls + "[[listener]]\naddress='0.0.0.0:465'\ntls='implicit'") == lines{});
  const std::string first = "[[tls.name]]\nnames=['A.test', 'a.test']\ncertificate='c'\nkey='k'\n";
  CHECK(errors_of(tls + first) == lines{});
  const auto twice = errors_of(tls + first + "[[tls.name]]\nnames=['a.test']\ncertificate='d'\nkey='k'\n");
  REQUIRE(twice.size() == 1);
  CHECK(twice[0].ends_with(R"(tls.name[2].names: "a.test" is tls.name[1]'s already)"));
  CHECK(errors_of(tls + "[[tls.name]]\nnames=['*']\ncertificate='d'\nkey='k'\n").size() == 1);
}

namespace {

std::string cluster(const std::string& keys) {
  return "[cluster]\ncertificate='c'\nkey='k'\nca='a'\n" + keys;
}

} // namespace

TEST_CASE("a cluster that nobody could dial or join is refused", "[config]") {
  const auto [keys, error] = GENERATE(table<std::string, std::string>({
    {"listen='10.0.0.1:1'", "t.toml:1:1: cluster.peers: names nobody, and cluster.names lets nobody join"},
    {"names=['*']\nlisten='0.0.0.0:1'",
     "t.toml:1:1: cluster.address: is needed, since cluster.listen names no address that others could dial"},
    {"names=['*']\nlisten='unix:/x'\naddress='a:1'",
     "t.toml:6:8: cluster.listen: must be an address and a port that other nodes reach"},
    {"listen='10.0.0.1:1'\npeers=['10.0.0.1:1','10.0.0.2:1']",
     R"(t.toml:1:1: cluster.names: is needed, since cluster.peers has the address 10.0.0.2 and not a name: say who may join, as in ["mx*"])"},
    {"listen='10.0.0.1:1'\npeers=['unix:/x']", R"(t.toml:6:7: cluster.peers: "unix:/x" must be a host and a port)"},
    {"listen='10.0.0.1:1'\nnames=['a b']",
     R"(t.toml:6:8: cluster.names: "a b" must be a node's name, or a pattern like "mx-*")"},
    {"listen='10.0.0.1:1'\nnames=['*']\ntakeover='100ms'",
     "t.toml:7:10: cluster.takeover: must be from 500ms to 1h"},
    {"listen='127.0.0.1:9127'\nnames=['*']",
     R"(t.toml:5:8: cluster.listen: "127.0.0.1:9127" is taken by metrics.http ("127.0.0.1:9127"))"},
  }));
  CAPTURE(keys);
  CHECK(errors_of(cluster(keys), feature_set::as_planned) == lines{error});
}

TEST_CASE("a cluster has bounds on its peers and patterns", "[config]") {
  const auto many = [](const std::string& item, int count) {
    std::string list;
    for (int i = 0; i < count; ++i)
      list += "'" + item + "',";
    return list;
  };
  const auto text = [&](int peers, int names) {
    return cluster("listen='10.0.0.1:1'\npeers=[" + many("mx2:1", peers) + "]\nnames=[" + many("mx*", names) + "]");
  };
  CHECK(errors_of(text(63, 64), feature_set::as_planned) == lines{});
  CHECK(errors_of(text(64, 0), feature_set::as_planned)
        == lines{"t.toml:6:7: cluster.peers: has more than 63 nodes"});
  CHECK(errors_of(text(0, 65), feature_set::as_planned)
        == lines{"t.toml:7:7: cluster.names: has more than 64 patterns"});
}

TEST_CASE("where a node is reached is where it listens, unless it says otherwise", "[config]") {
  const auto parsed = parse(cluster("listen='10.0.0.1:1'\npeers=['mx2:1']"), feature_set::as_planned);
  REQUIRE(parsed.ok());
  CHECK(to_string(parsed.value.cluster->address) == "10.0.0.1:1");
  const auto other = parse(cluster("listen='0.0.0.0:1'\naddress='mx1:2'\npeers=['mx1:2', 'mx2:1']"),
                           feature_set::as_planned);
  REQUIRE(other.ok());
  CHECK(to_string(other.value.cluster->address) == "mx1:2");
}
