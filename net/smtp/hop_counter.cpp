#include "net/smtp/hop_counter.hpp"

#include "net/core/address_text.hpp"

namespace troupe::smtp {

void hop_counter::look(std::string_view bytes) noexcept {
  constexpr std::string_view name = "received:";
  while (!bytes.empty() && position_ != position::in_body) {
    const char c = bytes.front();
    switch (position_) {
      case position::name:
        bytes.remove_prefix(1);
        if (c == '\r' && matched_ == 0) {
          position_ = position::blank_line;
        } else if (to_lower(c) != name[matched_]) {
          position_ = c == '\n' ? position::name : position::rest_of_line;
          matched_ = 0;
        } else if (++matched_ == name.size()) {
          ++hops_;
          matched_ = 0;
          position_ = position::rest_of_line;
        }
        break;
      case position::rest_of_line: {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos)
          return;
        bytes.remove_prefix(end + 1);
        position_ = position::name;
        break;
      }
      case position::blank_line:
        position_ = c == '\n' ? position::in_body : position::rest_of_line;
        break;
      case position::in_body: break;
    }
  }
}

} // namespace troupe::smtp
