// Errors are values: what good code can meet (a peer, a disk, a limit) comes back
// as a result, never as an exception. Only bugs throw, see expect.hpp.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace troupe {

enum class errc {
  malformed,        ///< The input broke its grammar.
  limit_exceeded,   ///< One of our bounds; detail names it.
  not_found,        ///< No such message, actor, key or record.
  refused,          ///< A rule of ours says no; detail names the rule.
  storage_full,     ///< No space, or the queue is at its bound.
  storage_failed,   ///< The disk or the database refused.
  storage_foreign,  ///< Not our file, or of a later version than we know.
  draining,         ///< This node is going down; come back later.
  peer_unreachable, ///< No route, refused, or reset.
  timed_out,        ///< A deadline passed.
  mailbox_full,     ///< An actor's bound; come back later.
  worker_lost,      ///< The actor that held the work died.
};

/// The name as it stands in this file, for logs and tests.
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// True where the same request may succeed later. In doubt, true: a 4xx costs a
/// retry, a 5xx costs a letter.
[[nodiscard]] bool is_temporary(errc code) noexcept;

struct error {
  errc code;
  std::string detail; ///< For the log, never for a peer.

  friend bool operator==(const error&, const error&) = default;
};

/// A value or the error that stands in its place.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  result(troupe::error why) : held_(std::in_place_index<1>, std::move(why)) {}

  [[nodiscard]] bool ok() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// @pre ok()
  [[nodiscard]] T& value() & { return std::get<0>(held_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(held_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// @pre !ok()
  [[nodiscard]] const troupe::error& error() const { return std::get<1>(held_); }

private:
  std::variant<T, troupe::error> held_;
};

template <>
class [[nodiscard]] result<void> {
public:
  result() = default;
  result(troupe::error why) : why_(std::move(why)) {}

  [[nodiscard]] bool ok() const noexcept { return !why_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }

  /// @pre !ok()
  [[nodiscard]] const troupe::error& error() const { return why_.value(); }

private:
  std::optional<troupe::error> why_;
};

using status = result<void>;

} // namespace troupe
