// Looks at one message of a stranger: SPF, DKIM, DMARC and ARC, what to do about them, and
// what to tell those behind us.
//
//   step                 the owner                          ends with
//   header               makes it from the message's start
//   body                 take_body …, end_body
//   questions            conclude; asks what take_questions  an examined message
//                        says, writes the answers, again
//
// Pure: no DNS, clock or dice. An owner that waits no longer says give_up; what is not
// known then has failed for now.

#pragma once

#include "net/authentication/authentication_results.hpp"
#include "net/authentication/dkim_check.hpp"
#include "net/authentication/dns_book.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/message_changes.hpp"
#include "net/core/reply.hpp"
#include "net/core/time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

enum class check_mode : std::uint8_t {
  off,
  mark,   ///< Tell it in Authentication-Results, whatever it is.
  reject, ///< Refuse what fails as well: 550, and 451 where the DNS failed.
};

struct examination_options {
  check_mode spf = check_mode::off;
  check_mode dkim = check_mode::off;
  check_mode dmarc = check_mode::off;
  std::string authserv_id; ///< Our host's name.
  bool reads_arc = false;  ///< Told, and for who seals the message; nothing is refused for it.

  [[nodiscard]] bool looks_at_anything() const noexcept {
    return spf != check_mode::off || dkim != check_mode::off || dmarc != check_mode::off || reads_arc;
  }

  friend bool operator==(const examination_options&, const examination_options&) = default;
};

struct message_facts {
  ip_address client;
  std::string helo;
  mailbox sender;
  wall_time now{};
  unsigned dice = 0; ///< 0 <= dice < 100, for DMARC's pct=.
};

struct examined {
  std::optional<reply> refusal; ///< None: it may come in.
  std::string_view reason;      ///< Of the refusal: "spf", "dkim", "dmarc", "header_too_long".
  message_changes changes;
  findings found;
};

/// Fields of a header that is looked at. One with more, or longer than
/// changed_header_bytes_max, is refused: what stands behind would go through unseen.
inline constexpr std::size_t examined_fields_max = 2000;

class examination {
public:
  /// @param start the message from its beginning: its header whole, or the first
  ///              changed_header_bytes_max bytes of it
  examination(examination_options options, message_facts facts, std::string start);
  examination(const examination&) = delete; // its header is a view of its start
  examination& operator=(const examination&) = delete;

  /// How much of `start` is header: the text that take_body wants begins here.
  [[nodiscard]] std::size_t text_from() const noexcept { return header_.text_from; }
  void take_body(std::string_view bytes) { body_.take(bytes); }
  void end_body() { body_.end(); }
  /// False: nobody wants the body.
  [[nodiscard]] bool wants_body() const noexcept { return dkim_ || arc_; }

  /// Nothing: there are questions.
  /// @pre end_body was called
  [[nodiscard]] std::optional<examined> conclude();
  [[nodiscard]] std::vector<dns_question> take_questions() { return book_.take_missing(); }
  void answer(const dns_question& question, dns_answer answer) { book_.write(question, std::move(answer)); }
  /// No more answers will come.
  void give_up() { book_.close(); }

private:
  [[nodiscard]] bool is_too_long() const noexcept;
  [[nodiscard]] std::optional<findings> find();
  void judge(examined& to) const;

  const examination_options options_;
  const message_facts facts_;
  const std::string start_;
  const header_section header_;
  dns_book book_;
  body_digests body_;
  std::optional<dkim_check> dkim_;
  std::optional<arc_check> arc_;
};

} // namespace troupe::authentication
