// What a FILTER has of each of its filters, and of the message under way.

#pragma once

#include "actors/filter.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe::actors {

/// A connection to one filter, or the want of one.
struct filter::line {
  line(const filter_terms& what, io::event_loop& loop) : terms(what), socket(loop) {}

  /// How this filter takes part in the message under way.
  enum class part : std::uint8_t {
    asked,
    passed_over, ///< It failed, and mail goes on without it.
    refusing,    ///< It failed, and the message can't go on.
  };

  const filter_terms& terms;
  io::stream_socket socket;
  std::optional<milter::conversation> talk; ///< Once connected.
  std::string_view unsent;                  ///< Of the conversation's last write.
  steady_time dial_deadline{};
  std::uint32_t number = 0; ///< Of its connection: what an older one says is for nobody.
  std::uint32_t client_told = 0;
  std::uint32_t helo_told = 0;
  part role = part::asked;
  bool dialling = false;
  bool reading = false;
  bool writing = false;
  bool permitted = false; ///< FILTER_DESK is to hear how it went.
  bool was_used = false;  ///< It has heard a message before.
};

struct filter::letter {
  milter::message_header header;
  std::size_t fields = 0;    ///< As it came.
  std::uint64_t body_at = 0;
  std::optional<std::string> text; ///< In place of the body that came.
  std::vector<milter::change> envelope;
  std::optional<std::string> hold;
  bool header_changed = false;

  // What the filter under way wants; void unless it lets the message go on.
  milter::message_header draft;
  std::optional<std::string> draft_text;
  std::vector<milter::change> draft_envelope;
  std::optional<std::string> draft_hold;
  bool draft_changed = false;

  std::shared_ptr<body_share> share; ///< Of the texts.
  std::string start;         ///< Of a body in a file, until its header is whole.
  spool_reader reader;
  std::uint64_t offset = 0;  ///< What the filter under way has of the body.
  steady_time read_by = steady_time::max(); ///< The SPOOL has been asked.
  std::uint32_t reads = 0;   ///< Names that question.
  bool header_read = false;
};

} // namespace troupe::actors
