// The users file: who may log in, and how their passwords are kept. A line each,
//
//   name:secret          a hash of crypt(3), or a SCRAM verifier
//
// beside empty lines and comments, which begin with "#".

#pragma once

#include "net/core/result.hpp"
#include "net/sasl/scram_verifier.hpp"
#include "net/sasl/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace troupe::sasl {

inline constexpr std::size_t users_bytes_max = 64 * 1024 * 1024;
/// Of what is wrong with a file, so much is told.
inline constexpr std::size_t users_errors_max = 10;

struct crypt_hash {
  std::string text;
};
using stored_secret = std::variant<crypt_hash, scram_verifier>;

/// Slow: as long as the secret was made to take.
[[nodiscard]] bool matches(const stored_secret& kept, const secret& password);

/// What to check for a name, whether it is known or not.
struct known_secret {
  const stored_secret* kept = nullptr; ///< Null: the table is empty.
  bool is_real = false;
};
struct known_verifier {
  scram_verifier verifier;
  bool is_real = false;
};

/// Immutable once parsed.
class users_table {
public:
  users_table() = default;
  users_table(users_table&&) = default; // what points into users_ goes on doing so
  users_table& operator=(users_table&&) = default;
  [[nodiscard]] bool knows(std::string_view name) const { return users_.contains(std::string{name}); }
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
  /// Some can log in by SCRAM.
  [[nodiscard]] bool has_verifiers() const noexcept { return !verifiers_.empty(); }

  /// For an unknown name somebody else's, always the same one's for the same name: so
  /// what strangers try costs as much, and as differently, as what exists.
  /// @param key of this node, secret
  [[nodiscard]] known_secret find(std::string_view name, std::string_view key) const;

  /// For a name without a verifier one that is made up, always the same for the same
  /// name, with the salt's size and iterations of somebody who has one.
  /// @pre has_verifiers()
  [[nodiscard]] known_verifier find_verifier(std::string_view name, std::string_view key) const;

private:
  friend result<users_table> parse_users(std::string_view text);

  std::unordered_map<std::string, stored_secret> users_;
  std::vector<const stored_secret*> order_;     ///< As in the file; into users_.
  std::vector<const scram_verifier*> verifiers_;
};

/// Fails with malformed; detail names each bad line by its number, never its contents.
[[nodiscard]] result<users_table> parse_users(std::string_view text);

} // namespace troupe::sasl
