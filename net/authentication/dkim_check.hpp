// Judges the DKIM signatures of a message (RFC 6376 §6.1).
//
//   made from the header -> body bytes, as they come -> end_body -> judge, until the
//   book knows the keys

#pragma once

#include "net/authentication/dkim_signature.hpp"
#include "net/authentication/dns_book.hpp"
#include "net/core/header_section.hpp"
#include "net/core/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

/// As RFC 8601 §2.7.1 names them.
enum class dkim_outcome : std::uint8_t { none, pass, fail, policy, neutral, temperror, permerror };
[[nodiscard]] std::string_view to_string(dkim_outcome what) noexcept;

struct dkim_finding {
  dkim_outcome outcome = dkim_outcome::none;
  std::string domain;   ///< d=, or "" where the signature says none.
  std::string selector;
  key_kind kind = key_kind::rsa;
  std::string signature_start;
  std::string why;      ///< Where it does not pass: words of ours, not the peer's.
  bool testing = false;
};

/// Signatures that are looked at, from the top; the others are left alone.
inline constexpr std::size_t signatures_max = 8;

/// The hashes of one body that are wanted, each made once.
class body_digests {
public:
  void want(canonical_form form, std::uint64_t length);
  void take(std::string_view bytes);
  void end();
  struct made {
    std::string digest;
    std::uint64_t unsigned_bytes = 0;
    std::uint64_t missing_bytes = 0;
  };
  /// @pre want(form, length) was called, and then end()
  [[nodiscard]] const made& of(canonical_form form, std::uint64_t length) const;

private:
  using wanted = std::pair<canonical_form, std::uint64_t>;
  std::map<wanted, body_digest> running_;
  std::map<wanted, made> made_;
};

/// What one signature proves, now that the answer with its key is here.
/// @param field where it stands in the header
/// @pre the body's hash that it wants was wanted
[[nodiscard]] dkim_finding judge_signature(const header_section& header, std::size_t field,
                                           const dkim_signature& signature, const body_digests& body,
                                           const dns_answer& answer, wall_time now);

class dkim_check {
public:
  /// @param header its bytes outlive this
  dkim_check(const header_section& header, body_digests& body);

  /// The findings, or nothing where the book lacks a key.
  /// @pre body.end() was called
  [[nodiscard]] std::optional<std::vector<dkim_finding>> judge(const body_digests& body, dns_book& book,
                                                               wall_time now) const;

private:
  struct candidate {
    std::size_t field = 0;
    result<dkim_signature> signature;
  };

  const header_section& header_;
  std::vector<candidate> candidates_;
};

} // namespace troupe::authentication
