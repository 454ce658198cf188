#include "app/admin/actor_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace troupe::app {

namespace {

struct order_name {
  const char* name;
  actor_order order;
};
constexpr std::array orders{
  order_name{"path", actor_order::path}, order_name{"mailbox", actor_order::mailbox},
  order_name{"age", actor_order::age}, order_name{"restarts", actor_order::restarts}};

/// How far in front it stands; of equals the path decides.
std::uint64_t weight(const actors::actor_view& who, actor_order order) {
  switch (order) {
    case actor_order::path: return 0;
    case actor_order::mailbox: return who.mailbox_depth;
    case actor_order::age: return static_cast<std::uint64_t>(who.age.count());
    case actor_order::restarts: return who.restarts;
  }
  return 0;
}

result<std::size_t> limit_of(const std::string& text) {
  std::size_t limit = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, why] = std::from_chars(text.data(), end, limit);
  if (why != std::errc{} || stop != end || limit == 0 || limit > listed_actors_max)
    return error{errc::malformed, "limit is 1 to " + std::to_string(listed_actors_max)};
  return limit;
}

} // namespace

bool stands_before(std::string_view a, std::string_view b) noexcept {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end())
    return x == a.end() && y != b.end();
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return rank(*x) < rank(*y);
}

bool actor_query::takes(const actors::actor_view& who) const {
  if (!kind.empty() && who.kind != kind)
    return false;
  return path.empty() || who.path == path
         || (who.path.size() > path.size() && who.path.starts_with(path) && who.path[path.size()] == '/');
}

result<actor_query> parse_actor_query(const std::map<std::string, std::string>& words) {
  actor_query query;
  const auto given = [&](const char* name) {
    const auto at = words.find(name);
    return at == words.end() || at->second.empty() ? nullptr : &at->second;
  };
  if (const auto* path = given("path")) {
    if (path->front() != '/')
      return error{errc::malformed, "a path begins with '/', as in /queue/shard/0"};
    query.path = *path;
    while (query.path.ends_with('/'))
      query.path.pop_back();
  }
  if (const auto* kind = given("kind"))
    query.kind = *kind;
  if (const auto* sort = given("sort")) {
    const auto at = std::find_if(orders.begin(), orders.end(),
                                 [&](const auto& each) { return *sort == each.name; });
    if (at == orders.end())
      return error{errc::malformed, "sort is path, mailbox, age or restarts"};
    query.order = at->order;
  }
  if (const auto* text = given("limit")) {
    const auto limit = limit_of(*text);
    if (!limit)
      return limit.error();
    query.limit = *limit;
  }
  return query;
}

actor_selection select(const std::vector<actors::actor_view>& all, const actor_query& query) {
  actor_selection found;
  auto& chosen = found.actors;
  for (const auto& each : all)
    if (query.takes(each))
      chosen.push_back(&each);
  found.count = chosen.size();
  const auto stands_first = [&](const auto* a, const auto* b) {
    const auto left = weight(*a, query.order), right = weight(*b, query.order);
    return left != right ? left > right : stands_before(a->path, b->path);
  };
  const auto count = std::min(chosen.size(), query.limit);
  const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(count);
  if (count < chosen.size()) {
    std::nth_element(chosen.begin(), end, chosen.end(), stands_first);
    chosen.erase(end, chosen.end());
  }
  std::sort(chosen.begin(), chosen.end(), stands_first);
  return found;
}

} // namespace troupe::app
