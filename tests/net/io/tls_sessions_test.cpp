#include "net/io/tls_sessions.hpp"

#include <catch2/catch.hpp>

#include <openssl/ssl.h>

using namespace troupe;
using namespace troupe::io;

namespace {

const steady_time start{};

tls_sessions::handle fresh() { return tls_sessions::handle{SSL_SESSION_new()}; }

} // namespace

TEST_CASE("tls sessions: one stays until a younger one comes or none", "[tls]") {
  tls_sessions kept;
  auto older = fresh();
  auto younger = fresh();
  SSL_SESSION_set_protocol_version(older.get(), TLS1_2_VERSION);
  SSL_SESSION_set_protocol_version(younger.get(), TLS1_3_VERSION);
  const auto version = [&] { return SSL_SESSION_get_protocol_version(kept.take("a", start).get()); };
  kept.keep("a", std::move(older), start);
  CHECK(kept.take("b", start) == nullptr);
  CHECK(version() == TLS1_2_VERSION);
  CHECK(version() == TLS1_2_VERSION);
  kept.keep("a", std::move(younger), start);
  CHECK(version() == TLS1_3_VERSION);
  CHECK(kept.size() == 1);
  kept.keep("a", nullptr, start);
  CHECK(kept.size() == 0);
}

TEST_CASE("tls sessions: none is old", "[tls]") {
  tls_sessions kept;
  kept.keep("a", fresh(), start);
  kept.keep("b", fresh(), start + std::chrono::seconds{1});
  CHECK(kept.take("a", start + session_lasts - std::chrono::seconds{1}) != nullptr);
  CHECK(kept.take("a", start + session_lasts) == nullptr);
  CHECK(kept.take("b", start + session_lasts) != nullptr);
  CHECK(kept.size() == 1);
}

TEST_CASE("tls sessions: the oldest goes where there are too many", "[tls]") {
  tls_sessions kept;
  for (std::size_t n = 0; n <= sessions_max; ++n)
    kept.keep(std::to_string(n), fresh(), start);
  CHECK(kept.size() == sessions_max);
  CHECK(kept.take("0", start) == nullptr);
  CHECK(kept.take("1", start) != nullptr);
}
