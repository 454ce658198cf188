// Which actors an operator wants to see, and in which order.

#pragma once

#include "actors/directory.hpp"
#include "net/core/result.hpp"

#include <map>
#include <string>
#include <vector>

namespace troupe::app {

/// Actors of one answer.
inline constexpr std::size_t listed_actors_max = 100'000;
inline constexpr std::size_t listed_actors_default = 1000;

/// By path is the order of a tree: whoever stands below another follows it.
enum class actor_order : std::uint8_t { path, mailbox, age, restarts };

struct actor_query {
  std::string path; ///< This one and all below it. Empty: everyone.
  std::string kind; ///< Empty: every kind.
  actor_order order = actor_order::path;
  std::size_t limit = listed_actors_default;

  [[nodiscard]] bool takes(const actors::actor_view& who) const;
};

/// From the names "path", "kind", "sort" and "limit"; others are passed over. Fails
/// with malformed and words for the operator.
[[nodiscard]] result<actor_query> parse_actor_query(const std::map<std::string, std::string>& words);

struct actor_selection {
  std::vector<const actors::actor_view*> actors; ///< At most the limit.
  std::size_t count = 0;                         ///< Of all that the query takes.
};

/// The fullest mailboxes, the oldest, those restarted most often, or the first by path.
/// @param all outlives the selection, which points into it: of ten thousand, the handling
/// alone would be felt by the mail path
[[nodiscard]] actor_selection select(const std::vector<actors::actor_view>& all, const actor_query& query);

/// "/a", "/a/b", "/a.2": a slash comes before everything else.
[[nodiscard]] bool stands_before(std::string_view a, std::string_view b) noexcept;

} // namespace troupe::app
