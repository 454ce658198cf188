#include "actors/span_book.hpp"

#include "actors/metrics.hpp"

#include <algorithm>
#include <iterator>

namespace troupe::actors {

namespace {

constexpr std::uint64_t share_scale = std::uint64_t{1} << 32;

/// Stafford's finaliser of splitmix64: each bit of the input moves half of those that come out.
std::uint64_t stirred(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

std::uint64_t not_zero(std::uint64_t x) noexcept { return x == 0 ? 1 : x; }

} // namespace

std::array<std::uint64_t, 2> trace_number(message_id of) noexcept {
  const auto first = stirred(static_cast<std::uint64_t>(of.value));
  return {not_zero(first), stirred(first)};
}

std::uint64_t span_number(message_id of, std::string_view name, std::uint64_t which) noexcept {
  auto made = stirred(static_cast<std::uint64_t>(of.value) ^ stirred(which));
  for (const char c : name)
    made = stirred(made ^ static_cast<unsigned char>(c));
  return not_zero(made);
}

void span_book::set_share(double share) noexcept {
  below_ = static_cast<std::uint64_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(share_scale));
}

bool span_book::wants(message_id of) const noexcept {
  const auto below = below_.load(std::memory_order_relaxed);
  return below != 0 && trace_number(of)[1] % share_scale < below;
}

void span_book::add(span what) {
  {
    const std::lock_guard lock(mutex_);
    if (spans_.size() < spans_max) {
      spans_.push_back(std::move(what));
      return;
    }
  }
  metrics_.trace_spans_total("dropped").add();
}

std::vector<span> span_book::take(std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto end = spans_.begin() + static_cast<std::ptrdiff_t>(std::min(most, spans_.size()));
  std::vector<span> taken(std::make_move_iterator(spans_.begin()), std::make_move_iterator(end));
  spans_.erase(spans_.begin(), end);
  return taken;
}

} // namespace troupe::actors
