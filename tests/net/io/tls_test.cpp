#include "net/io/stream_socket.hpp"
#include "tests/support/certificates.hpp"

#include <catch2/catch.hpp>

#include <openssl/ssl.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>

using namespace troupe;
using io::handshake_step;
using io::tls_demand;
using support::key_kind;

namespace {

/// Two ends of one local connection: what one writes the other can read at once.
struct two_ends {
  io::event_loop loop;
  std::unique_ptr<io::stream_socket> server;
  std::unique_ptr<io::stream_socket> client;
  int client_descriptor = -1;

  two_ends() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    server = take(ends[0]);
    client = take(ends[1]);
    client_descriptor = ends[1];
  }

  std::unique_ptr<io::stream_socket> take(int descriptor) {
    using protocol = io::stream_socket::protocol;
    return std::make_unique<io::stream_socket>(
      protocol::socket(loop.context(), protocol(AF_UNIX, 0), descriptor));
  }

  /// Both sides by turns, until each has come to an end: first the server's, then the
  /// client's.
  std::pair<handshake_step, handshake_step> shake_hands() {
    auto a = handshake_step::wants_read;
    auto b = handshake_step::wants_read;
    const auto open = [](handshake_step x) {
      return x == handshake_step::wants_read || x == handshake_step::wants_write;
    };
    for (int round = 0; round < 20 && (open(a) || open(b)); ++round) {
      if (open(b))
        b = client->shake_hands();
      if (open(a))
        a = server->shake_hands();
    }
    return {a, b};
  }
};

std::string read_all(io::stream_socket& from) {
  std::string all;
  std::array<char, 4096> room{};
  for (;;) {
    const auto got = from.read_some(room);
    all.append(room.data(), got.bytes);
    if (got.bytes == 0)
      return got.ended ? all + "<end>" : got.failed ? all + "<failed>" : all;
  }
}

struct tls_fixture {
  support::temp_folder folder;
  support::authority issuer{folder};
  two_ends ends;

  io::tls_identity identity(const std::vector<std::string>& names, key_kind kind = key_kind::ec) {
    const auto files = issuer.issue(names, kind);
    return {files.certificate, files.key, {}};
  }

  io::tls_context_ptr server(const std::vector<io::tls_identity>& identities) {
    auto made = io::tls_context::for_server(identities);
    REQUIRE(made);
    return *made;
  }

  io::tls_context_ptr client() {
    auto made = io::tls_context::for_client({issuer.root().certificate});
    REQUIRE(made);
    return *made;
  }

  auto connect(const io::tls_context_ptr& context, const tls_demand& demand) {
    ends.server->begin_tls(context);
    ends.client->begin_tls(client(), demand);
    return ends.shake_hands();
  }
};

constexpr auto both = std::pair{handshake_step::finished, handshake_step::finished};

tls_demand by_name(const std::string& name) {
  tls_demand demand;
  demand.what = tls_demand::check::name;
  demand.server_name = name;
  demand.names = {name};
  return demand;
}

/// A client that does what ours would not.
struct raw_client {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;

  raw_client(int descriptor, int version) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    begin(descriptor);
  }
  ~raw_client() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }

  void begin(int descriptor, SSL_SESSION* resume = nullptr) {
    if (ssl != nullptr) // else OpenSSL takes its ticket for no good
      SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, descriptor);
    SSL_set_connect_state(ssl);
    if (resume != nullptr)
      SSL_set_session(ssl, resume);
  }

  bool shake_hands(io::stream_socket& server) {
    auto step = handshake_step::wants_read;
    for (int round = 0; round < 20 && step != handshake_step::failed; ++round) {
      const bool up = SSL_do_handshake(ssl) == 1;
      if (step != handshake_step::finished)
        step = server.shake_hands();
      if (up && step == handshake_step::finished)
        return true;
    }
    return false;
  }
};

} // namespace

