// SESSION: the TLS handshake, before the greeting or after STARTTLS.

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/reception.hpp"

#include <utility>

namespace troupe::actors {

void session::act(const smtp::start_tls&) { tls_due_ = true; }

void session::begin_tls() {
  handshake_until_ = now() + rules_->handshake_max;
  enter_state("securing");
  socket_->begin_tls(rules_->tls);
  shake_hands();
  if (handshake_until_ != steady_time{})
    arm_timer();
}

void session::shake_hands() {
  const auto again = [this](std::error_code why) {
    if (!why && handshake_until_ != steady_time{})
      shake_hands();
  };
  switch (socket_->shake_hands()) {
    case io::handshake_step::wants_read: socket_->wait_readable(bind(again)); return;
    case io::handshake_step::wants_write: socket_->wait_writable(bind(again)); return;
    case io::handshake_step::failed: return give_up_handshake("failed", socket_->tls()->failure());
    case io::handshake_step::finished: return on_handshake_finished();
  }
}

void session::on_handshake_finished() {
  const auto& tls = *socket_->tls();
  handshake_until_ = {};
  metrics().tls_handshakes_total("server", tls.is_resumed() ? "resumed" : "succeeded").add();
  enter_state("serving");
  if (log().is_on(log_level::debug))
    log().debug("tls_began", {{"session", path()}, {"client_ip", peer_.address},
                              {"tls", tls_words()}, {"name", tls.server_name()}});
  note(tls.summary() + (tls.is_resumed() ? ", resumed" : ""));
  machine_.tls_began(now());
  user_.clear(); // RFC 3207 §4.2
  leave_filters(); // others are told from the start who this is
  if (machine_.awaits_verdict())
    keep_waiting(); // a PROXY header came before
  else
    introduce_peer();
  run();
}

void session::give_up_handshake(std::string_view outcome, std::string_view why) {
  handshake_until_ = {};
  metrics().tls_handshakes_total("server", outcome).add();
  log().info("tls_failed", {{"session", path()}, {"client_ip", peer_.address},
                            {"side", "server"}, {"outcome", outcome}, {"reason", why}});
  quit(caf::exit_reason::user_shutdown);
}

/// For the log: "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty in plaintext.
std::string session::tls_words() const {
  const auto* tls = socket_->tls();
  return tls != nullptr && tls->is_up() ? tls->summary() : std::string{};
}

} // namespace troupe::actors
