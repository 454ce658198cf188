// SESSION: one inbound connection.
//
//   Place      TCP -> [SESSION] -> STORE; large bodies by SPOOL
//   Spawned    by its LISTENER, on the LISTENER's I/O thread.
//   Dies       when the connection ends, by either side, deadline or limit. It gives its
//              place in the census back itself, whether its LISTENER lives or not.
//   Restarted  never. Its connection is closed; nothing acknowledged is lost, and
//              what was not acknowledged the client sends again.
//   Bound      body_inline_bytes_max of a body in memory, and as much on its way to
//              the SPOOL. Above body_free_bytes they count against the budget that all
//              sessions share; where it does not cover them, the session writes what it
//              has to the SPOOL and reads on only then, so no session ever waits for
//              another's memory. Replies that the peer does not read: unsent_bytes_max,
//              then nothing more is read from it.
//              A handshake holds a thread for the one signature that the server makes.
//   States     those of smtp::server_session. Deadlines are the machine's, that of an
//              answer of SPOOL or STORE is rules.commit_wait_max, that of the GATEKEEPER
//              rules.login_wait_max, that of a TLS handshake rules.handshake_max, and a peer
//              that takes no reply for rules.session.idle_max is cut off. Before them: a
//              PROXY header where one is due (proxy_header_wait_max), silence for
//              rules.door.greet_delay; at MAIL block lists (rules.door.block_list_wait).
//              FILTERS have deadlines of their own; a silent one is given up after
//              filter_silence_max, the client's name for them after client_name_wait_max.

#pragma once

#include "actors/inbound_rules.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/gatekeeper.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/message_changes.hpp"
#include "net/dns/records.hpp"
#include "net/io/stream_socket.hpp"
#include "net/io/timer.hpp"
#include "net/sasl/server_exchange.hpp"
#include "net/smtp/server_session.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace troupe::authentication {
struct dns_question;
}

namespace troupe::actors {

struct doorway;
struct message_examined;
enum class examination_kind : std::uint8_t;

/// Replies that wait for a slow peer; above it we stop reading what causes more.
inline constexpr std::size_t unsent_bytes_max = 16 * 1024;
/// After the last reply the peer gets this long to close, lest a reset overtake it.
inline constexpr seconds linger_max{2};
/// For an answer of the filter POOL or of a FILTER: longer than both need.
inline constexpr seconds filter_silence_max{660};
/// For the client's name, which filters are told; then it has none.
inline constexpr seconds client_name_wait_max{5};

struct filter_step;
struct filter_answered;
enum class filter_stage : std::uint8_t;

using session_actor = caf::typed_actor<
  // Answers 421 as soon as no message is under way, and ends.
  caf::reacts_to<drain>>;

class session final : public pinned_actor<session_actor> {
public:
  session(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
          std::unique_ptr<io::stream_socket> socket, const io::endpoint& peer,
          const ip_address& address, doorway& door);
  ~session() override;

  const char* name() const override { return "session"; }
  void on_exit() override;

protected:
  session_actor::behavior_type make_behavior() override;

private:
  struct login; ///< The login under way; there is none in an idle session.
  struct threshold; ///< The time before the greeting, where it is more than a moment.
  struct inquiry;   ///< What block lists say of this client; nothing until they are asked.
  struct filtering; ///< What filters know of this session; nothing where there are none.
  struct reception; ///< The message under way; there is none in an idle session.
  /// Whether a message that is refused may turn out to be kept: after a silence, or a
  /// sync that failed.
  enum class keeping_doubt : std::uint8_t { none, some };
  /// Names a request: an answer that comes after its deadline finds another one.
  using ticket = std::uint32_t;

  void run();
  void act(const smtp::write_bytes& x);
  void act(const smtp::ask_peer&);
  void act(const smtp::ask_sender& x);
  void act(const smtp::ask_recipient& x);
  void act(const smtp::begin_body& x);
  void act(const smtp::append_body& x);
  void act(const smtp::ask_commit& x);
  void act(const smtp::discard_body&);
  void act(const smtp::ask_login& x);
  void act(const smtp::login_cancelled&);
  void act(const smtp::ask_claims& x);
  void act(const smtp::command_done& x);
  void act(const smtp::start_tls&);
  void act(const smtp::hang_up&);

  // session_tls.cpp: the handshake, and what is told of it
  void begin_tls();
  void shake_hands();
  void on_handshake_finished();
  void give_up_handshake(std::string_view outcome, std::string_view why);
  [[nodiscard]] std::string tls_words() const;

  void spill();
  void commit();
  void on_whole(body_ptr body);
  [[nodiscard]] bool address_mail(envelope& said);
  void keep(body_ptr body);
  void on_kept(const message_kept& x);
  void trace(const message_kept& x);
  void on_not_kept(const error& why);
  void on_refused(const error& why, keeping_doubt doubt = keeping_doubt::none);
  void on_file_written(const file_written& x);
  void on_spool_failed(const error& why);
  void on_silence();

  // session_examining.cpp
  [[nodiscard]] bool is_stranger() const;
  [[nodiscard]] bool wants_check() const;
  [[nodiscard]] bool wants_signature() const;
  [[nodiscard]] bool wants_seal() const;
  [[nodiscard]] bool leads_away() const;
  void examine(body_ptr body, examination_kind kind);
  void on_examined(const message_examined& x);
  void on_not_examined(const error& why);
  void change_body(std::shared_ptr<const message_changes> changes);
  void set_size(std::uint64_t bytes);
  void rewrite_sender();
  [[nodiscard]] bool restore_recipient(troupe::mailbox& to) const;
  void forget_body();