TEST_CASE_METHOD(tls_fixture, "tls: both sides know each other's words, and what protects them",
                 "[tls]") {
  const auto kind = GENERATE(key_kind::ec, key_kind::rsa, key_kind::ed25519);
  REQUIRE(connect(server({identity({"mx.example.org"}, kind)}), by_name("mx.example.org")) == both);
  CHECK(ends.client->write_some("EHLO x\r\n").bytes == 8);
  CHECK(read_all(*ends.server) == "EHLO x\r\n");
  CHECK(ends.server->write_some("250 y\r\n").bytes == 7);
  CHECK(read_all(*ends.client) == "250 y\r\n");

  const auto& here = *ends.server->tls();
  const auto& there = *ends.client->tls();
  CHECK(here.version() == "TLSv1.3");
  CHECK(here.summary() == there.summary());
  CHECK(here.secret_bits() >= 128);
  CHECK(here.server_name() == "mx.example.org");
  CHECK_FALSE(here.is_resumed());
  CHECK(there.verification().ok());
  CHECK(here.peer_chain().empty());
  CHECK(there.peer_chain().size() == 2);
  CHECK(here.binding_exporter().size() == 32);
  CHECK(here.binding_exporter() == there.binding_exporter());
  CHECK(here.binding_server_end_point() == there.binding_server_end_point());
  // The authority signs with ECDSA and SHA-256, whatever the key.
  CHECK(here.binding_server_end_point().size() == 32);
}

TEST_CASE_METHOD(tls_fixture, "tls: a client is shown the certificate of the name it asks for",
                 "[tls]") {
  const auto first = issuer.issue({"mx.example.org"});
  const auto second = issuer.issue({"mail.example.net", "*.example.com"});
  const auto third = issuer.issue({"third.test"});
  const auto context = server({{first.certificate, first.key, {}},
                               {second.certificate, second.key, {}},
                               {third.certificate, third.key, {"said.test", "mx.example.org"}}});
  const std::vector<std::pair<std::string, std::string>> cases{
    {"mx.example.org", first.der},
    {"MAIL.Example.NET", second.der},
    {"any.example.com", second.der},
    {"two.labels.example.com", first.der},
    {"example.com", first.der},
    {"said.test", third.der},
    {"third.test", first.der}, // its names are said, so those of the certificate don't count
    {"nobody.test", first.der},
    {"", first.der},
  };
  for (const auto& [asked, shown] : cases) {
    CAPTURE(asked);
    two_ends fresh;
    tls_demand demand;
    demand.server_name = asked;
    fresh.server->begin_tls(context);
    fresh.client->begin_tls(client(), demand);
    REQUIRE(fresh.shake_hands() == both);
    CHECK((fresh.client->tls()->peer_chain().front().der == shown));
  }
}

TEST_CASE_METHOD(tls_fixture, "tls: what a client demands of a certificate is held to", "[tls]") {
  const auto files = issuer.issue({"mx.example.org"});
  const auto context = server({{files.certificate, files.key, {}}});
  auto demand = by_name("mx.example.org");

  SECTION("the name it is made out to") {
    CHECK(connect(context, demand) == both);
    CHECK(ends.client->tls()->peer_chain().front().spki == files.spki);
  }
  SECTION("one of several names") {
    demand.names = {"other.test", "mx.example.org"};
    CHECK(connect(context, demand) == both);
  }
  SECTION("another name") {
    demand = by_name("mx.example.net");
    CHECK(connect(context, demand).second == handshake_step::failed);
    CHECK(ends.client->tls()->failure() == "hostname mismatch");
    CHECK(ends.client->write_some("MAIL").failed);
  }
  SECTION("no name at all fails rather than that any would do") {
    demand.names.clear();
    CHECK(connect(context, demand).second == handshake_step::failed);
  }
  SECTION("a root that nobody trusts") {
    const support::temp_folder elsewhere;
    support::authority stranger(elsewhere);
    const auto theirs = stranger.issue({"mx.example.org"});
    const auto false_context = server({{theirs.certificate, theirs.key, {}}});
    SECTION("is refused") {
      CHECK(connect(false_context, demand).second == handshake_step::failed);
      CHECK_FALSE(ends.client->tls()->failure().empty());
    }
    SECTION("is told of where nothing is demanded") {
      demand.what = tls_demand::check::nothing;
      CHECK(connect(false_context, demand) == both);
      CHECK(ends.client->tls()->verification().error().code == errc::refused);
    }
  }
  SECTION("TLSA records") {
    demand.what = tls_demand::check::dane;
    SECTION("of its key, whatever its name") {
      demand.names = {"another.test"};
      demand.records = {{3, 1, 0, files.spki}};
      CHECK(connect(context, demand) == both);
    }
    SECTION("of its issuer, and its name") {
      demand.records = {{2, 0, 0, issuer.root().der}};
      CHECK(connect(context, demand) == both);
    }
    SECTION("of its issuer, but another name") {
      demand.names = {"another.test"};
      demand.records = {{2, 0, 0, issuer.root().der}};
      CHECK(connect(context, demand).second == handshake_step::failed);
    }
    SECTION("of another key") {
      demand.records = {{3, 1, 0, issuer.root().spki}};
      CHECK(connect(context, demand).second == handshake_step::failed);
      CHECK(ends.client->tls()->failure() == "no matching DANE TLSA records");
    }
    SECTION("of a kind that has no use for mail") {
      demand.records = {{1, 1, 0, files.spki}};
      CHECK(connect(context, demand).second == handshake_step::failed);
      CHECK(ends.client->tls()->failure() == "no usable TLSA record");
    }
  }
}

