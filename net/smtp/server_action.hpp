// What a server session asks of its owner, and what the owner may answer.

#pragma once

#include "net/core/envelope.hpp"
#include "net/core/reply.hpp"
#include "net/smtp/client_claims.hpp"
#include "net/smtp/verb.hpp"
#include "net/smtp/wire_action.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe::smtp {

// Views and references live until the next call on the session that is not const.
// Each `ask_` and begin_body is a question: nothing more comes out of the session,
// and its room is 0, until `decide` answers.

/// A connection came in. Accepted: the greeting; refused with 421: reply and hang-up;
/// refused with 554: the session waits for QUIT (RFC 5321 §3.1).
struct ask_peer {};

/// MAIL. `mail` has everything but recipients; nothing is in it from before.
struct ask_sender {
  const envelope& mail;
  std::optional<std::uint64_t> declared_bytes; ///< SIZE=, within the limit already.
};

/// RCPT. `to` is not in `mail.recipients` yet; accepted, it is appended there, with the
/// address that the owner may have put in place of the one that was said.
struct ask_recipient {
  recipient& to;
  const envelope& mail;
};

/// DATA, or the first BDAT. Accepted: append_body follows, and at the end either an
/// accepted ask_commit or one discard_body, whatever happens. Refused: the reply, the
/// transaction stays (DATA) or is dropped (BDAT).
struct begin_body {
  const envelope& mail;
};

/// The next bytes of the body: dots unstuffed, lines as they came or normalised.
/// An owner that can't take more yet simply doesn't call `next` (nor `receive`, or the
/// view dies) until it can, then `resume`: nothing is lost meanwhile, and `room` bounds
/// what piles up.
struct append_body {
  std::string_view bytes; ///< Never empty.
};

/// The body is whole. Only after the commit may `decide` accept (§6.1).
struct ask_commit {
  envelope& mail; ///< The owner may move from it.
  std::uint64_t body_bytes;
};

/// The body begun is not wanted: too long, flawed, refused, or its peer left.
struct discard_body {};

/// AUTH, or what the client answered to a challenge (RFC 4954). Accepted: it is logged in
/// (235), and trusted. `challenge`: 334, and its answer comes as the next ask_login.
/// Refused: the reply, and the login is over.
struct ask_login {
  std::string_view mechanism;             ///< As it was offered; empty: it answers a challenge.
  std::optional<std::string_view> response; ///< Without base64; nothing: AUTH came without one.
};

/// The login under way is over without a verdict: the client gave it up, broke its
/// grammar, or left.
struct login_cancelled {};

/// XCLIENT, where it was offered. Accepted: all begins anew with ask_peer, as if that client
/// had connected.
struct ask_claims {
  const client_claims& claims;
};

/// For the metrics: a command was answered.
struct command_done {
  verb what;
  std::uint16_t code;
};

using server_action = std::variant<write_bytes, ask_peer, ask_sender, ask_recipient, begin_body,
                                   append_body, ask_commit, discard_body, ask_login, login_cancelled,
                                   ask_claims, command_done, start_tls, hang_up>;

/// `text` stands after the code, with the enhanced one: "2.0.0 Ok: queued as 0f3k".
/// Empty: the session's own words. One line, printable.
struct accepted {
  std::string text;
};

/// A 4xx or 5xx reply. 421 closes the connection. @pre 400 <= answer.code < 600
struct refused {
  reply answer;
};

/// To ask_login only: say this, and ask for more.
struct challenge {
  std::string bytes; ///< Without base64.
};

using verdict = std::variant<accepted, refused, challenge>;

} // namespace troupe::smtp
