// Hash maps with text as the key that are searched by view, without making a string.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace troupe::policy {

struct text_hash : std::hash<std::string_view> {
  using is_transparent = void;
};

template <class T>
using text_map = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;
using text_set = std::unordered_set<std::string, text_hash, std::equal_to<>>;

} // namespace troupe::policy