TEST_CASE_METHOD(tls_fixture, "tls: a file that is no good is named, with the reason", "[tls]") {
  const auto good = issuer.issue({"mx.example.org"});
  const auto other = issuer.issue({"mx.example.net"});
  const auto write = [this](const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return folder / name;
  };
  const auto why = [](const io::tls_identity& identity) {
    const auto made = io::tls_context::for_server({identity});
    REQUIRE_FALSE(made);
    return made.error();
  };
  CHECK(why({folder / "nothing.pem", good.key, {}})
        == error{errc::not_found, folder / "nothing.pem: No such file or directory"});
  CHECK(why({write("empty.pem", ""), good.key, {}}).detail.starts_with(folder / "empty.pem: "));
  CHECK(why({write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
             good.key, {}})
          .code
        == errc::malformed);
  const auto unfit = why({good.certificate, other.key, {}});
  CHECK(unfit.code == errc::malformed);
  CHECK(unfit.detail == other.key + ": key values mismatch");
  CHECK(why({good.certificate, good.certificate, {}}).code == errc::malformed);
  // A key with a password: no question on a terminal, and no hanging.
  const auto sealed = folder / "sealed.key";
  const auto command = "openssl pkey -in " + good.key + " -aes128 -passout pass:x -out " + sealed;
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(why({good.certificate, sealed, {}}).detail.starts_with(sealed));
  CHECK_FALSE(io::tls_context::for_client({folder / "nothing.pem"}));
  CHECK_FALSE(io::tls_context::for_client({folder / "empty.pem"}));
}

TEST_CASE_METHOD(tls_fixture, "tls: what is no handshake fails, and says so", "[tls]") {
  ends.server->begin_tls(server({identity({"mx.example.org"})}));
  CHECK(ends.server->shake_hands() == handshake_step::wants_read);
  SECTION("plaintext") {
    CHECK(ends.client->write_some("EHLO client.example.net\r\n").bytes == 25);
    CHECK(ends.server->shake_hands() == handshake_step::failed);
    CHECK_FALSE(ends.server->tls()->failure().empty());
  }
  SECTION("nothing, and the end") {
    ends.client->close();
    CHECK(ends.server->shake_hands() == handshake_step::failed);
    CHECK(ends.server->tls()->failure() == "the peer closed the connection");
  }
  SECTION("an end in the middle of a record") {
    CHECK(ends.client->write_some(std::string_view{"\x16\x03\x01\x02\x00\x01", 6}).bytes == 6);
    CHECK(ends.server->shake_hands() == handshake_step::wants_read);
    ends.client->close();
    CHECK(ends.server->shake_hands() == handshake_step::failed);
  }
  CHECK(ends.server->shake_hands() == handshake_step::failed);
  std::array<char, 16> room{};
  CHECK(ends.server->read_some(room).failed);
  CHECK(ends.server->write_some("250").failed);
  ends.server->shut_write();
}

TEST_CASE_METHOD(tls_fixture, "tls: a full socket takes up where it was, from another address",
                 "[tls]") {
  REQUIRE(connect(server({identity({"mx.example.org"})}), {}) == both);
  std::string sent;
  for (int i = 0; sent.size() < 3'000'000; ++i)
    sent += std::to_string(i) + ' ';
  std::string left = sent;
  std::string got;
  unsigned blocked = 0;
  while (!left.empty()) {
    const auto put = ends.server->write_some(left);
    REQUIRE_FALSE(put.failed);
    if (put.would_block) {
      ++blocked;
      got += read_all(*ends.client);
      const auto moved = left + ' '; // the same and more, elsewhere
      left = moved.substr(0, left.size());
    }
    left.erase(0, put.bytes);
  }
  got += read_all(*ends.client);
  CHECK(blocked > 0);
  CHECK(got == sent);
}