  // session_filtering.cpp
  [[nodiscard]] bool is_filtered() const;
  [[nodiscard]] bool is_discarded() const;
  [[nodiscard]] bool wants_filters() const;
  void begin_filtering();
  void show_sender(const smtp::ask_sender& x);
  void show_recipient(const smtp::ask_recipient& x);
  void show_start_of_data();
  void show_message(body_ptr body);
  void ask_filters(filter_step step);
  void reach_filters();
  void say_to_filters();
  void hire_filter();
  void on_filters_answered(const filter_answered& x);
  void on_filter_lost(const error& why);
  void on_filters_failed(const error& why);
  void on_filters_refused(const reply& answer, std::string_view reason, const std::string& by);
  void let_pass();
  void on_message_filtered(const filter_answered& x);
  void throw_away(body_ptr body, const std::string& by);
  void leave_filters();
  [[nodiscard]] filter_step step_of(filter_stage what) const;
  ticket begin_filter_wait(milliseconds max);
  [[nodiscard]] bool end_filter_wait(ticket of);
  void on_filters_silent();
  [[nodiscard]] steady_time filters_due() const;

  // session_naming.cpp
  void name_client();
  void look_for_client_name();
  [[nodiscard]] bool ask_about_client(const authentication::dns_question& question);
  void on_client_unnamed();
  [[nodiscard]] ticket begin_wait();
  [[nodiscard]] bool end_wait(ticket of);
  [[nodiscard]] bool hold_memory();
  void end_squeeze();
  [[nodiscard]] bool is_busy() const;
  void decide(const smtp::verdict& answer);
  void refuse(reply answer, std::string_view reason);
  void discard_reception();
  [[nodiscard]] steady_time now() { return unit().loop().now(); }

  // session_login.cpp
  void offer_logins();
  [[nodiscard]] sasl::channel_bindings channel_bindings() const;
  void take_login_step(const sasl::login_step& step);
  void act_on(const sasl::say_challenge& x);
  void act_on(const sasl::check_password& x);
  void act_on(const sasl::find_verifier& x);
  void act_on(const sasl::logged_in& x);
  void act_on(const sasl::login_failed& x);
  template <class Answer, class Question, class Act>
  void ask_gatekeeper(Question question, Act act);
  void end_scram(policy::login_end how);
  void on_login_checked(login_verdict verdict);
  void end_login_with(std::string_view outcome, const smtp::verdict& answer);
  void report_abandoned_login();
  // session_door.cpp
  [[nodiscard]] policy::peer_standing standing() const;
  [[nodiscard]] bool is_trusted() const;
  void keep_waiting();
  void greet();
  void introduce_peer();
  void on_threshold_readable();
  void on_threshold_time();
  void read_proxy_header();
  void refuse_proxy(std::string_view why);
  void turn_away(reply answer, std::string_view reason);
  [[nodiscard]] bool become(const ip_address& who, std::uint16_t port);
  [[nodiscard]] bool passes_door(const smtp::ask_sender& x);
  [[nodiscard]] bool passes_helo();
  [[nodiscard]] bool passes_rate();
  [[nodiscard]] bool passes_greylist(const smtp::ask_recipient& x);
  void begin_inquiry(const smtp::ask_sender& x);
  void on_list_answered(ticket which, std::size_t index, const dns::record_answer& found);
  void on_list_silent(ticket which, std::size_t index, std::string_view why);
  void close_question(std::size_t index);
  void on_inquiry_time();
  void leave_door();
  void end_inquiry();

  void flush();
  void wait_writable();
  void read();
  [[nodiscard]] std::size_t readable_bytes_max() const;
  void on_readable(std::error_code why);
  void arm_timer();
  void on_time();
  void linger();

  std::unique_ptr<io::stream_socket> socket_;
  io::timer timer_;
  io::endpoint peer_;
  ip_address address_;      ///< Of the client, also where another speaks for it.
  ip_address counted_as_;   ///< By the census.
  doorway& door_;
  const inbound_rules_ptr rules_;
  const steady_time born_;
  smtp::server_session machine_;
  std::unique_ptr<login> login_;
  std::string user_; ///< Who logged in, here or, by XCLIENT, at the filter that speaks for it; or empty.
  std::string_view login_mechanism_; ///< By which, if here.
  std::unique_ptr<threshold> threshold_;
  std::unique_ptr<inquiry> inquiry_;
  std::unique_ptr<reception> message_;
  std::unique_ptr<filtering> filtering_;
  std::string unsent_;
  steady_time timer_at_{};
  steady_time stuck_since_{}; ///< The peer takes no bytes since then.
  ticket last_ticket_ = 0;
  steady_time handshake_until_{}; ///< The epoch: none is under way.
  bool tls_due_ = false;          ///< As soon as what was said before is out.
  bool reading_ = false;
  bool writing_ = false;
  bool hanging_up_ = false;
  bool arrived_ = false;   ///< It was asked about once.
  bool is_local_ = false;  ///< Comes by a socket in the file system: who may open that, may send.
  bool may_claim_ = false; ///< May say XCLIENT.
  bool was_busy_ = false; ///< The last `run` stopped for a reason that is not the peer's.
};

} // namespace troupe::actors
