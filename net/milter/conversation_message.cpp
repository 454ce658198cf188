// The message to a filter: fields, end of header, body, end; and what it wants changed.

#include "net/milter/conversation.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::milter {

namespace {

/// Fields that need no answer leave together, up to about this much.
constexpr std::size_t batch_bytes_max = 64 * 1024;

/// Filters know header lines that end in LF.
std::string lines_of(std::string_view body, leading_space how) {
  if (how == leading_space::implied && body.starts_with(' '))
    body.remove_prefix(1); // one space, as sendmail does
  std::string out;
  out.reserve(body.size());
  for (std::size_t i = 0; i < body.size(); ++i)
    if (body[i] != '\r' || i + 1 == body.size() || body[i + 1] != '\n')
      out += body[i];
  return out;
}

} // namespace

void conversation::message(const message_header& header, const macro_values& values, steady_time now) {
  now_ = now;
  if (client_ == standing::refused || message_ == standing::refused)
    return answer({verdict_kind::refuse, refusal_});
  if (client_ == standing::accepted || message_ == standing::accepted)
    return answer({});
  header_ = &header;
  values_ = values;
  field_ = 0;
  part_ = part::header;
  wants_body_ = false;
  body_told_ = has(talk::no_body);
  asked_ = 0;
  enter(state::telling, now);
}

std::optional<action> conversation::tell() {
  while (asked_ == 0 && output_.size() < batch_bytes_max) {
    switch (part_) {
      case part::header:
        if (has(talk::no_headers) || field_ == header_->fields().size())
          part_ = part::end_of_header;
        else
          tell_field(header_->fields()[field_++]);
        break;
      case part::end_of_header:
        part_ = part::body;
        if (has(talk::no_end_of_header))
          break;
        tell_macros(command::end_of_header, stage::end_of_header, values_);
        append_frame(output_, command::end_of_header, {});
        if (!has(talk::no_reply_end_of_header))
          asked_ = command::end_of_header;
        break;
      case part::body:
        if (body_told_) {
          part_ = part::end_of_message;
          break;
        }
        // What is out goes first: the owner has one piece of the body at a time.
        if (!output_.empty() || wants_body_)
          return std::nullopt;
        wants_body_ = true;
        deadline_ = told_by_; // it is the owner's turn
        return want_body{};
      case part::end_of_message: tell_end_of_message(); break;
    }
  }
  return std::nullopt;
}

void conversation::tell_field(const message_header::field& x) {
  if (x.hidden)
    return;
  std::string data;
  append_text(data, x.name);
  append_text(data, lines_of(x.body, space()));
  append_frame(output_, command::header, data);
  if (!has(talk::no_reply_header))
    asked_ = command::header;
  set_deadline(options_.reply_max);
}

void conversation::supply_body(std::string_view bytes, piece which, steady_time now) {
  TROUPE_EXPECT(wants_body_ && bytes.size() <= body_chunk_bytes_max);
  now_ = now;
  wants_body_ = false;
  body_told_ = which == piece::last;
  set_deadline(options_.reply_max);
  if (bytes.empty())
    return;
  append_frame(output_, command::body, bytes);
  if (!has(talk::no_reply_body))
    asked_ = command::body;
}

void conversation::tell_end_of_message() {
  tell_macros(command::end_of_message, stage::end_of_message, values_);
  append_frame(output_, command::end_of_message, {});
  asked_ = command::end_of_message;
  set_deadline(options_.message_max);
}

result<change> parse_change(const frame& x) {
  frame_fields fields(x.data);
  const auto text = [&]() -> std::string {
    const auto read = fields.text();
    return read ? std::string(*read) : std::string{};
  };
  const error cut{errc::malformed, "a change of the filter is cut"};
  switch (x.letter) {
    case response::replace_body: return change{body_replaced{x.data}};
    case response::quarantine: {
      const auto why = fields.text();
      return change{quarantined{why ? std::string(*why) : std::string(x.data)}};
    }
    case response::add_rcpt:
    case response::add_rcpt_with: {
      const auto address = fields.text();
      if (!address)
        return cut;
      return change{recipient_added{std::string(*address), text()}};
    }
    case response::delete_rcpt: {
      const auto address = fields.text();
      if (!address)
        return cut;
      return change{recipient_deleted{std::string(*address)}};
    }
    case response::change_from: {
      const auto address = fields.text();
      if (!address)
        return cut;
      return change{sender_changed{std::string(*address), text()}};
    }
    default: break;
  }
  std::uint32_t number = 0;
  if (x.letter != response::add_header) {
    const auto read = fields.number();
    if (!read)
      return cut;
    number = *read;
  }
  const auto name = fields.text();
  if (!name)
    return cut;
  const auto value = fields.text();
  if (!value)
    return cut;
  if (x.letter == response::add_header)
    return change{field_added{std::string(*name), std::string(*value)}};
  if (x.letter == response::insert_header)
    return change{field_inserted{number, std::string(*name), std::string(*value)}};
  return change{field_changed{number, std::string(*name), std::string(*value)}};
}

} // namespace troupe::milter
