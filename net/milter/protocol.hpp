// The words of the milter protocol, version 6, as libmilter speaks it: what a mail
// server (here) and a filter (there) say to each other. There is no RFC; the truth is
// libmilter's behaviour and its documentation.

#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::milter {

/// The one that we speak. A filter answers with this one or an older one.
inline constexpr std::uint32_t version = 6;
inline constexpr std::uint32_t version_min = 2;

/// What we say. The letter is the first byte of the frame.
namespace command {
inline constexpr char negotiate = 'O';
inline constexpr char macros = 'D';
inline constexpr char connect = 'C';
inline constexpr char helo = 'H';
inline constexpr char mail = 'M';
inline constexpr char rcpt = 'R';
inline constexpr char data = 'T';
inline constexpr char header = 'L';
inline constexpr char end_of_header = 'N';
inline constexpr char body = 'B';
inline constexpr char end_of_message = 'E';
inline constexpr char abort = 'A';   ///< Not answered.
inline constexpr char quit = 'Q';    ///< Not answered.
} // namespace command

/// What a filter says.
namespace response {
inline constexpr char negotiate = 'O';
inline constexpr char proceed = 'c';
inline constexpr char accept = 'a';
inline constexpr char reject = 'r';
inline constexpr char tempfail = 't';
inline constexpr char discard = 'd';
inline constexpr char reply_code = 'y';
inline constexpr char shutdown = '4';  ///< 421, and the connection ends.
inline constexpr char conn_fail = 'f'; ///< The same, without a word of ours.
inline constexpr char progress = 'p';
inline constexpr char skip = 's';      ///< No more of the body, please.
// Changes, at the end of a message only.
inline constexpr char add_rcpt = '+';
inline constexpr char add_rcpt_with = '2';
inline constexpr char delete_rcpt = '-';
inline constexpr char change_from = 'e';
inline constexpr char add_header = 'h';
inline constexpr char insert_header = 'i';
inline constexpr char change_header = 'm';
inline constexpr char replace_body = 'b';
inline constexpr char quarantine = 'q';
} // namespace response

/// What a filter may do to a message; it answers with those that it will use.
namespace may {
inline constexpr std::uint32_t add_headers = 0x1;
inline constexpr std::uint32_t change_body = 0x2;
inline constexpr std::uint32_t add_rcpt = 0x4;
inline constexpr std::uint32_t delete_rcpt = 0x8;
inline constexpr std::uint32_t change_headers = 0x10;
inline constexpr std::uint32_t quarantine = 0x20;
inline constexpr std::uint32_t change_from = 0x40;
inline constexpr std::uint32_t add_rcpt_with = 0x80;
inline constexpr std::uint32_t name_macros = 0x100;
inline constexpr std::uint32_t all = 0x1ff;
} // namespace may

/// How the two talk; a filter answers with those that it wants.
namespace talk {
inline constexpr std::uint32_t no_connect = 0x1;
inline constexpr std::uint32_t no_helo = 0x2;
inline constexpr std::uint32_t no_mail = 0x4;
inline constexpr std::uint32_t no_rcpt = 0x8;
inline constexpr std::uint32_t no_body = 0x10;
inline constexpr std::uint32_t no_headers = 0x20;
inline constexpr std::uint32_t no_end_of_header = 0x40;
inline constexpr std::uint32_t no_reply_header = 0x80;
inline constexpr std::uint32_t no_unknown = 0x100;
inline constexpr std::uint32_t no_data = 0x200;
inline constexpr std::uint32_t skip = 0x400;
inline constexpr std::uint32_t no_reply_connect = 0x1000;
inline constexpr std::uint32_t no_reply_helo = 0x2000;
inline constexpr std::uint32_t no_reply_mail = 0x4000;
inline constexpr std::uint32_t no_reply_rcpt = 0x8000;
inline constexpr std::uint32_t no_reply_data = 0x10000;
inline constexpr std::uint32_t no_reply_unknown = 0x20000;
inline constexpr std::uint32_t no_reply_end_of_header = 0x40000;
inline constexpr std::uint32_t no_reply_body = 0x80000;
inline constexpr std::uint32_t leading_space = 0x100000;
/// Not offered: refused recipients (0x800), frames above 64 KiB (0x10000000, 0x20000000).
inline constexpr std::uint32_t all = 0x1ff7ff;
} // namespace talk

/// The stages that have macros of their own, in the order of libmilter's list.
enum class stage : std::uint8_t { connect, helo, mail, rcpt, data, end_of_message, end_of_header };
inline constexpr std::size_t stages = 7;

/// Of a body at once, without the letter: libmilter takes no more.
inline constexpr std::size_t body_chunk_bytes_max = 65535;
/// Of one frame of a filter. libmilter sends at most 64 KiB of a body at once.
inline constexpr std::size_t frame_bytes_max = 256 * 1024;

} // namespace troupe::milter
