#include "app/admin/message_filter.hpp"

#include "app/admin/glob.hpp"
#include "app/config/quantity.hpp"

#include <algorithm>

namespace troupe::app {

shown_state shown_state_of(const queued_message& mail, storage::kept_as kind) noexcept {
  if (kind == storage::kept_as::copy)
    return shown_state::copy;
  if (state_of(mail) == message_state::held)
    return shown_state::held;
  const bool tried
    = std::any_of(mail.recipients.begin(), mail.recipients.end(), [](const auto& each) {
        return each.state == recipient_state::queued && each.attempts > 0;
      });
  return tried ? shown_state::deferred : shown_state::queued;
}

const char* to_string(shown_state state) noexcept {
  switch (state) {
    case shown_state::queued: return "queued";
    case shown_state::deferred: return "deferred";
    case shown_state::held: return "held";
    case shown_state::copy: return "copy";
  }
  return "queued";
}

std::string sender_text(const mailbox& sender) {
  return sender.is_null() ? "<>" : to_string(sender);
}

bool message_filter::takes(const queued_message& mail, wall_time now) const {
  if (older && now - mail.received < *older)
    return false;
  if (state) {
    const auto its = shown_state_of(mail, kind());
    if (its != *state && !(*state == shown_state::queued && its == shown_state::deferred))
      return false;
  }
  if (!from.empty() && !matches_glob(from, sender_text(mail.sender)))
    return false;
  return to.empty()
         || std::any_of(mail.recipients.begin(), mail.recipients.end(), [this](const auto& each) {
              return !is_settled(each.state) && matches_glob(to, to_string(each.to.address));
            });
}

result<message_filter> parse_filter(const std::map<std::string, std::string>& words) {
  message_filter filter;
  for (const auto& [name, value] : words) {
    if (name != "state" && name != "to" && name != "from" && name != "older")
      continue;
    if (value.empty())
      return error{errc::malformed, name + " is empty (the null sender is \"<>\")"};
    if (name == "to") {
      filter.to = value;
    } else if (name == "from") {
      filter.from = value;
    } else if (name == "older") {
      const auto span = parse_duration(value);
      if (!span)
        return error{errc::malformed, "older: " + span.error().detail};
      filter.older = *span;
    } else if (value == "queued") {
      filter.state = shown_state::queued;
    } else if (value == "deferred") {
      filter.state = shown_state::deferred;
    } else if (value == "held") {
      filter.state = shown_state::held;
    } else if (value == "copy") {
      filter.state = shown_state::copy;
    } else {
      return error{errc::malformed, "state is queued, deferred, held or copy"};
    }
  }
  return filter;
}

} // namespace troupe::app
