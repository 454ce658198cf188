// What a key accepts beside its type: bounds, and the words of each choice.

#pragma once

#include "app/config/config.hpp"
#include "app/config/quantity.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace troupe::app {

enum class presence : std::uint8_t { optional, required };

enum class text_kind : std::uint8_t {
  any,
  node_name,      ///< Letters, digits, ".", "_", "-"; at most 64.
  node_pattern,   ///< As node_name, with "*" and "?".
  host_name,      ///< A domain name, no address literal.
  data_dir,       ///< A path that may itself stand in others: no braces.
  path,           ///< {data_dir} is filled in.
  socket_path,    ///< As path, short enough for a socket.
  domain_pattern, ///< "*", "relay.test", "*.relay.test"; kept in lower case.
  relay_pattern,  ///< As domain_pattern, but "*" would be an open relay.
  certificate_name, ///< "mx.example.org", "*.example.org"; kept in lower case.
  local_part,
  credentials,    ///< "name:password".
  sender_grant,   ///< An address, "@domain", or "*".
  user_name,      ///< Of the system's; or empty.
  file_mode,      ///< Octal: "0660".
  reply_text,     ///< What a client reads: printable ASCII, short.
  milter_address, ///< "inet:HOST:PORT" or "unix:/path".
};

struct text_rule {
  text_kind kind = text_kind::any;
  presence must = presence::optional;
};

struct count_rule {
  std::uint32_t min = 0;
  std::uint32_t max = 1'000'000;
};

struct size_rule {
  std::uint64_t min = 0;
  std::uint64_t max = size_max;
};

struct time_rule {
  milliseconds min{0};
  milliseconds max = duration_max;
};

struct ratio_rule {
  double min = 0;
  double max = 1;
};

struct place_rule {
  host_names names = host_names::refused;
  presence must = presence::optional;
};

/// Of types that need no more than their own grammar.
struct plain_rule {};

constexpr presence presence_of(const text_rule& rule) { return rule.must; }
constexpr presence presence_of(const place_rule& rule) { return rule.must; }
template <class Rule>
constexpr presence presence_of(const Rule&) {
  return presence::optional;
}

template <class Choice>
struct word {
  std::string_view text;
  Choice value;
};
template <class Choice>
word(const char*, Choice) -> word<Choice>; // clang 14 deduces no aggregate's arguments

template <class Choice>
struct words;

template <>
struct words<listener_kind> {
  static constexpr std::array list{word{"mx", listener_kind::mx},
                                   word{"submission", listener_kind::submission},
                                   word{"lmtp", listener_kind::lmtp}};
};
template <>
struct words<rule_action> {
  static constexpr std::array list{word{"accept", rule_action::accept},
                                   word{"reject", rule_action::reject}};
};
template <>
struct words<listener_tls> {
  static constexpr std::array list{
    word{"off", listener_tls::off}, word{"optional", listener_tls::optional},
    word{"required", listener_tls::required}, word{"implicit", listener_tls::implicit}};
};
template <>
struct words<listener_auth> {
  static constexpr std::array list{word{"off", listener_auth::off},
                                   word{"optional", listener_auth::optional},
                                   word{"required", listener_auth::required}};
};
template <>
struct words<listener_senders> {
  static constexpr std::array list{word{"any", listener_senders::any},
                                   word{"own", listener_senders::own}};
};
template <>
struct words<plaintext_auth> {
  static constexpr std::array list{word{"refused", plaintext_auth::refused},
                                   word{"loopback", plaintext_auth::loopback}};
};
template <>
struct words<login_mechanism> {
  static constexpr std::array list{word{"PLAIN", login_mechanism::plain},
                                   word{"LOGIN", login_mechanism::login},
                                   word{"SCRAM-SHA-256", login_mechanism::scram_sha_256}};
};
template <>
struct words<priority_class> {
  static constexpr std::array list{
    word{"low", priority_class::low}, word{"normal", priority_class::normal},
    word{"high", priority_class::high}, word{"urgent", priority_class::urgent}};
};

template <>
struct words<bare_newline> {
  static constexpr std::array list{word{"reject", bare_newline::reject},
                                   word{"normalize", bare_newline::normalize}};
};
template <>
struct words<route_tls> {
  static constexpr std::array list{word{"off", route_tls::off}, word{"may", route_tls::may},
                                   word{"required", route_tls::required},
                                   word{"dane", route_tls::dane},
                                   word{"verified", route_tls::verified}};
};
template <>
struct words<mta_sts_use> {
  static constexpr std::array list{word{"off", mta_sts_use::off}, word{"on", mta_sts_use::on}};
};
template <>
struct words<address_family> {
  static constexpr std::array list{word{"any", address_family::any},
                                   word{"ipv4", address_family::ipv4},
                                   word{"ipv6", address_family::ipv6}};
};
template <>
struct words<log_level> {
  static constexpr std::array list{word{"trace", log_level::trace}, word{"debug", log_level::debug},
                                   word{"info", log_level::info}, word{"warn", log_level::warn},
                                   word{"error", log_level::error}};
};
template <>
struct words<log_format> {
  static constexpr std::array list{word{"json", log_format::json}, word{"text", log_format::text}};
};
template <>
struct words<when_short> {
  static constexpr std::array list{word{"accept", when_short::accept},
                                   word{"refuse", when_short::refuse}};
};
template <>
struct words<when_parted> {
  static constexpr std::array list{word{"deliver", when_parted::deliver},
                                   word{"pause", when_parted::pause}};
};
template <>
struct words<drain_to> {
  static constexpr std::array list{word{"peers", drain_to::peers}, word{"wait", drain_to::wait}};
};
template <>
struct words<arc_mode> {
  static constexpr std::array list{word{"off", arc_mode::off}, word{"mark", arc_mode::mark}};
};

template <>
struct words<arc_use> {
  static constexpr std::array list{word{"off", arc_use::off}, word{"seal", arc_use::seal}};
};

template <>
struct words<check_mode> {
  static constexpr std::array list{word{"off", check_mode::off}, word{"mark", check_mode::mark},
                                   word{"reject", check_mode::reject}};
};
template <>
struct words<filter_failure> {
  static constexpr std::array list{word{"tempfail", filter_failure::tempfail},
                                   word{"accept", filter_failure::accept},
                                   word{"reject", filter_failure::reject}};
};

} // namespace troupe::app
