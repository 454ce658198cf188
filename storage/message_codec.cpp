#include "storage/message_codec.hpp"

#include "net/core/packing.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace troupe::storage {

namespace {

// A row has the oldest version that can say what is in it, so that an older Troupe refuses
// only what it would not treat as it must.
constexpr unsigned char first_version = 1;
constexpr unsigned char tls_version = 2; // the wishes of RFC 8689
constexpr unsigned char codec_version = tls_version;
constexpr std::uint8_t notify_all = notify_never | notify_success | notify_failure | notify_delay;
constexpr int priority_max = 9; // RFC 6710 §4
constexpr std::size_t recipient_bytes_min = 11; // one for each field

constexpr std::uint8_t flag_smtputf8 = 1;
constexpr std::uint8_t flag_tls_required = 2;
constexpr std::uint8_t flag_tls_optional = 4;
constexpr std::uint8_t flag_delay_noticed = 1;

// Shortened where a character ends.
void pack_note(std::string_view bytes, packer& to) {
  if (bytes.size() > packed_note_bytes_max) {
    auto end = packed_note_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(bytes[end]) & 0xC0) == 0x80)
      --end;
    bytes = bytes.substr(0, end);
  }
  to.text(bytes);
}

void pack_recipient(const queued_recipient& each, packer& to) {
  to.text(each.to.address.local);
  to.text(each.to.address.domain);
  to.text(each.to.orcpt);
  to.number(each.to.notify & notify_all);
  to.number(static_cast<std::uint8_t>(each.state));
  to.time(each.due);
  to.number(each.attempts);
  to.number(each.crashes);
  to.number(each.delay_noticed ? flag_delay_noticed : 0);
  to.time(each.last_attempt);
  pack_note(each.last_reply, to);
}

queued_recipient unpack_recipient(unpacker& from) {
  queued_recipient each;
  each.to.address.local = from.text();
  each.to.address.domain = from.text();
  each.to.orcpt = from.text();
  each.to.notify = from.number_up_to(notify_all);
  each.state = from.number_up_to(recipient_state::removed);
  each.due = from.time();
  each.attempts = from.number_up_to(std::numeric_limits<std::uint32_t>::max());
  each.crashes = from.number_up_to(std::numeric_limits<std::uint8_t>::max());
  each.delay_noticed = from.number_up_to(flag_delay_noticed) != 0;
  each.last_attempt = from.time();
  each.last_reply = from.text();
  return each;
}

std::uint8_t flags_of(const queued_message& mail) {
  unsigned flags = mail.smtputf8 ? flag_smtputf8 : 0;
  switch (mail.tls) {
    case tls_wish::none: break;
    case tls_wish::required: flags |= flag_tls_required; break;
    case tls_wish::optional: flags |= flag_tls_optional; break;
  }
  return static_cast<std::uint8_t>(flags);
}

void unpack_flags(unpacker& from, unsigned char version, queued_message& mail) {
  constexpr std::uint8_t both = flag_tls_required | flag_tls_optional;
  const auto flags = from.number_up_to(version < tls_version ? flag_smtputf8 : std::uint8_t{flag_smtputf8 | both});
  mail.smtputf8 = (flags & flag_smtputf8) != 0;
  if ((flags & both) == both)
    from.fail();
  else if ((flags & both) != 0)
    mail.tls = (flags & flag_tls_required) != 0 ? tls_wish::required : tls_wish::optional;
}

error damaged(message_id id) {
  return {errc::malformed, "the envelope of " + to_string(id) + " is damaged"};
}

} // namespace

void pack_message(const queued_message& mail, std::string& packed) {
  packed.clear();
  packed += static_cast<char>(mail.tls == tls_wish::none ? first_version : tls_version);
  packer to{packed};
  to.time(mail.received);
  to.text(mail.sender.local);
  to.text(mail.sender.domain);
  to.number(static_cast<std::uint8_t>(mail.body));
  to.number(flags_of(mail));
  to.number(static_cast<std::uint8_t>(mail.ret));
  to.integer(std::clamp(mail.priority, -priority_max, priority_max));
  to.text(mail.envid);
  pack_note(mail.client, to);
  to.number(mail.body_bytes);
  pack_note(mail.hold_reason, to);
  to.number(mail.recipients.size());
  for (const auto& each : mail.recipients)
    pack_recipient(each, to);
}

result<queued_message> unpack_message(message_id id, std::string_view packed) {
  const auto version = packed.empty() ? 0 : static_cast<unsigned char>(packed.front());
  if (version > codec_version)
    return error{errc::storage_foreign,
                 "the envelope of " + to_string(id) + " was written by a later version of troupe"};
  if (version < first_version)
    return damaged(id);
  unpacker from{packed.substr(1)};
  queued_message mail;
  mail.id = id;
  mail.received = from.time();
  mail.sender.local = from.text();
  mail.sender.domain = from.text();
  mail.body = from.number_up_to(body_type::binary_mime);
  unpack_flags(from, static_cast<unsigned char>(version), mail);
  mail.ret = from.number_up_to(dsn_return::headers);
  const auto priority = from.integer();
  if (priority < -priority_max || priority > priority_max)
    from.fail();
  mail.priority = static_cast<int>(priority);
  mail.envid = from.text();
  mail.client = from.text();
  mail.body_bytes = from.number();
  mail.hold_reason = from.text();
  const auto count = from.number();
  if (count > from.left() / recipient_bytes_min)
    return damaged(id);
  mail.recipients.reserve(count);
  for (std::uint64_t i = 0; i < count && from.good(); ++i)
    mail.recipients.push_back(unpack_recipient(from));
  if (!from.good() || from.left() != 0)
    return damaged(id);
  return mail;
}

} // namespace troupe::storage
