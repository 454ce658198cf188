// One SPF record as terms (RFC 7208 §4.6, §5, §6, §12).

#pragma once

#include "net/core/ip_address.hpp"
#include "net/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

enum class spf_outcome : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };
[[nodiscard]] std::string_view to_string(spf_outcome what) noexcept;

enum class spf_mechanism : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

struct spf_directive {
  spf_outcome matched = spf_outcome::pass; ///< What the qualifier says.
  spf_mechanism mechanism = spf_mechanism::all;
  std::string domain;      ///< Macros not expanded; "": the domain that is checked.
  ip_network network;      ///< Of ip4 and ip6.
  unsigned ip4_bits = 32;
  unsigned ip6_bits = 128;
};

struct spf_record {
  std::vector<spf_directive> directives;
  std::string redirect; ///< Macros not expanded; "": none.
};

/// Terms of one record; above it malformed.
inline constexpr std::size_t spf_terms_max = 200;

/// True for "v=spf1" alone or before a space.
[[nodiscard]] bool is_spf_record(std::string_view text) noexcept;

/// The whole of it, so that an error far behind counts as well (§4.6). Fails with malformed.
/// @pre is_spf_record(text)
[[nodiscard]] result<spf_record> parse_spf_record(std::string_view text);

/// True for macro-string (§7.1); `in_names`: without the letters for explanations only.
[[nodiscard]] bool is_macro_string(std::string_view text, bool in_names) noexcept;

/// Whom and what SPF is asked about.
struct spf_facts {
  ip_address client;
  std::string helo;          ///< As given.
  std::string sender_local;  ///< "postmaster" where there is none.
  std::string sender_domain;
};

/// Expands the macros of a domain-spec (§7). No longer than a name may be: labels go
/// from the left.
/// @param validated what %{p} means; only asked where it stands
/// @pre is_macro_string(spec, true)
[[nodiscard]] std::string expand_macros(std::string_view spec, const spf_facts& facts, std::string_view domain,
                                        std::string_view validated);
[[nodiscard]] bool asks_for_validated(std::string_view spec) noexcept;

} // namespace troupe::authentication
