// The chain of those who sent a message on (ARC, RFC 8617): each left a set of three
// fields, and each set is sealed together with all before it.
//
//   made from the header -> body bytes, as they come -> end_body -> judge, until the
//   book knows the keys

#pragma once

#include "net/authentication/dkim_check.hpp"
#include "net/authentication/dns_book.hpp"
#include "net/core/header_section.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

/// Sets of one message (§4.2.1); above it the chain is broken.
inline constexpr std::size_t arc_sets_max = 50;

/// Where the fields of one set stand in the header.
struct arc_set {
  std::size_t results = 0; ///< ARC-Authentication-Results
  std::size_t message = 0; ///< ARC-Message-Signature
  std::size_t seal = 0;    ///< ARC-Seal
};

/// The sets by their number, the oldest first; none where there are no such fields. Fails
/// with malformed where one lacks a field or has one twice, or the numbers have gaps.
[[nodiscard]] result<std::vector<arc_set>> read_arc_sets(const header_section& header);

/// What a seal covers: sets of the header from the oldest on, relaxed, each with its line end.
[[nodiscard]] std::string sealed_text(const header_section& header, const std::vector<arc_set>& sets);

/// The state of a chain (§4.4); cv= of who seals it next.
enum class arc_outcome : std::uint8_t { none, pass, fail };
[[nodiscard]] std::string_view to_string(arc_outcome what) noexcept;

struct arc_finding {
  arc_outcome outcome = arc_outcome::none;
  std::string why; ///< Where it fails: words of ours, not the peer's.
};

class arc_check {
public:
  /// @param header its bytes outlive this
  arc_check(const header_section& header, body_digests& body);

  /// Nothing where the book lacks a key. A key that the DNS keeps back breaks the chain.
  /// @pre body.end() was called
  [[nodiscard]] std::optional<arc_finding> judge(const body_digests& body, dns_book& book, wall_time now) const;

private:
  struct seal {
    key_kind kind = key_kind::rsa;
    std::string domain;
    std::string selector;
    std::string signature; ///< Decoded.
    std::string says;      ///< cv=
  };

  [[nodiscard]] static result<seal> read_seal(std::string_view value);
  [[nodiscard]] status read_chain(body_digests& body);
  [[nodiscard]] status check_seal(std::size_t at, const dns_answer& answer) const;

  const header_section& header_;
  std::vector<arc_set> sets_;
  std::vector<seal> seals_;
  std::optional<dkim_signature> latest_; ///< The ARC-Message-Signature of the last set.
  std::string broken_;                   ///< Without a look at keys.
};

} // namespace troupe::authentication
