// DELIVERY: one outbound SMTP or LMTP session.
//
//   Place      ROUTE -> [DELIVERY] -> next hop; bodies of files by SPOOL
//   Spawned    by its ROUTE, on an I/O thread, when there is mail and room in the
//              window; connects when it is given its first letter.
//   Dies       when its session is over: told to leave, idle too long, refused,
//              dropped, timed out. What is in hand is answered first.
//   Restarted  never; the ROUTE opens another if there is still mail.
//   Bound      prefetch_max leases; one piece of 256 KiB of a body in hand.
//   States     waiting for its first letter -> connecting -> talking (-> shaking hands ->
//              talking) -> leaving. Every wait has the deadline of client_session,
//              connecting that of options.connect_timeout, and being idle that of
//              options.idle_max. When others wait for its place it is not idle for longer
//              than contended_idle_max, and after a while it begins nothing more.
//
// Where TLS is a wish only and goes wrong, the same host is dialled again for plaintext;
// where it is a must, the next host is.

#pragma once

#include "actors/pinned_actor.hpp"
#include "actors/policy/tls_need.hpp"
#include "actors/role.hpp"
#include "actors/spool.hpp"
#include "actors/tls_reporter.hpp"
#include "actors/worker.hpp"
#include "net/io/stream_socket.hpp"
#include "net/io/timer.hpp"
#include "net/sasl/client_exchange.hpp"
#include "net/smtp/client_session.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::actors {

struct delivery_options {
  smtp::client_options session;
  milliseconds connect_timeout{30'000};
  seconds idle_max{5};               ///< An idle session is kept so long for the next message.
  unsigned messages_max = 100;       ///< On one session; then it ends by itself.
  std::optional<sasl::credentials> login; ///< Its route logs in with them, or not at all.
  std::vector<std::string> sources;  ///< Local addresses to send from; the first of the family.
  io::tls_context_ptr tls;           ///< Null: TLS can't be spoken.
  role_ptr<tls_reporter_actor> reporter; ///< Null: nobody counts.
};

/// While others wait for its place: what its ROUTE has for it comes in less.
inline constexpr milliseconds contended_idle_max{100};

/// Where to connect: tried in order until one answers.
struct dial_target {
  io::endpoint where;
  std::string name; ///< Of the host, for people: "mx.example.net".
  policy::tls_need tls{};
};

class delivery final : public pinned_actor<worker_actor> {
public:
  delivery(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
           std::shared_ptr<const delivery_options> options, std::vector<dial_target> targets,
           foreman_actor route, role_ptr<spool_actor> spool);
  ~delivery() override;

  const char* name() const override { return "delivery"; }
  void on_exit() override;

protected:
  worker_actor::behavior_type make_behavior() override;

private:
  struct task {
    lease_ptr what;
    std::uint64_t token; ///< Two leases of one message may meet here: its id won't do.
    steady_time since;
    spool_reader reader;
    std::uint64_t offset = 0;
    bool begun = false;
  };

  void on_deliver(const deliver& x);
  void on_leave();
  void on_make_room(const make_room& x);

  void dial();
  void dial_next();
  void on_connected(std::error_code why);
  [[nodiscard]] std::string remote_name() const;
  [[nodiscard]] const std::string& source_for(const io::endpoint& to) const;

  // delivery_talk.cpp
  void begin_waiting();
  void begin(task& what);
  void run();
  void act(const smtp::client_action& todo);
  void act(const smtp::session_ready&);
  void act(const smtp::session_failed& x);
  void act(const smtp::transaction_done& x);
  void act(const smtp::want_login& x);
  void act(const smtp::login_challenge& x);
  void act(const smtp::want_body& x);
  void act(const smtp::write_bytes& x);
  void act(const smtp::hang_up&);
  [[nodiscard]] bool is_private() const;
  [[nodiscard]] bool has_proven_itself();
  void supply_from_file(task& what);
  void on_file_read(std::uint64_t token, const file_read& x);
  void on_body_lost(std::uint64_t token, const error& why);
  void leave_host();
  void weigh(const smtp::session_failed& x);
  [[nodiscard]] bool is_unfit() const;
  [[nodiscard]] bool is_at_door() const noexcept {
    return news_ == host_news::unreachable || news_ == host_news::unfit;
  }
  void flush();
  void read();
  void on_readable(std::error_code why);

  // delivery_tls.cpp
  [[nodiscard]] smtp::starttls_use starttls() const;
  void act(const smtp::start_tls&);
  void shake_hands();
  void on_shaken(std::error_code why);
  void after_handshake();
  void report_tls(policy::tls_result result);

  void arm_timer();
  void on_time();
  void answer(const task& what, attempt_end end, std::vector<policy::attempt_result> results);
  void give_up(host_news news, const std::string& why);
  [[nodiscard]] outcome not_connected(const std::string& why) const;
  [[nodiscard]] task* find(std::uint64_t token);
  void quit_when_through();
  [[nodiscard]] unsigned messages_max() const noexcept;
  [[nodiscard]] bool takes_more() const noexcept {
    return !leaving_ && !yields_ && taken_ < messages_max();
  }

  const std::shared_ptr<const delivery_options> options_;
  const std::vector<dial_target> targets_;
  foreman_actor route_;
  role_ptr<spool_actor> spool_;
  io::stream_socket socket_;
  io::timer timer_;
  std::unique_ptr<smtp::client_session> session_; ///< Null until connected.
  std::unique_ptr<sasl::client_exchange> login_; ///< While it logs in.
  std::deque<task> tasks_;
  std::size_t target_ = 0;
  dial_report dialled_;
  std::string_view unsent_; ///< Of the session's last write.
  steady_time dial_deadline_{};
  steady_time idle_since_{};
  milliseconds idle_max_;
  steady_time timer_at_{};
  host_news news_ = host_news::unreachable;
  std::string why_;         ///< The session ended; one line.
  bool reading_ = false;
  bool begun_ = false;      ///< It has been given a letter, and dials.
  bool leaving_ = false;
  bool yields_ = false;     ///< Begins one letter at most: its place is wanted.
  bool hope_ = false;       ///< Some host may yet be fit for letters with REQUIRETLS.
  std::string why_code_;    ///< Enhanced status code of that end, where TLS was it.
  std::string tls_;         ///< What the session travels in, for the log.
  bool shaking_ = false;    ///< Within a TLS handshake.
  bool plainly_ = false;    ///< This host gets no STARTTLS: it went wrong a moment ago.

  /// Where a session that was over at the door is tried again.
  enum class second_try : std::uint8_t {
    no,
    plainly,   ///< At the same host.
    elsewhere, ///< The next host may do better.
  };
  second_try again_ = second_try::no;
  std::uint64_t tokens_ = 0;
  unsigned taken_ = 0;      ///< Messages given to this session.
};

} // namespace troupe::actors
