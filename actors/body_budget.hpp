// The bytes of bodies that all SESSIONS of a node may hold in memory together, while
// they receive them and while the STORE has them. What is on disk does not count.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace troupe::actors {

/// What a session may hold whatever the others do, uncounted, so that each one always
/// gets on: it fills this much, writes it to disk, and fills it again.
inline constexpr std::size_t body_free_bytes = 16 * 1024;

/// Any thread may call anything.
class body_budget {
public:
  explicit body_budget(std::uint64_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  /// All of it or nothing; `give_back` is owed for what was taken.
  [[nodiscard]] bool take(std::uint64_t bytes) noexcept;
  void give_back(std::uint64_t bytes) noexcept;

  /// What was taken before stays taken.
  void set_bytes_max(std::uint64_t bytes_max) noexcept;
  [[nodiscard]] std::uint64_t taken() const noexcept;
  [[nodiscard]] bool is_spent() const noexcept;

private:
  std::atomic<std::uint64_t> bytes_max_;
  std::atomic<std::uint64_t> taken_{0};
};

/// The part of one body. It ends with the last who keeps the body for its SESSION.
class body_share {
public:
  explicit body_share(std::shared_ptr<body_budget> budget) noexcept : budget_(std::move(budget)) {}
  ~body_share();
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;

  /// That much is held now. False: the budget does not cover it, and whoever holds it
  /// takes no more in before it has put something away.
  [[nodiscard]] bool hold(std::uint64_t bytes) noexcept;

private:
  const std::shared_ptr<body_budget> budget_;
  std::uint64_t taken_ = 0;
};

} // namespace troupe::actors
