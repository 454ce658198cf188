// SESSION: one inbound connection.
//
//   Place      TCP -> [SESSION] -> STORE; large bodies by SPOOL
//   Spawned    by its LISTENER, on the LISTENER's I/O thread.
//   Dies       when the connection ends, by either side, deadline or limit.
//   Restarted  never. Its connection is closed; nothing acknowledged is lost, and
//              what was not acknowledged the client sends again.
//   Bound      body_inline_bytes_max of a body in memory, and as much on its way to
//              the SPOOL; replies that the peer does not read: unsent_bytes_max, then
//              nothing more is read from it.
//   States     those of smtp::server_session. Deadlines are the machine's, that of a
//              commit is rules.commit_wait_max, and a peer that takes no reply for
//              rules.session.idle_max is cut off.

#pragma once

#include "actors/census.hpp"
#include "actors/inbound_rules.hpp"
#include "actors/pinned_actor.hpp"
#include "net/core/ip_address.hpp"
#include "net/io/stream_socket.hpp"
#include "net/io/timer.hpp"
#include "net/smtp/server_session.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>

namespace troupe::actors {

/// Replies that wait for a slow peer; above it we stop reading what causes more.
inline constexpr std::size_t unsent_bytes_max = 16 * 1024;
/// After the last reply the peer gets this long to close, lest a reset overtake it.
inline constexpr seconds linger_max{2};

using session_actor = caf::typed_actor<
  // Answers 421 as soon as no message is under way, and ends.
  caf::reacts_to<drain>>;

class session final : public pinned_actor<session_actor> {
public:
  session(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
          std::unique_ptr<io::stream_socket> socket, const io::endpoint& peer,
          inbound_rules_ptr rules, queue_doors_ptr queue, std::shared_ptr<census> counted);
  ~session() override;

  const char* name() const override { return "session"; }
  void on_exit() override;

protected:
  session_actor::behavior_type make_behavior() override;

private:
  struct reception; ///< The message under way; there is none in an idle session.

  void run();
  void act(const smtp::write_bytes& x);
  void act(const smtp::ask_peer&);
  void act(const smtp::ask_sender& x);
  void act(const smtp::ask_recipient& x);
  void act(const smtp::begin_body& x);
  void act(const smtp::append_body& x);
  void act(const smtp::ask_commit& x);
  void act(const smtp::discard_body&);
  void act(const smtp::command_done& x);
  void act(const smtp::hang_up&);

  void spill();
  void commit();
  void keep(body_ptr body);
  void on_kept(const message_kept& x);
  void on_not_kept(const error& why);
  void on_refused(const error& why);
  void on_file_written(const file_written& x);
  void on_spool_failed(const error& why);
  [[nodiscard]] bool is_busy() const;
  void decide(const smtp::verdict& answer);
  void refuse(reply answer, std::string_view reason);
  void discard_reception();

  void flush();
  void wait_writable();
  void read();
  void on_readable(std::error_code why);
  void arm_timer();
  void on_time();
  void linger();

  std::unique_ptr<io::stream_socket> socket_;
  io::timer timer_;
  const io::endpoint peer_;
  const ip_address address_;
  const inbound_rules_ptr rules_;
  const queue_doors_ptr queue_;
  const std::shared_ptr<census> counted_;
  smtp::server_session machine_;
  std::unique_ptr<reception> message_;
  std::string unsent_;
  const steady_time born_ = steady_now();
  steady_time timer_at_{};
  steady_time stuck_since_{}; ///< The peer takes no bytes since then.
  bool reading_ = false;
  bool writing_ = false;
  bool hanging_up_ = false;
  bool was_busy_ = false; ///< The last `run` stopped for a reason that is not the peer's.
};

} // namespace troupe::actors
