// SHADOW: bodies too large for one parcel. The receiver asks for part after part.

#include "actors/cluster/shadow.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

void shadow::begin_stream(policy::node_id from, std::uint64_t number, stream_in what) {
  const stream_key key{from, number};
  const auto known = in_.find(key);
  if (known == in_.end() && in_.size() >= streams_max)
    return hear(from, what.what, false);
  if (known == in_.end()) {
    what.last = steady();
    in_.emplace(key, std::move(what));
  }
  say(from, policy::part_taken{number, known == in_.end() ? 0 : known->second.received});
}

void shadow::on_part(policy::node_id from, policy::body_part& part, taken_promise promise) {
  const stream_key key{from, part.stream};
  const auto found = in_.find(key);
  // Come again, or of a stream that was given up.
  if (found == in_.end() || found->second.writing || part.offset != found->second.received
      || part.bytes.size() > found->second.bytes - part.offset)
    return finish(promise);
  auto& stream = found->second;
  stream.writing = true;
  stream.last = steady();
  const auto size = part.bytes.size();
  const auto written = [this, key, size, promise](const file_written& x) mutable {
    finish(promise);
    on_part_written(key, size, x.file);
  };
  const auto failed = [this, key, promise](const caf::error&) mutable {
    finish(promise);
    if (const auto lost = in_.find(key); lost != in_.end()) {
      const auto what = std::move(lost->second.what);
      in_.erase(lost);
      hear(key.first, what, false);
    }
  };
  if (stream.file)
    request(options_.spool->now(), caf::infinite, append_file{stream.file, std::move(part.bytes)}).then(written, failed);
  else
    request(options_.spool->now(), caf::infinite, begin_file{stream.mail->id, std::move(part.bytes)})
      .then(written, failed);
}

void shadow::on_part_written(const stream_key& key, std::uint64_t bytes, const spool_file& file) {
  const auto found = in_.find(key);
  if (found == in_.end())
    return;
  auto& stream = found->second;
  stream.writing = false;
  stream.file = file;
  stream.received += bytes;
  say(key.first, policy::part_taken{key.second, stream.received});
  if (stream.received < stream.bytes)
    return;
  stream.writing = true; // until it is synced
  request(options_.spool->now(), caf::infinite, finish_file{std::exchange(stream.file, nullptr)})
    .then(
      [this, key](const file_finished& x) {
        const auto whole = in_.find(key);
        if (whole == in_.end())
          return send(options_.spool->now(), drop_file{x.body});
        const auto what = std::move(whole->second.what);
        const auto mail = std::move(whole->second.mail);
        in_.erase(whole);
        if (rules_.find(mail->id) == nullptr && !arriving_.contains(mail->id))
          return store_copy(key.first, what, mail, x.body, taken_promise{});
        send(options_.spool->now(), drop_file{x.body}); // it came another way meanwhile
        hear(key.first, what, true);
      },
      [this, key](const caf::error&) {
        if (const auto lost = in_.find(key); lost != in_.end()) {
          const auto what = std::move(lost->second.what);
          in_.erase(lost);
          hear(key.first, what, false);
        }
      });
}

void shadow::on_part_taken(policy::node_id from, const policy::part_taken& x) {
  const auto found = out_.find(x.stream);
  if (found == out_.end() || found->second.to != from || found->second.reading)
    return;
  auto& stream = found->second;
  if (x.up_to >= stream.body->size) {
    out_.erase(found);
    return;
  }
  stream.reading = true;
  stream.last = steady();
  request(options_.spool->now(), caf::infinite,
          read_file{stream.body, stream.reader, x.up_to, policy::body_part_bytes_max})
    .then(
      [this, x](const file_read& read) {
        const auto to = out_.find(x.stream);
        if (to == out_.end())
          return;
        to->second.reading = false;
        to->second.reader = read.reader;
        if (read.bytes->empty())
          out_.erase(to); // shorter than it was
        else
          say(to->second.to, policy::body_part{x.stream, x.up_to, *read.bytes});
      },
      [this, x](const caf::error&) { out_.erase(x.stream); });
}

void shadow::give_up_streams() {
  const auto silent = [this](const auto& each) { return steady() - each.second.last > stream_silence_max; };
  std::erase_if(out_, silent);
  std::erase_if(in_, silent);
}

} // namespace troupe::actors
