// Passwords as crypt(3) keeps them: yescrypt, bcrypt, sha512crypt, sha256crypt. Borrowed
// from libcrypt. Checking one takes as long as it was made to take.

#pragma once

#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::sasl {

inline constexpr std::size_t crypt_random_bytes = 32;

/// Fine: a hash of a kind that is good enough, whole, and that costs no more than about
/// two seconds. Else malformed, or limit_exceeded; detail says what it should be.
[[nodiscard]] status check_crypt_hash(std::string_view hash);

/// @pre check_crypt_hash(hash)
[[nodiscard]] bool matches(std::string_view hash, std::string_view password);

/// A yescrypt hash. Fails with malformed for a password that crypt(3) does not take.
/// @pre random.size() == crypt_random_bytes
[[nodiscard]] result<std::string> make_crypt_hash(std::string_view password,
                                                  std::string_view random);

} // namespace troupe::sasl
