// The words of the server machine: every reply of its own, whole but for the CRLF.

#pragma once

#include <string_view>

namespace troupe::smtp::replies {

inline constexpr std::string_view ok = "250 2.0.0 Ok";
inline constexpr std::string_view sender_ok = "250 2.1.0 Ok";
inline constexpr std::string_view recipient_ok = "250 2.1.5 Ok";
inline constexpr std::string_view chunk_ok = "250 2.0.0 Chunk taken";
inline constexpr std::string_view start_data = "354 End data with <CRLF>.<CRLF>";
inline constexpr std::string_view tls_ready = "220 2.0.0 Ready to start TLS";
inline constexpr std::string_view bye = "221 2.0.0 Bye";
inline constexpr std::string_view vrfy = "252 2.5.2 Cannot say, but send it and see";
inline constexpr std::string_view help =
  "214 2.0.0 EHLO HELO STARTTLS MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT, as in RFC 5321";

inline constexpr std::string_view logged_in = "235 2.7.0 Welcome";

inline constexpr std::string_view timeout = "421 4.4.2 Timeout, closing";
inline constexpr std::string_view draining = "421 4.3.2 Going down, come back later";
inline constexpr std::string_view too_many_errors = "421 4.7.0 Too many errors, closing";
inline constexpr std::string_view too_many_messages =
  "421 4.7.0 Enough messages for one connection, closing";
inline constexpr std::string_view lost_track = "421 4.7.0 Lost track of the chunks, closing";

inline constexpr std::string_view tls_unavailable = "454 4.7.0 TLS is not available";

inline constexpr std::string_view too_many_recipients = "452 4.5.3 Too many recipients";

inline constexpr std::string_view login_line_too_long = "500 5.5.6 Line too long for a login";
inline constexpr std::string_view line_too_long = "500 5.5.2 Line too long";
inline constexpr std::string_view bad_characters = "500 5.5.2 Control character in a command";
inline constexpr std::string_view unknown_command = "500 5.5.1 Unknown command";
inline constexpr std::string_view claims_syntax = "501 5.5.4 Bad XCLIENT attribute";
inline constexpr std::string_view hello_syntax = "501 5.5.4 Syntax: EHLO hostname";
inline constexpr std::string_view mail_syntax = "501 5.5.4 Syntax: MAIL FROM:<address>";
inline constexpr std::string_view rcpt_syntax = "501 5.5.4 Syntax: RCPT TO:<address>";
inline constexpr std::string_view bdat_syntax = "501 5.5.4 Syntax: BDAT size [LAST]";
inline constexpr std::string_view argument_missing = "501 5.5.4 An argument is needed";
inline constexpr std::string_view no_arguments = "501 5.5.4 No arguments allowed";
inline constexpr std::string_view ascii_only = "501 5.5.4 Not ASCII";
inline constexpr std::string_view bad_sender = "501 5.1.7 Bad sender address";
inline constexpr std::string_view bad_recipient = "501 5.1.3 Bad recipient address";
inline constexpr std::string_view bad_parameter = "501 5.5.4 Bad parameter";
inline constexpr std::string_view bad_parameter_value = "501 5.5.4 Bad parameter value";
inline constexpr std::string_view auth_syntax = "501 5.5.4 Syntax: AUTH mechanism [initial response]";
inline constexpr std::string_view no_base64 = "501 5.5.2 That is no base64";
inline constexpr std::string_view login_given_up = "501 5.7.0 Login given up";
inline constexpr std::string_view expn = "502 5.5.1 Lists stay closed";
inline constexpr std::string_view hello_first = "503 5.5.1 Send EHLO first";
inline constexpr std::string_view mail_first = "503 5.5.1 Send MAIL first";
inline constexpr std::string_view nested_mail = "503 5.5.1 A transaction is open already";
inline constexpr std::string_view chunks_begun = "503 5.5.1 Only BDAT or RSET now";
inline constexpr std::string_view logged_in_already = "503 5.5.1 You are logged in already";
inline constexpr std::string_view unknown_mechanism = "504 5.5.4 No such mechanism here";
inline constexpr std::string_view login_first = "530 5.7.0 Log in first";
inline constexpr std::string_view encrypt_first = "538 5.7.11 Not before the connection is encrypted";
inline constexpr std::string_view tls_begun = "503 5.5.1 TLS is on already";
inline constexpr std::string_view not_within_mail = "503 5.5.1 Not within a transaction";
inline constexpr std::string_view nobody_accepted = "503 5.5.1 No valid recipients";
inline constexpr std::string_view chunks_needed = "503 5.5.1 BINARYMIME needs BDAT";
inline constexpr std::string_view claims_refused = "550 5.7.0 XCLIENT is not for you";
inline constexpr std::string_view turned_away = "503 5.5.1 Only QUIT now";
inline constexpr std::string_view unknown_parameter = "555 5.5.4 Parameter not recognized";

inline constexpr std::string_view tls_first = "530 5.7.0 Send STARTTLS first";
inline constexpr std::string_view bare_newline = "550 5.6.11 Bare CR or LF in the message";
inline constexpr std::string_view too_long = "552 5.3.4 Message too big";
inline constexpr std::string_view smtputf8_needed = "553 5.6.7 This address needs SMTPUTF8";
inline constexpr std::string_view no_recipients = "554 5.5.1 No valid recipients";
inline constexpr std::string_view bytes_behind_starttls
  = "554 5.5.1 Nothing may come behind STARTTLS before the handshake, closing";
inline constexpr std::string_view too_many_hops = "554 5.4.6 Too many hops";

} // namespace troupe::smtp::replies
