// What a PLACE_POOL says: to whoever asked it, and to the workers it gave a place.

#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <type_traits>

namespace troupe::actors {

/// A worker has its place, and begins. It keeps the place until it ends.
template <class Worker>
struct place_given {
  Worker worker;
};

/// When a worker is to give up its place.
enum class room_wanted : std::uint8_t {
  when_idle, ///< As soon as it has nothing to do.
  soon,      ///< After what it is at, or the first thing it has: it was there for long enough.
};

/// Others wait for a place. A worker hears each of these once at most.
struct make_room {
  room_wanted how = room_wanted::when_idle;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::make_room)

namespace caf {

template <class Worker>
struct allowed_unsafe_message_type<troupe::actors::place_given<Worker>> : std::true_type {};

} // namespace caf
