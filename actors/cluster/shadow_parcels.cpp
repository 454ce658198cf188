// SHADOW: what it says to the SHADOWs of its slice on other nodes, and hears from them.

#include "actors/cluster/shadow.hpp"
#include "actors/event_log.hpp"
#include "storage/message_codec.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

/// Of the two words that bring a message; else null.
const policy::custody_row* row_in(const policy::shadow_message& what) {
  if (const auto* const copy = std::get_if<policy::keep_copy>(&what))
    return &copy->row;
  const auto* const take = std::get_if<policy::take_message>(&what);
  return take == nullptr ? nullptr : &take->row;
}

std::uint64_t attempt_in(const policy::shadow_message& what) {
  if (const auto* const copy = std::get_if<policy::keep_copy>(&what))
    return copy->attempt;
  return std::get<policy::take_message>(what).attempt;
}

/// What is written beside a copy before the machine has heard of it. A message that is to
/// be taken is a copy of the sender's until then.
policy::custody_row first_row(policy::node_id self, policy::node_id from, const policy::shadow_message& what) {
  auto row = *row_in(what);
  row.confirmed = 0;
  if (std::holds_alternative<policy::take_message>(what)) {
    row.by = {static_cast<std::uint16_t>(std::max(1, int{row.by.term}) - 1), from};
    row.holders.clear();
  }
  std::erase(row.holders, self);
  std::erase(row.holders, from);
  return row;
}

} // namespace

caf::result<parcel_taken> shadow::on_parcel(const parcel_came& x) {
  auto what = policy::decode_shadow(x.bytes);
  if (!what || x.on != channel::copies || x.slice != options_.number) {
    log().warn("parcel_refused", {{"actor", path()}, {"peer", x.from.value},
                                  {"reason", what ? std::string{"another slice's"} : what.error().detail}});
    return parcel_taken{};
  }
  if (auto* const word = std::get_if<policy::shadow_word>(&*what); word != nullptr) {
    if (row_in(word->what) == nullptr) {
      hear(x.from, word->what, true);
      return parcel_taken{};
    }
    auto promise = make_response_promise<parcel_taken>();
    on_letter(x.from, *word, promise);
  } else if (auto* const part = std::get_if<policy::body_part>(&*what)) {
    on_part(x.from, *part, make_response_promise<parcel_taken>());
  } else {
    on_part_taken(x.from, std::get<policy::part_taken>(*what));
    return parcel_taken{};
  }
  return caf::delegated<parcel_taken>{};
}

/// Its bytes may come again.
void shadow::finish(taken_promise& promise) {
  if (promise.pending())
    promise.deliver(parcel_taken{});
}

void shadow::hear(policy::node_id from, const policy::shadow_message& what, bool has_room) {
  rules_.receive(from, what, has_room, steady());
  pump();
}

/// First to disk, then to the machine: what it says it holds is there.
void shadow::on_letter(policy::node_id from, policy::shadow_word& word, taken_promise promise) {
  const auto& row = *row_in(word.what);
  const auto number = attempt_in(word.what);
  if (rules_.find(row.id) != nullptr || arriving_.contains(row.id)) {
    if (!arriving_.contains(row.id))
      hear(from, word.what, true);
    return finish(promise);
  }
  auto mail = storage::unpack_message(row.id, word.letter.envelope);
  if (!mail) {
    log().warn("parcel_refused", {{"actor", path()}, {"peer", from.value}, {"reason", mail.error().detail}});
    hear(from, word.what, false);
    return finish(promise);
  }
  auto made = std::make_shared<queued_message>(std::move(*mail));
  const auto bytes = std::visit(
    [](const auto& each) -> std::uint64_t {
      if constexpr (requires { each.bytes; })
        return each.bytes;
      else
        return 0;
    },
    word.what);
  made->body_bytes = bytes;
  if (word.letter.follows) {
    stream_in stream;
    stream.what = word.what;
    stream.mail = std::move(made);
    stream.bytes = bytes;
    begin_stream(from, number, std::move(stream));
    return finish(promise);
  }
  auto whole = std::make_shared<body>();
  whole->bytes = std::move(word.letter.body);
  whole->size = bytes;
  store_copy(from, word.what, made, whole, std::move(promise));
}

void shadow::store_copy(policy::node_id from, const policy::shadow_message& what, const mail_ptr& mail,
                        const body_ptr& body, taken_promise promise) {
  const auto id = mail->id;
  arriving_.insert(id);
  storage::put_custody row{id, policy::encode_custody(first_row(options_.self, from, what))};
  keep_message copy{mail, body, storage::kept_as::copy,
                    std::make_shared<const storage::custody_writes>(storage::custody_writes{row})};
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, std::move(copy))
    .then(
      [this, from, what, row, promise](const message_kept&) mutable {
        arriving_.erase(row.id);
        arrived_ = std::move(row);
        rules_.receive(from, what, true, steady());
        while (auto todo = rules_.next())
          translate(*todo);
        const auto id_here = std::exchange(arrived_, std::nullopt)->id;
        if (rules_.find(id_here) == nullptr) // settled, or refused, while it was written
          write(storage::drop_custody{id_here});
        carry_out();
        finish(promise);
      },
      [this, from, what, id, body, promise](const caf::error& why) mutable {
        arriving_.erase(id);
        if (body->in_file() && from_caf(why).code != errc::storage_failed) // then it may be kept
          send(options_.spool->now(), drop_file{body});
        hear(from, what, false);
        finish(promise);
      });
}

void shadow::say(policy::node_id to, const policy::shadow_parcel& what) {
  send<caf::message_priority::high>(options_.hub->now(),
                                    send_parcel{to, channel::copies, static_cast<std::uint16_t>(options_.number),
                                                policy::encode_shadow(what)});
}

void shadow::send_word(const policy::send_to& x) {
  const auto* const row = row_in(x.what);
  if (row == nullptr)
    return say(x.to, policy::shadow_word{x.what, {}});
  if (out_.contains(attempt_in(x.what)))
    return; // its body is on the way
  if (const auto waiting = legacy_->keeping.find(row->id); waiting != legacy_->keeping.end())
    return send_letter(x.to, x.what, {waiting->second.mail, waiting->second.body});
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, load_messages{{row->id}})
    .then(
      [this, x](const messages_loaded& loaded) {
        if (!loaded.found.empty())
          return send_letter(x.to, x.what, loaded.found.front());
        if (loaded.missing.empty() || !loaded.why.empty())
          return;
        rules_.settled(row_in(x.what)->id, steady());
        pump();
      },
      [](const caf::error&) {}); // the machine asks again
}

void shadow::send_letter(policy::node_id to, policy::shadow_message what, const keep_message& letter) {
  policy::carried_letter carried;
  storage::pack_message(*letter.mail, carried.envelope);
  if (carried.envelope.size() > policy::envelope_bytes_max)
    return; // it stays alone: short of copies
  std::visit(
    [&](auto& each) {
      if constexpr (requires { each.bytes; })
        each.bytes = letter.body->size;
    },
    what);
  carried.follows = letter.body->in_file();
  if (!carried.follows) {
    carried.body = letter.body->bytes;
  } else {
    if (out_.size() >= streams_max)
      return;
    out_[attempt_in(what)] = {to, letter.body, nullptr, false, steady()};
  }
  say(to, policy::shadow_word{std::move(what), std::move(carried)});
}

} // namespace troupe::actors
