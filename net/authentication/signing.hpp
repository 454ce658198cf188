// Signs one message of ours with every key that its author's domain has.
//
//   made from the header -> body bytes, as they come -> finish

#pragma once

#include "net/authentication/dkim_sign.hpp"
#include "net/core/message_changes.hpp"
#include "net/core/time.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

using signers = std::vector<signer>;
using signers_ptr = std::shared_ptr<const signers>;

/// Signatures of one message; keys beyond these are left out.
inline constexpr std::size_t own_signatures_max = 4;

class signing {
public:
  /// @param start as for an examination
  signing(signers_ptr all, std::string start);
  signing(const signing&) = delete; // its header is a view of its start
  signing& operator=(const signing&) = delete;

  /// False: no key is its author's, and there is nothing to do.
  [[nodiscard]] bool is_wanted() const noexcept { return !chosen_.empty(); }
  [[nodiscard]] std::size_t text_from() const noexcept { return header_.text_from; }
  void take_body(std::string_view bytes) { body_.take(bytes); }

  /// The fields to put in front. Fails with refused where libcrypto does not sign.
  [[nodiscard]] result<std::string> finish(wall_time now);

private:
  const signers_ptr all_;
  const std::string start_;
  const header_section header_;
  std::vector<const signer*> chosen_;
  body_digest body_{signed_body_form};
};

/// All of it for a message in memory: the fields to put in front, or none.
[[nodiscard]] result<std::string> signatures_for(const signers_ptr& all, std::string_view message, wall_time now);

} // namespace troupe::authentication
