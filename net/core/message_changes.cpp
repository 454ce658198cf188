#include "net/core/message_changes.hpp"

#include "net/core/header_section.hpp"

#include <utility>

namespace troupe {

changed_head change_head(std::string_view start, const message_changes& what) {
  changed_head made;
  made.bytes = what.prepended;
  if (what.fields.empty() && what.appended.empty() && !what.text)
    return made; // the usual case: nothing of the old header need be read
  const auto header = split_header(start);
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto changed = what.fields.find(i);
    made.bytes += changed == what.fields.end() ? header.fields[i].whole : std::string_view{changed->second};
  }
  if (!made.bytes.empty() && !made.bytes.ends_with('\n'))
    made.bytes += "\r\n"; // the last line of a message that is nothing but header
  made.bytes += what.appended;
  if (header.complete || what.text)
    made.bytes += "\r\n";
  made.instead_of = header.text_from;
  return made;
}

void apply(const message_changes& what, std::string& message) {
  if (what.empty())
    return;
  auto head = change_head(message, what);
  if (what.text) {
    message = std::move(head.bytes);
    message += *what.text;
  } else {
    message.replace(0, head.instead_of, head.bytes);
  }
}

} // namespace troupe
