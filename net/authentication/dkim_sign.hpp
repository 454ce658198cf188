// Signs a message (RFC 6376 §5), with relaxed forms for header and body: what a relay
// does to white space breaks nothing.

#pragma once

#include "net/authentication/crypto.hpp"
#include "net/authentication/dkim_check.hpp"
#include "net/core/header_section.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

/// Who signs.
struct signer {
  std::string domain;   ///< Lower case.
  std::string selector; ///< Lower case.
  private_key key;
};

/// The canonical form whose body digest `sign` takes.
inline constexpr auto signed_body_form = canonical_form::relaxed;

/// The field DKIM-Signature, folded, with its CRLF. Signs every field that a reader
/// sees and one more of each, so that none can be added (§8.15). Fails with refused.
/// @param body_hash of the body in signed_body_form, whole
[[nodiscard]] result<std::string> sign_message(const signer& who, const header_section& header,
                                               std::string_view body_hash, wall_time now);

/// Another field that is made alike: `start` is its name and first tags, "ARC-Message-Signature: i=1; ".
/// @param names of h=, at most signed_fields_max
[[nodiscard]] result<std::string> sign_header(std::string start, const signer& who, const header_section& header,
                                              const std::vector<std::string>& names, std::string_view body_hash,
                                              wall_time now);

/// The names that sign_message signs, as often as it does.
[[nodiscard]] std::vector<std::string> names_to_sign(const header_section& header);

/// As a= says it.
[[nodiscard]] std::string_view algorithm_of(const private_key& key) noexcept;

/// What a signer's key has to be published as: "v=DKIM1; k=rsa; p=…".
[[nodiscard]] std::string key_record(const private_key& key);

/// Appends `text` in lines of a header field, each folded; for base64 and the like.
void append_folded(std::string& to, std::string_view text);

} // namespace troupe::authentication
