// How far a client session has come with one transaction, and what became of each of
// its recipients. It keeps the promise of one outcome each; when which command
// may be sent is the session's business.

#pragma once

#include "net/smtp/client_action.hpp"
#include "net/smtp/client_commands.hpp"
#include "net/smtp/client_options.hpp"
#include "net/smtp/client_transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::smtp {

/// What the session does next for it.
enum class client_step : std::uint8_t {
  waiting,    ///< Nothing has been sent.
  recipients, ///< MAIL has; RCPT is being sent.
  answers,    ///< The last RCPT has, and DATA perhaps; replies are awaited.
  body,       ///< A recipient or more is accepted; the body is being sent.
  abandoned,  ///< DATA got 354 but nobody is accepted: only the dot is due.
  sent,       ///< All of it has; only replies are awaited.
};

class client_progress {
public:
  /// `remote` goes into each outcome.
  client_progress(transaction what, const std::string& remote);

  /// Settles what the peer is known not to take, before anything is sent.
  void admit(const client_extensions& offers, const client_options& options);

  /// Settles all that are not.
  void settle_all(outcome_kind kind, const reply& answer, bool remote_said);

  /// The reply to the RCPT that was sent first of those not answered.
  void settle_next_recipient(outcome_kind kind, const reply& answer);
  void accept_next_recipient();

  /// The reply to the body: for the first accepted recipient that has none (LMTP).
  void settle_next_accepted(outcome_kind kind, const reply& answer);

  /// The next recipient that RCPT must name, or nothing when all are named.
  [[nodiscard]] const recipient* next_unnamed();

  [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] bool is_settled() const noexcept { return unsettled_ == 0; }
  [[nodiscard]] bool uses_bdat() const noexcept { return uses_bdat_; }
  [[nodiscard]] const transaction& what() const noexcept { return what_; }
  [[nodiscard]] mail_encoding encoding() const noexcept { return encoding_; }

  /// @pre is_settled()
  [[nodiscard]] transaction_done finish();
  [[nodiscard]] transaction_done give_back() const { return {what_.token, attempt::not_made, {}}; }

  client_step step = client_step::waiting;
  std::size_t replies_due = 0;   ///< Commands sent that are not answered.
  bool first_of_session = false; ///< Its MAIL was the first one.
  bool mail_answered = false;
  bool mail_refused = false;
  bool data_sent = false;
  bool body_answered = false; ///< So the peer holds nothing of it any more.

private:
  void put_off_excess(const client_extensions& offers);
  enum class recipient_step : std::uint8_t { unnamed, named, accepted, settled };

  void settle(std::size_t index, outcome_kind kind, const reply& answer, bool remote_said);
  [[nodiscard]] std::size_t find(recipient_step wanted, std::size_t from) const noexcept;

  transaction what_;
  std::vector<outcome> outcomes_;
  std::vector<recipient_step> steps_;
  std::size_t unsettled_;
  std::size_t accepted_ = 0; ///< By RCPT, whatever came later.
  std::size_t name_from_ = 0;
  std::size_t answer_from_ = 0;
  std::size_t deliver_from_ = 0;
  mail_encoding encoding_ = mail_encoding::ascii;
  bool uses_bdat_ = false;
};

} // namespace troupe::smtp
