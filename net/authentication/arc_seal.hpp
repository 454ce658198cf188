// Seals a message that is sent on for a stranger (ARC, RFC 8617 §5.1): whoever trusts us
// may go by what we found out about it, though forwarding breaks SPF, and a filter of ours
// the author's signature.
//
//   made from the header -> body bytes, as they come -> finish

#pragma once

#include "net/authentication/arc_chain.hpp"
#include "net/authentication/dkim_sign.hpp"
#include "net/core/message_changes.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace troupe::authentication {

/// What is sealed: our findings when the message came in.
struct arc_statement {
  arc_outcome chain = arc_outcome::none;
  std::string authserv_id;
  std::string results; ///< As results_text writes them.
};

class sealing {
public:
  /// @param start as for an examination
  sealing(std::shared_ptr<const signer> who, arc_statement what, std::string start);
  sealing(const sealing&) = delete; // its header is a view of its start
  sealing& operator=(const sealing&) = delete;

  /// False: its chain is closed (one of its seals says that it failed), full, or can't
  /// be told apart from other fields.
  [[nodiscard]] bool is_wanted() const noexcept { return is_open_; }
  [[nodiscard]] std::size_t text_from() const noexcept { return header_.text_from; }
  void take_body(std::string_view bytes) { body_.take(bytes); }

  /// The set to put in front, its seal first. Fails with refused where libcrypto does not sign.
  /// @pre is_wanted()
  [[nodiscard]] result<std::string> finish(wall_time now);

private:
  const std::shared_ptr<const signer> who_;
  const arc_statement what_;
  const std::string start_;
  const header_section header_;
  std::vector<arc_set> sets_;
  bool is_open_ = false;
  body_digest body_{signed_body_form};
};

} // namespace troupe::authentication
