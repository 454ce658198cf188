// FILTER: the message under way, its pieces to filters, their changes to it.

#include "actors/filter_line.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t header_piece_bytes = 64 * 1024;

} // namespace

// ---- the header

bool filter::header_is_here() {
  if (!letter_) {
    letter_ = std::make_unique<letter>();
    read_header();
  }
  return letter_ && letter_->header_read;
}

void filter::read_header() {
  if (!question_.body->in_file())
    return take_header(question_.body->bytes, true);
  read_file_at(0, header_piece_bytes, &filter::on_header_piece);
}

void filter::take_header(std::string_view start, bool is_whole) {
  auto cut = milter::message_header::read(start, is_whole, question_.fields_above_own);
  if (!cut)
    return finish({milter::verdict_kind::refuse, {552, "5.3.4", {"Message header too long"}}}, {}, false);
  if (!*cut)
    return read_file_at(start.size(), header_piece_bytes, &filter::on_header_piece);
  letter_->header = std::move((*cut)->header);
  letter_->fields = letter_->header.fields().size();
  letter_->body_at = (*cut)->body_at;
  letter_->header_read = true;
  letter_->start = {};
}

void filter::on_header_piece(const std::string& bytes) {
  letter_->start += bytes;
  take_header(letter_->start, letter_->start.size() >= question_.body->size || bytes.empty());
  run();
}

// ---- the file

void filter::read_file_at(std::uint64_t offset, std::size_t bytes_max,
                          void (filter::*then)(const std::string&)) {
  letter_->read_by = now() + body_read_max;
  const auto number = ++letter_->reads;
  const auto is_awaited = [this, number, of = letter_.get()] {
    return letter_.get() == of && letter_->reads == number && letter_->read_by != steady_time::max();
  };
  request(post_.spool->now(), caf::infinite,
          read_file{question_.body, letter_->reader, offset, bytes_max})
    .then(
      [this, then, is_awaited](const file_read& x) {
        if (!is_awaited())
          return;
        letter_->read_by = steady_time::max();
        letter_->reader = x.reader;
        (this->*then)(*x.bytes);
      },
      [this, is_awaited](const caf::error& why) {
        if (!is_awaited())
          return;
        on_unreadable(from_caf(why));
        run();
      });
  arm_timer();
}

void filter::on_unreadable(const error&) {
  letter_->read_by = steady_time::max();
  // In the middle of a message, and the filter would wait for its end.
  if (line_ < lines_.size())
    hang_up(*lines_[line_]);
  finish({milter::verdict_kind::refuse, {451, "4.3.0", {"Local error, try again later"}}}, {}, true);
}

// ---- the body

void filter::act(line&, const milter::want_body&) {
  const auto& body = *question_.body;
  const auto piece = milter::body_chunk_bytes_max;
  if (letter_->text)
    return supply(std::string_view(*letter_->text).substr(letter_->offset, piece));
  const auto at = letter_->body_at + letter_->offset;
  if (!body.in_file())
    return supply(std::string_view(body.bytes).substr(at, piece));
  if (at >= body.size)
    return supply({});
  read_file_at(at, piece, &filter::on_body_piece);
}

void filter::on_body_piece(const std::string& bytes) {
  if (bytes.empty())
    on_unreadable({errc::storage_failed, "the body ends too early"});
  else
    supply(bytes);
  run();
}

void filter::supply(std::string_view bytes) {
  letter_->offset += bytes.size();
  const auto size = letter_->text ? letter_->text->size() : question_.body->size - letter_->body_at;
  lines_[line_]->talk->supply_body(
    bytes, letter_->offset >= size ? milter::piece::last : milter::piece::more_follow, now());
}

// ---- changes

status filter::note_change(const milter::change& what, milter::leading_space space) {
  constexpr std::size_t envelope_changes_max = 10'000;
  auto& mine = *letter_;
  if (const auto* x = std::get_if<milter::body_replaced>(&what)) {
    auto& text = mine.draft_text ? *mine.draft_text : mine.draft_text.emplace();
    if (text.size() + x->bytes.size() > question_.message_bytes_max)
      return error{errc::limit_exceeded, "the new body is longer than a message may be"};
    if (!mine.share)
      mine.share = std::make_shared<body_share>(post_.memory);
    if (!mine.share->hold(text.size() + x->bytes.size() + (mine.text ? mine.text->size() : 0)))
      return error{errc::limit_exceeded, "no memory for the new body"};
    text += x->bytes;
    return {};
  }
  if (const auto* x = std::get_if<milter::quarantined>(&what)) {
    mine.draft_hold = x->reason;
    return {};
  }
  status made;
  if (const auto* x = std::get_if<milter::field_added>(&what))
    made = mine.draft.add(x->name, x->value, space);
  else if (const auto* put = std::get_if<milter::field_inserted>(&what))
    made = mine.draft.insert(put->place, put->name, put->value, space);
  else if (const auto* other = std::get_if<milter::field_changed>(&what))
    made = mine.draft.change(other->nth, other->name, other->value, space);
  else {
    if (mine.envelope.size() + mine.draft_envelope.size() >= envelope_changes_max)
      return error{errc::limit_exceeded, "too many changes of the envelope"};
    mine.draft_envelope.push_back(what);
    return {};
  }
  mine.draft_changed = true;
  return made;
}

/// The filter lets the message go on: what it wanted is so now, for the next one too.
void filter::adopt_draft() {
  auto& mine = *letter_;
  if (std::exchange(mine.draft_changed, false)) {
    mine.header = std::move(mine.draft);
    mine.header_changed = true;
  }
  if (mine.draft_text)
    mine.text = std::exchange(mine.draft_text, std::nullopt);
  for (auto& each : mine.draft_envelope)
    mine.envelope.push_back(std::move(each));
  mine.draft_envelope.clear();
  if (mine.draft_hold)
    mine.hold = std::exchange(mine.draft_hold, std::nullopt);
}

std::shared_ptr<const message_changes> filter::take_changes() {
  if (!letter_->header_changed && !letter_->text)
    return nullptr;
  message_changes all;
  if (letter_->header_changed) {
    all.prepended = letter_->header.text();
    for (std::size_t i = 0; i < letter_->fields; ++i)
      all.fields.emplace(i, std::string{});
  }
  all.text = std::move(letter_->text);
  return std::make_shared<const message_changes>(std::move(all));
}

} // namespace troupe::actors
