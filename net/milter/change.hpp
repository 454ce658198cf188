// What a filter wants changed, in its own words. Addresses stand in angle brackets or
// not; nothing of it has been checked.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace troupe::milter {

struct recipient_added {
  std::string address;
  std::string parameters; ///< "NOTIFY=NEVER", or empty.
};

struct recipient_deleted {
  std::string address;
};

struct sender_changed {
  std::string address;
  std::string parameters;
};

struct field_added {
  std::string name;
  std::string value;
};

struct field_inserted {
  std::uint32_t place;
  std::string name;
  std::string value;
};

struct field_changed {
  std::uint32_t nth;
  std::string name;
  std::string value; ///< Empty: it goes.
};

/// The first one empties the body; each appends.
struct body_replaced {
  std::string_view bytes; ///< Lives until the next call on the conversation.
};

struct quarantined {
  std::string reason;
};

using change = std::variant<recipient_added, recipient_deleted, sender_changed, field_added,
                            field_inserted, field_changed, body_replaced, quarantined>;

} // namespace troupe::milter
