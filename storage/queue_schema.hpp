// What a shard's database looks like, how one comes to be, and how one of an older
// version is brought up to date. Internal to this folder.

#pragma once

#include "net/core/queued_message.hpp"
#include "storage/custody.hpp"
#include "storage/queue_store_options.hpp"
#include "storage/sqlite_database.hpp"

#include <algorithm>
#include <string>

namespace troupe::storage {

/// "TrpQ": tells our files from other people's.
inline constexpr std::int64_t queue_application_id = 0x54727051;
inline constexpr std::int64_t queue_schema_version = 2;
inline constexpr std::int64_t queue_page_bytes = 16 * 1024;

/// A time as the column `due` has it.
[[nodiscard]] constexpr std::int64_t milliseconds_of(wall_time at) noexcept {
  return std::max<std::int64_t>(0, at.time_since_epoch().count());
}

/// Only what is queued has a place in the schedule.
[[nodiscard]] inline std::int64_t due_column(const queued_message& mail, message_state state) noexcept {
  return state == message_state::queued ? milliseconds_of(due_of(mail)) : 0;
}

/// The column `state`. A damaged one would index past the counts.
[[nodiscard]] constexpr message_state state_of_column(std::int64_t value) noexcept {
  return static_cast<message_state>(
    std::clamp<std::int64_t>(value, 0, static_cast<std::int64_t>(message_states) - 1));
}

[[nodiscard]] constexpr kept_as kind_of_column(std::int64_t value) noexcept {
  return state_of_column(value) == message_state::copy ? kept_as::copy : kept_as::message;
}

[[nodiscard]] std::string database_path(const queue_store_options& options);

/// Opens, makes or migrates. Nothing is written before the file is known for ours.
/// Fails with storage_foreign (another program's, garbage, or a later version's; the
/// detail says what to do), storage_failed (damaged) or storage_full.
[[nodiscard]] result<sqlite_database> open_for_writing(const queue_store_options& options);

/// Refuses what is not exactly of our version.
[[nodiscard]] result<sqlite_database> open_for_reading(const queue_store_options& options);

} // namespace troupe::storage