TEST_CASE_METHOD(tls_fixture, "tls: bytes that were read ahead wake the reader though the socket is empty",
                 "[tls]") {
  REQUIRE(connect(server({identity({"mx.example.org"})}), {}) == both);
  CHECK(ends.client->write_some("one").bytes == 3);
  CHECK(ends.client->write_some("two").bytes == 3);
  std::array<char, 3> room{};
  CHECK(ends.server->read_some(room).bytes == 3);
  bool woken = false;
  ends.server->wait_readable([&](std::error_code) { woken = true; });
  while (ends.loop.poll() > 0)
    continue;
  REQUIRE(woken);
  CHECK(ends.server->read_some(room).bytes == 3);
  CHECK(std::string(room.data(), 3) == "two");
  CHECK(ends.server->read_some(room).would_block);
  woken = false;
  ends.server->wait_readable([&](std::error_code) { woken = true; });
  ends.loop.poll();
  CHECK_FALSE(woken); // an idle connection does not spin
}

TEST_CASE_METHOD(tls_fixture, "tls: an end is an end, said or not", "[tls]") {
  REQUIRE(connect(server({identity({"mx.example.org"})}), {}) == both);
  CHECK(ends.client->write_some("QUIT").bytes == 4);
  CHECK(read_all(*ends.client).empty()); // a ticket left unread would make a reset of the end
  const bool said = GENERATE(true, false);
  if (said)
    ends.client->shut_write();
  ends.client->close();
  CHECK(read_all(*ends.server) == "QUIT<end>");
}

TEST_CASE_METHOD(tls_fixture, "tls: the first byte that was changed on its way ends the connection",
                 "[tls]") {
  REQUIRE(connect(server({identity({"mx.example.org"})}), {}) == both);
  std::string record{"\x17\x03\x03\x00\x20", 5};
  record.append(0x20, 'x');
  REQUIRE(::send(ends.client_descriptor, record.data(), record.size(), 0) == ssize_t(record.size()));
  CHECK(read_all(*ends.server) == "<failed>");
  CHECK_FALSE(ends.server->tls()->failure().empty());
}

TEST_CASE_METHOD(tls_fixture, "tls: versions before 1.2 are refused", "[tls]") {
  const auto [version, ok] = GENERATE(table<int, bool>(
    {{TLS1_VERSION, false}, {TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, true}}));
  CAPTURE(version);
  ends.server->begin_tls(server({identity({"mx.example.org"}, key_kind::rsa)}));
  raw_client client(ends.client_descriptor, version);
  CHECK(client.shake_hands(*ends.server) == ok);
  if (!ok)
    CHECK(ends.server->tls()->failure() == "unsupported protocol");
  if (version == TLS1_2_VERSION)
    CHECK(ends.server->tls()->binding_exporter().size() == 32);
}

TEST_CASE_METHOD(tls_fixture, "tls: a client that comes again with its ticket skips the certificates",
                 "[tls]") {
  const auto version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  const auto context = server({identity({"mx.example.org"})});
  ends.server->begin_tls(context);
  raw_client client(ends.client_descriptor, version);
  REQUIRE(client.shake_hands(*ends.server));
  REQUIRE(ends.server->write_some("220").bytes == 3);
  std::array<char, 8> room{};
  REQUIRE(SSL_read(client.ssl, room.data(), 8) == 3); // with 1.3 the ticket comes before it
  auto* ticket = SSL_get1_session(client.ssl);

  two_ends again;
  again.server->begin_tls(context);
  client.begin(again.client_descriptor, ticket);
  SSL_SESSION_free(ticket);
  REQUIRE(client.shake_hands(*again.server));
  CHECK(again.server->tls()->is_resumed());
  CHECK(again.server->tls()->binding_exporter() != ends.server->tls()->binding_exporter());
}

namespace {

/// Connections of one client with one server, one after the other.
struct comes_again : tls_fixture {
  io::tls_context_ptr here = server({identity({"mx.example.org", "mx2.example.org"})});
  io::tls_context_ptr there = client();

  /// Whether the session was resumed. A ticket of TLS 1.3 comes with the first words.
  bool resumes(const tls_demand& demand) {
    two_ends more;
    more.server->begin_tls(here);
    more.client->begin_tls(there, demand);
    REQUIRE(more.shake_hands() == both);
    REQUIRE(more.server->write_some("220").bytes == 3);
    REQUIRE(read_all(*more.client) == "220");
    CHECK(more.client->tls()->verification().ok());
    CHECK_FALSE(more.client->tls()->peer_chain().empty());
    CHECK(more.server->tls()->is_resumed() == more.client->tls()->is_resumed());
    return more.client->tls()->is_resumed();
  }
};

} // namespace

