#include "actors/command_counts.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

void command_counts::add(std::string_view verb, int code) noexcept {
  if (code < code_min || code > code_max)
    return;
  const auto known = std::find_if(verbs.begin(), verbs.end() - 1, [&](std::string_view x) {
    return std::equal(x.begin(), x.end(), verb.begin(), verb.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
  });
  const auto place = static_cast<std::size_t>(known - verbs.begin());
  counts_[place][static_cast<std::size_t>(code - code_min)].fetch_add(1, std::memory_order_relaxed);
}

} // namespace troupe::actors
