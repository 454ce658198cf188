// FILTER: the conversations of one SESSION with its filters (milters).
//
//   Place      SESSION <-> [FILTER] <-> milters; breakers by FILTER_DESK, files by SPOOL
//   Spawned    by the filter POOL for a SESSION that has mail, on the SESSION's I/O
//              thread. It holds one place there, however many filters there are: with a
//              place for each, sessions could wait for each other's.
//   Dies       told to leave, when others wait for its place, or when nobody asked for
//              filter_idle_max.
//   Restarted  never; the SESSION asks for another one and tells it all again.
//   Bound      one question at a time. Of a message: its header, at most
//              milter::header_bytes_max; one piece of its body; a body that a filter put
//              in its place, within message_bytes and the budget of all bodies.
//   States     waiting -> asked. Each wait for a filter has the deadline of
//              filter_terms::waits, one for the SPOOL body_read_max.

#pragma once

#include "actors/body_budget.hpp"
#include "actors/filter_desk.hpp"
#include "actors/filter_terms.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/place_given.hpp"
#include "actors/role.hpp"
#include "actors/spool.hpp"
#include "net/core/message_changes.hpp"
#include "net/io/timer.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::actors {

/// Without a question for so long a FILTER gives its place back.
inline constexpr seconds filter_idle_max{2};
/// For each piece of a body that lies in a file.
inline constexpr seconds body_read_max{60};

enum class filter_stage : std::uint8_t { client, helo, mail, rcpt, data, message };

/// What a client does, as filters are told it.
struct filter_step {
  filter_stage what;
  std::vector<std::string> arguments; ///< Of MAIL and RCPT; of HELO its name.
  milter::client client;              ///< Of the first.
  milter::macro_values macros;        ///< All that are known.
};

/// The last step is the question; those before it this FILTER has not heard.
struct ask_filter {
  std::vector<filter_step> steps; ///< Not empty.
  body_ptr body;                  ///< With a message.
  std::size_t fields_above_own = 0; ///< Of its header: those above our Received.
  std::uint64_t message_bytes_max = 0;
};

struct filter_answered {
  milter::verdict said;
  std::string by;           ///< The filter that had something against it, or failed.
  bool failed = false;      ///< `said` comes of a failure, not of a filter.
  std::shared_ptr<const message_changes> changes; ///< Null: the message stays as it is.
  std::vector<milter::change> envelope; ///< Changes of sender and recipients, in order.
  std::optional<std::string> hold;      ///< Hold it, with this reason.
};

struct leave_filter {};

// Answers; what else can go wrong is worker_lost.
using filter_actor = caf::typed_actor<caf::replies_to<ask_filter>::with<filter_answered>,
                                      // Others wait for its place: it leaves between two messages,
                                      // or, `soon`, after the next answer.
                                      caf::reacts_to<make_room>,
                                      caf::reacts_to<leave_filter>>;

/// Where a FILTER is to be.
struct filter_post {
  io_unit* unit = nullptr;
  filter_list_ptr filters;
  role_ptr<spool_actor> spool;
  std::shared_ptr<body_budget> memory;
};

class filter final : public pinned_actor<filter_actor> {
public:
  filter(caf::actor_config& config, const house& home, std::string path, const filter_post& post,
         role_ptr<filter_desk_actor> desk);
  ~filter() override;

  const char* name() const override { return "filter"; }
  void on_exit() override;

protected:
  filter_actor::behavior_type make_behavior() override;

private:
  struct line;   ///< To one filter.
  struct letter; ///< The message under way.
  using answer_promise = caf::typed_response_promise<filter_answered>;
  enum class posed : std::uint8_t { nothing, client, helo, step };

  // filter.cpp: questions, steps, verdicts
  answer_promise on_ask_filter(const ask_filter& x);
  void on_make_room(const make_room& x);
  [[nodiscard]] bool makes_room() const noexcept;
  void leave();
  void run();
  [[nodiscard]] line* current();
  void pose(line& x, const filter_step& step);
  void act(line& x, const milter::write_bytes& todo);
  void act(line& x, const milter::greeted&);
  void act(line& x, const milter::want_body&);
  void act(line& x, const milter::answered& todo);
  void act(line& x, const milter::changed& todo);
  void act(line& x, const milter::failed& todo);
  void finish(milter::verdict said, const std::string& by, bool failed);
  void arm_timer();
  void on_time();
  [[nodiscard]] steady_time now() { return unit().loop().now(); }

  // filter_line.cpp: connections
  void dial(line& x);
  void on_permit(line& x, filter_permit permit);
  void on_connected(line& x, std::error_code why);
  void flush(line& x);
  void read(line& x);
  void on_readable(line& x, std::error_code why);
  void hang_up(line& x);
  void give_up(line& x, const error& why);
  void tell_desk(line& x, filter_behaviour how, std::string why = {});

  // filter_letter.cpp: the message and what filters change of it
  [[nodiscard]] bool header_is_here();
  void read_header();
  void take_header(std::string_view start, bool is_whole);
  void read_file_at(std::uint64_t offset, std::size_t bytes_max, void (filter::*then)(const std::string&));
  void on_header_piece(const std::string& bytes);
  void on_body_piece(const std::string& bytes);
  void on_unreadable(const error& why);
  void supply(std::string_view bytes);
  [[nodiscard]] status note_change(const milter::change& what, milter::leading_space space);
  void adopt_draft();
  [[nodiscard]] std::shared_ptr<const message_changes> take_changes();

  const filter_post post_;
  const role_ptr<filter_desk_actor> desk_;
  std::vector<std::unique_ptr<line>> lines_;
  io::timer timer_;
  steady_time timer_at_{};
  steady_time idle_since_{};
  ask_filter question_;
  answer_promise asker_;
  std::unique_ptr<letter> letter_;
  filter_step client_, helo_; ///< The latest.
  std::uint32_t client_number_ = 0;
  std::uint32_t helo_number_ = 0;
  std::size_t step_ = 0;      ///< Of the question.
  std::size_t line_ = 0;      ///< Of those that hear it.
  posed posed_ = posed::nothing;
  std::optional<room_wanted> room_wanted_;
  bool asked_ = false;
  bool between_ = false; ///< Two messages.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ask_filter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::filter_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::leave_filter)