TEST_CASE_METHOD(comes_again, "tls: our client resumes what it began with the same wishes", "[tls]") {
  CHECK_FALSE(resumes(by_name("mx.example.org")));
  CHECK(resumes(by_name("mx.example.org")));
  CHECK(resumes(by_name("mx.example.org")));
}

TEST_CASE_METHOD(comes_again, "tls: a session that was begun with other wishes is not resumed", "[tls]") {
  auto careless = by_name("mx.example.org");
  careless.what = tls_demand::check::nothing;
  CHECK_FALSE(resumes(careless));
  CHECK_FALSE(resumes(by_name("mx.example.org")));
  CHECK_FALSE(resumes(by_name("mx2.example.org")));
  auto either = by_name("mx.example.org");
  either.names.emplace_back("mx2.example.org");
  CHECK_FALSE(resumes(either));
  CHECK(resumes(careless));
  CHECK(resumes(either));
}

TEST_CASE_METHOD(comes_again, "tls: a server with other keys gets a whole handshake", "[tls]") {
  CHECK_FALSE(resumes(by_name("mx.example.org")));
  here = server({identity({"mx.example.org"})});
  CHECK_FALSE(resumes(by_name("mx.example.org")));
  CHECK(resumes(by_name("mx.example.org")));
}

TEST_CASE_METHOD(tls_fixture, "tls: a session that a server chokes on is not tried again", "[tls]") {
  const auto shown = identity({"mx.example.org"});
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> here{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  SSL_CTX_set_max_proto_version(here.get(), TLS1_2_VERSION);
  REQUIRE(SSL_CTX_use_certificate_chain_file(here.get(), shown.certificate_file.c_str()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey_file(here.get(), shown.key_file.c_str(), SSL_FILETYPE_PEM) == 1);
  const auto there = client();
  enum class server { works, hangs_up };
  const auto connects = [&](server how) {
    std::array<int, 2> both_ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, both_ends.data()) == 0);
    io::tls_channel ours(there, both_ends[0], by_name("mx.example.org"));
    const std::unique_ptr<SSL, decltype(&SSL_free)> its{SSL_new(here.get()), &SSL_free};
    SSL_set_fd(its.get(), both_ends[1]);
    auto step = ours.shake_hands();
    if (how == server::hangs_up)
      ::shutdown(both_ends[1], SHUT_RDWR);
    for (int round = 0; round < 20 && step == handshake_step::wants_read; ++round) {
      if (how == server::works)
        SSL_accept(its.get());
      step = ours.shake_hands();
    }
    const bool resumed = step == handshake_step::finished && ours.is_resumed();
    SSL_set_shutdown(its.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ::close(both_ends[0]);
    ::close(both_ends[1]);
    return std::pair{step == handshake_step::finished, resumed};
  };
  CHECK(connects(server::works) == std::pair{true, false});
  CHECK(connects(server::works) == std::pair{true, true});
  CHECK_FALSE(connects(server::hangs_up).first);
  CHECK(connects(server::works) == std::pair{true, false});
  CHECK(connects(server::works) == std::pair{true, true});
}

TEST_CASE_METHOD(tls_fixture, "tls: a flood of key updates lets others have their turn", "[tls]") {
  ends.server->begin_tls(server({identity({"mx.example.org"})}));
  raw_client client(ends.client_descriptor, TLS1_3_VERSION);
  REQUIRE(client.shake_hands(*ends.server));
  auto* flood = BIO_new(BIO_s_mem());
  SSL_set0_wbio(client.ssl, flood);
  for (int i = 0; i < 1500; ++i) {
    REQUIRE(SSL_key_update(client.ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(client.ssl) == 1);
  }
  REQUIRE(SSL_write(client.ssl, "NOOP", 4) == 4);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(flood, &bytes);
  REQUIRE(::send(ends.client_descriptor, bytes, static_cast<std::size_t>(size), 0) == size);
  std::array<char, 16> room{};
  int turns = 0;
  io::transfer got;
  for (; turns < 100 && got.bytes == 0; ++turns) {
    got = ends.server->read_some(room);
    REQUIRE_FALSE(got.failed);
    if (got.bytes > 0)
      break;
    bool woken = false;
    ends.server->wait_readable([&](std::error_code) { woken = true; });
    ends.loop.poll();
    REQUIRE(woken);
  }
  CHECK(got.bytes == 4);
  CHECK(turns > 1);
}
