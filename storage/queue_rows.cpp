#include "storage/queue_rows.hpp"

#include "storage/body_reader.hpp"
#include "storage/message_codec.hpp"
#include "storage/queue_schema.hpp"

#include <algorithm>
#include <memory>

namespace troupe::storage {

result<queue_rows> queue_rows::prepare(const sqlite_database& db, body_folder folder) {
  queue_rows made{ std::move(folder)};
  auto done = db.prepare("SELECT mail, file, size, state FROM message WHERE id = ?1", made.message_);
  if (done)
    done = db.prepare("SELECT bytes FROM body WHERE id = ?1", made.body_);
  if (!done)
    return done.error();
  return made;
}

status queue_rows::seek(message_id id) {
  const auto found = message_.bind(1, id.value).step();
  if (!found)
    return found.error();
  return *found ? status{} : error{errc::not_found, "no message " + to_string(id)};
}

result<stored_message> queue_rows::load(message_id id) {
  const statement_guard done{message_};
  if (auto found = seek(id); !found)
    return found.error();
  auto mail = unpack_message(id, message_.blob(0));
  if (!mail)
    return mail.error();
  auto body = body_of(id);
  if (!body)
    return body.error();
  return stored_message{*std::move(mail), *std::move(body), kind_of_column(message_.number(3))};
}

result<found_message> queue_rows::load_mail(message_id id) {
  const statement_guard done{message_};
  if (auto found = seek(id); !found)
    return found.error();
  auto mail = unpack_message(id, message_.blob(0));
  if (!mail)
    return mail.error();
  return found_message{*std::move(mail), kind_of_column(message_.number(3))};
}

result<body_ptr> queue_rows::body_of(message_id id) {
  auto made = std::make_shared<body>();
  made->size = static_cast<std::uint64_t>(message_.number(2));
  if (message_.number(1) != 0) {
    made->file = folder_.path_of(id);
    return body_ptr{std::move(made)};
  }
  const statement_guard done{body_};
  const auto found = body_.bind(1, id.value).step();
  if (!found)
    return found.error();
  const auto bytes = *found ? body_.blob(0) : std::string_view{};
  if (!*found || bytes.size() != made->size)
    return error{errc::malformed, "the body of " + to_string(id) + " is damaged"};
  made->bytes = bytes;
  return body_ptr{std::move(made)};
}

result<std::string> queue_rows::read_body_head(message_id id, std::size_t bytes_max) {
  const statement_guard done{message_};
  if (auto found = seek(id); !found)
    return found.error();
  const auto body = body_of(id);
  if (!body)
    return body.error();
  const auto reader = body_reader::open(*body);
  if (!reader)
    return reader.error();
  std::string head(std::min<std::uint64_t>(bytes_max, reader->size()), '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    const std::span<char> room{head.data() + size, head.size() - size};
    const auto bytes = reader->read(size, room);
    if (!bytes)
      return bytes.error();
    const auto taken = std::min(bytes->size(), room.size());
    if (bytes->data() != room.data())
      std::copy_n(bytes->data(), taken, room.data());
    size += taken;
  }
  return head;
}

} // namespace troupe::storage
