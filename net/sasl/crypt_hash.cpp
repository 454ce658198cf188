#include "net/sasl/crypt_hash.hpp"

#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"
#include "net/sasl/mechanism.hpp"
#include "net/sasl/secret.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace troupe::sasl {

namespace {

constexpr std::size_t hash_bytes_max = 256;
constexpr unsigned bcrypt_cost_max = 15;
constexpr unsigned rounds_max = 5'000'000;
/// Of yescrypt, as its hash spells the logarithm: 128 MiB.
constexpr char yescrypt_cost_max = 'C';
constexpr char yescrypt_block_max = 'T';

/// libcrypt's work space has the password in it.
struct wiped_crypt_data {
  void operator()(crypt_data* space) const {
    OPENSSL_cleanse(space, sizeof *space);
    delete space;
  }
};

std::string run_crypt(std::string_view password, const std::string& setting) {
  std::string word{password};
  const std::unique_ptr<crypt_data, wiped_crypt_data> space{new crypt_data{}};
  const char* const made = crypt_r(word.c_str(), setting.c_str(), space.get());
  wipe(word);
  return made == nullptr || made[0] == '*' ? std::string{} : std::string{made};
}

status too_costly() {
  return error{errc::limit_exceeded, "its hash takes too long to check: make it anew with a lower cost"};
}

status check_rounds(std::string_view rest) {
  constexpr std::string_view word = "rounds=";
  if (!rest.starts_with(word))
    return {};
  rest.remove_prefix(word.size());
  unsigned rounds = 0;
  const auto wrong = std::from_chars(rest.data(), rest.data() + rest.size(), rounds).ec;
  return wrong == std::errc{} && rounds <= rounds_max ? status{} : too_costly();
}

status check_cost(std::string_view hash) {
  const auto kind = hash.substr(1, hash.find('$', 1) - 1);
  const auto rest = hash.substr(kind.size() + 2);
  if (kind == "6" || kind == "5")
    return check_rounds(rest);
  if (kind == "2a" || kind == "2b" || kind == "2y") {
    unsigned cost = 0;
    const auto wrong = std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(2, rest.size()), cost).ec;
    return wrong == std::errc{} && cost <= bcrypt_cost_max ? status{} : too_costly();
  }
  if (kind == "y")
    return rest.size() > 3 && rest[0] == 'j' && rest[1] <= yescrypt_cost_max && rest[2] <= yescrypt_block_max && rest[3] == '$'
             ? status{}
             : too_costly();
  return error{errc::malformed, "is no hash of yescrypt, bcrypt, sha512crypt or sha256crypt, and no SCRAM verifier"};
}

} // namespace

status check_crypt_hash(std::string_view hash) {
  if (hash.size() < 20 || hash.size() > hash_bytes_max || hash.front() != '$' || hash.find('$', 1) == hash.npos
      || !std::all_of(hash.begin(), hash.end(), [](char c) { return is_printable(c) && c != ' '; }))
    return error{errc::malformed, "is no hash of crypt(3) and no SCRAM verifier; troupectl passwd makes them"};
  if (const auto fine = check_cost(hash); !fine)
    return fine;
  const std::string text{hash};
  if (crypt_checksalt(text.c_str()) != CRYPT_SALT_OK)
    return error{errc::malformed, "is no hash that crypt(3) of this system knows"};
  return {};
}

bool matches(std::string_view hash, std::string_view password) {
  if (password.size() > password_bytes_max || password.find('\0') != password.npos)
    return false;
  const auto made = run_crypt(password, std::string{hash});
  return made.size() == hash.size() && CRYPTO_memcmp(made.data(), hash.data(), made.size()) == 0;
}

result<std::string> make_crypt_hash(std::string_view password, std::string_view random) {
  TROUPE_EXPECT(random.size() == crypt_random_bytes);
  if (password.empty() || password.size() > password_bytes_max || password.find('\0') != password.npos)
    return error{errc::malformed, "a password has 1 to 511 bytes and no NUL"};
  std::string setting(CRYPT_GENSALT_OUTPUT_SIZE, '\0');
  const char* const made = crypt_gensalt_rn("$y$", 0, random.data(), static_cast<int>(random.size()),
                                            setting.data(), static_cast<int>(setting.size()));
  if (made == nullptr)
    return error{errc::refused, "crypt(3) of this system makes no yescrypt hashes"};
  auto hash = run_crypt(password, made);
  if (hash.empty())
    return error{errc::refused, "crypt(3) refuses this password"};
  return hash;
}

} // namespace troupe::sasl
