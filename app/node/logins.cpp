#include "app/node/logins.hpp"

#include "app/node/compose.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/random.h>
#include <unistd.h>

namespace troupe::app {

namespace {

constexpr std::size_t key_bytes = 32;
/// Dovecot has the pool's timeout for its answer; the pool takes a worker for wedged this
/// much later.
constexpr seconds check_margin{5};

error failed(const std::string& path) {
  return {errc::storage_failed, path + ": " + std::strerror(errno)};
}

class descriptor {
public:
  explicit descriptor(int number) noexcept : number_(number) {}
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int number() const noexcept { return number_; }

private:
  int number_;
};

result<std::string> read_key(const std::string& path, int from) {
  std::array<char, key_bytes + 1> bytes;
  const auto got = ::read(from, bytes.data(), bytes.size());
  if (got < 0)
    return failed(path);
  if (got != static_cast<ssize_t>(key_bytes))
    return error{errc::storage_failed, path + ": has not " + std::to_string(key_bytes) + " bytes; remove it"};
  return std::string(bytes.data(), key_bytes);
}

/// Whole or not at all: written beside its place, synced, and put there.
status write_key(const std::string& path, const std::string& key) {
  const auto beside = path + ".new";
  const descriptor to{::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (to.number() < 0 || ::write(to.number(), key.data(), key.size()) != static_cast<ssize_t>(key.size())
      || ::fsync(to.number()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0)
    return failed(path);
  return {};
}

result<sasl::users_table> read_users(const std::string& path) {
  if (path.empty())
    return sasl::users_table{};
  std::ifstream file(path, std::ios::binary);
  std::string text;
  text.reserve(64 * 1024);
  std::array<char, 16 * 1024> some;
  while (text.size() <= sasl::users_bytes_max && file.read(some.data(), some.size()).gcount() > 0)
    text.append(some.data(), static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad())
    return error{errc::not_found, "auth.users: " + path + " cannot be read"};
  auto users = sasl::parse_users(text);
  if (!users)
    return error{users.error().code, "auth.users: " + path + ": " + users.error().detail};
  return users;
}

bool is_offered(const config& from, login_mechanism which, bool by_default) {
  const auto& wanted = from.auth.mechanisms;
  return wanted.empty() ? by_default : std::find(wanted.begin(), wanted.end(), which) != wanted.end();
}

} // namespace

result<login_book> make_login_book(const config& from,
                                   std::shared_ptr<const policy::local_domains> local) {
  auto users = read_users(from.auth.users);
  if (!users)
    return users.error();
  std::vector<policy::sender_grant> grants;
  for (const auto& each : from.auth.senders)
    grants.push_back({each.user, each.addresses});
  auto senders = policy::sender_rule::make(grants, std::move(local));
  if (!senders)
    return senders.error();
  return login_book{std::make_shared<const sasl::users_table>(std::move(*users)),
                    std::make_shared<const policy::sender_rule>(std::move(*senders))};
}

actors::login_rules_ptr make_login_rules(const config& from, const login_book& book, std::string key) {
  auto made = std::make_shared<actors::login_rules>();
  made->users = book.users;
  made->dovecot = from.auth.dovecot.path;
  made->key = std::move(key);
  made->limits.first = from.auth.delay.first;
  made->limits.longest = from.auth.delay.longest;
  made->breaker = make_breaker(from);
  made->pool_wait = from.pool.auth.timeout;
  return made;
}

std::shared_ptr<const actors::door_logins> make_door_logins(const config& from, const listener_config& door,
                                                            const login_book& book) {
  if (door.auth == listener_auth::off)
    return nullptr;
  auto made = std::make_shared<actors::door_logins>();
  const auto offer = [&made](std::string_view name, bool only_bound) {
    for (auto* each : {&made->mechanisms_bound, &made->mechanisms})
      if (!only_bound || each == &made->mechanisms_bound)
        (*each += each->empty() ? "" : " ") += name;
  };
  // Clients choose the strongest, so it must be one that somebody can use.
  if (book.users->has_verifiers() && is_offered(from, login_mechanism::scram_sha_256, true)) {
    offer("SCRAM-SHA-256-PLUS", true);
    offer("SCRAM-SHA-256", false);
  }
  if (is_offered(from, login_mechanism::plain, true))
    offer("PLAIN", false);
  if (is_offered(from, login_mechanism::login, true))
    offer("LOGIN", false);
  made->in_clear_on_loopback = door.plaintext_auth == plaintext_auth::loopback;
  if (door.senders == listener_senders::own)
    made->senders = book.senders;
  return made;
}

actors::pool_terms make_auth_pool(const config& from) {
  const auto& given = from.pool.auth;
  actors::pool_terms terms{.name = "auth", .path = "/auth/pool", .pool = {}, .restarts = make_supervision(from)};
  terms.pool.min = given.min;
  terms.pool.max = given.max;
  terms.pool.mailbox = given.mailbox;
  terms.pool.buffer = given.buffer;
  terms.pool.timeout = std::min<milliseconds>(given.timeout + check_margin, policy::pool_time_max);
  return terms;
}

seconds login_wait_max(const config& from) {
  const auto wait = policy::login_limit_options{}.queue_max + 2 * from.pool.auth.timeout + 2 * check_margin;
  return std::chrono::ceil<seconds>(wait);
}

result<std::string> open_login_key(const std::string& data_dir) {
  const auto path = data_dir + "/login_key";
  const descriptor there{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (there.number() >= 0)
    return read_key(path, there.number());
  if (errno != ENOENT)
    return failed(path);
  std::string key(key_bytes, '\0');
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
    return failed(path);
  if (const auto written = write_key(path, key); !written)
    return written.error();
  return key;
}

} // namespace troupe::app
