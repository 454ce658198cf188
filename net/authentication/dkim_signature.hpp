// One signature of a message: DKIM-Signature (RFC 6376 §3.5), or the ARC fields that are
// made like it (RFC 8617 §4.1).

#pragma once

#include "net/authentication/canonical.hpp"
#include "net/authentication/crypto.hpp"
#include "net/authentication/tag_list.hpp"
#include "net/core/header_section.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

/// Names in h=; above it malformed.
inline constexpr std::size_t signed_fields_max = 256;

struct dkim_signature {
  key_kind kind = key_kind::rsa;
  std::string domain;   ///< d=, lower case.
  std::string selector; ///< s=, lower case.
  std::string identity; ///< The domain of i=, lower case; d= where there is none.
  canonical_form header = canonical_form::simple;
  canonical_form body = canonical_form::simple;
  std::vector<std::string> fields; ///< h=, lower case.
  std::string body_hash;           ///< bh=, decoded.
  std::string signature;           ///< b=, decoded.
  std::string signature_start;     ///< b=, its first 8 letters: header.b of RFC 8601.
  std::uint64_t length = body_digest::all;
  std::optional<std::uint64_t> made;    ///< t=, seconds since 1970.
  std::optional<std::uint64_t> expires; ///< x=
};

enum class signature_form : std::uint8_t {
  dkim,
  arc_message, ///< No v=; i= is a number, and no identity.
};

/// Fails with malformed (a permanent error of the signer), or with refused where the
/// algorithm is one that no longer counts (RFC 8301).
[[nodiscard]] result<dkim_signature> parse_signature(std::string_view value,
                                                     signature_form form = signature_form::dkim);

/// The field with what b= says taken out (RFC 6376 §3.5), white space around it included.
[[nodiscard]] std::string without_signature(std::string_view whole);

/// The SHA-256 of what b= signs: the fields of h=, each name from below, and then the
/// signature's own field with an empty b=.
/// @param own where the signature's field stands in the header, which is not among the
///            others; past the end where it is not in it yet
[[nodiscard]] std::string header_digest(const header_section& header, std::size_t own,
                                        std::string_view own_field, const std::vector<std::string>& names,
                                        canonical_form form);

/// True where `inner` is `outer` or lies below it. Both lower case.
[[nodiscard]] bool is_within(std::string_view inner, std::string_view outer) noexcept;

} // namespace troupe::authentication
