#include "net/sasl/mechanism.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>
#include <array>

namespace troupe::sasl {

namespace {

constexpr std::array<std::string_view, 4> names{"PLAIN", "LOGIN", "SCRAM-SHA-256",
                                                "SCRAM-SHA-256-PLUS"};

} // namespace

std::string_view to_string(mechanism which) noexcept {
  return names[static_cast<std::size_t>(which)];
}

std::optional<mechanism> parse_mechanism(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (equal_ignoring_case(name, names[i]))
      return static_cast<mechanism>(i);
  return std::nullopt;
}

bool is_user_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= user_bytes_max && is_utf8(text)
         && std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

} // namespace troupe::sasl
