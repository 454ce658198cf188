// Text that must not stay in memory once nobody needs it: passwords.

#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace troupe::sasl {

/// Overwrites the bytes and empties the string.
void wipe(std::string& text) noexcept;

/// A password on its way. Copies share it; the last one wipes it.
class secret {
public:
  secret() = default;
  explicit secret(std::string_view text);

  [[nodiscard]] std::string_view view() const noexcept {
    return held_ ? std::string_view{*held_} : std::string_view{};
  }

private:
  std::shared_ptr<const std::string> held_;
};

} // namespace troupe::sasl
