// Macros: what a filter is told beside the commands, by the names that sendmail gave
// them: "j", "{client_addr}". A filter may say which ones it wants at which stage.

#pragma once

#include "net/milter/protocol.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::milter {

/// By name without braces: "j", "client_addr". What is empty is not told.
using macro_values = std::map<std::string, std::string, std::less<>>;

/// Of one stage, at most; a longer list is cut.
inline constexpr std::size_t macro_names_max = 64;

class macro_wishes {
public:
  /// Those that Postfix tells, and a few that filters often ask for.
  macro_wishes();

  /// As a filter lists them: "j, {client_addr} _". Names that are none are dropped.
  void set(stage when, std::string_view list);

  [[nodiscard]] const std::vector<std::string>& at(stage when) const;

private:
  std::array<std::vector<std::string>, stages> names_;
};

/// The data of a macro frame for that command, or nothing when there is nothing to tell.
[[nodiscard]] std::optional<std::string> macro_data(char command, const std::vector<std::string>& names,
                                                    const macro_values& values);

} // namespace troupe::milter
