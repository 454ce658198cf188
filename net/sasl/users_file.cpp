#include "net/sasl/users_file.hpp"

#include "net/sasl/crypt_hash.hpp"
#include "net/sasl/mechanism.hpp"

#include <algorithm>

namespace troupe::sasl {

namespace {

/// One of `count`, chosen by the name; nobody without the key can tell which.
std::size_t pick(std::string_view name, std::string_view key, std::size_t count) {
  const auto dice = hmac(key, "pick " + std::string{name});
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8 | dice[i];
  return number % count;
}

result<stored_secret> read_secret(std::string_view text) {
  if (text.starts_with(scram_prefix)) {
    auto verifier = parse_scram_verifier(text);
    if (!verifier)
      return verifier.error();
    return stored_secret{std::move(*verifier)};
  }
  if (const auto fine = check_crypt_hash(text); !fine)
    return fine.error();
  return stored_secret{crypt_hash{std::string{text}}};
}

std::string check_name(std::string_view name, const users_table& users) {
  if (!is_user_name(name))
    return "the name must have 1 to 255 bytes of UTF-8 without controls";
  if (name.front() == ' ' || name.back() == ' ')
    return "the name begins or ends with a space";
  return users.knows(name) ? "the name stands further up already" : "";
}

} // namespace

bool matches(const stored_secret& kept, const secret& password) {
  if (const auto* hash = std::get_if<crypt_hash>(&kept))
    return matches(hash->text, password.view());
  return matches(std::get<scram_verifier>(kept), password.view());
}

known_secret users_table::find(std::string_view name, std::string_view key) const {
  // The stand-in is found in any case, so that both ways cost the same.
  const auto* const stand_in = order_.empty() ? nullptr : order_[pick(name, key, order_.size())];
  const auto known = users_.find(std::string{name});
  return known == users_.end() ? known_secret{stand_in, false} : known_secret{&known->second, true};
}

known_verifier users_table::find_verifier(std::string_view name, std::string_view key) const {
  const auto& like = *verifiers_[pick(name, key, verifiers_.size())];
  known_verifier found;
  auto& made = found.verifier;
  made.iterations = like.iterations;
  const std::string who{name};
  made.salt = std::string{bytes_of(hmac(key, "salt " + who))} + std::string{bytes_of(hmac(key, "more salt " + who))};
  made.salt.resize(like.salt.size());
  made.stored_key = hmac(key, "stored " + who);
  made.server_key = hmac(key, "server " + who);
  if (const auto known = users_.find(who); known != users_.end())
    if (const auto* real = std::get_if<scram_verifier>(&known->second)) {
      found.verifier = *real;
      found.is_real = true;
    }
  return found;
}

result<users_table> parse_users(std::string_view text) {
  if (text.size() > users_bytes_max)
    return error{errc::limit_exceeded, "it is longer than 64 MiB"};
  users_table users;
  std::string wrong;
  std::size_t errors = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty() || line.front() == '#')
      continue;
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto flaw = colon == line.npos ? std::string{"is no name:secret"} : check_name(name, users);
    if (flaw.empty()) {
      auto kept = read_secret(line.substr(colon + 1));
      if (kept) {
        const auto& there = users.users_.emplace(name, std::move(*kept)).first->second;
        users.order_.push_back(&there);
        if (const auto* verifier = std::get_if<scram_verifier>(&there))
          users.verifiers_.push_back(verifier);
        continue;
      }
      flaw = kept.error().detail;
    }
    if (++errors <= users_errors_max)
      wrong += (wrong.empty() ? "line " : "; line ") + std::to_string(number) + ": " + flaw;
  }
  if (errors > users_errors_max)
    wrong += "; and " + std::to_string(errors - users_errors_max) + " more lines";
  if (errors > 0)
    return error{errc::malformed, wrong};
  return users;
}

} // namespace troupe::sasl
