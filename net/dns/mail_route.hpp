// Where the mail of a domain goes (RFC 5321 §5.1): MX and address answers in, an
// ordered list of hosts out. Two steps, because between them someone must ask for
// the addresses:
//
//   choose_hosts   MX answer                -> the hosts to ask about, or a refusal
//   make_plan      hosts and their answers  -> the plan, or a refusal
//
// And when a session is about to be opened, again and again from one cached plan:
//
//   targets_of     plan and dice            -> host and address, in the order to try

#pragma once

#include "net/core/dane.hpp"
#include "net/core/reply.hpp"
#include "net/core/time.hpp"
#include "net/dns/address_family.hpp"
#include "net/dns/answer_kind.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::dns {

struct mx_record {
  std::uint16_t preference = 0;
  std::string host; ///< Without the final dot; "" is the root, as in a null MX.

  friend auto operator<=>(const mx_record&, const mx_record&) = default;
};

struct mx_answer {
  answer_kind kind = answer_kind::timed_out;
  std::vector<mx_record> records;
  seconds ttl{0};
  bool secure = false; ///< DNSSEC vouches for it, also for there being none.
};

struct address_answer {
  answer_kind kind = answer_kind::timed_out;
  std::vector<ip_address> addresses;
  seconds ttl{0};
  bool secure = false;     ///< DNSSEC vouches for it, all aliases on the way included.
  std::string canonical{}; ///< Whose addresses these are, where the name is an alias.
};

/// What is the same for every plan of this node.
struct route_options {
  address_family family = address_family::any;
  std::vector<std::string> own_names;      ///< Domain keys; an MX with one of them is ourselves.
  std::vector<ip_address> own_addresses;   ///< The same by address; empty where others share it.
  seconds valid_min{60};                   ///< A shorter TTL is held so long ...
  seconds valid_max{86400};                ///< ... and a longer one only so long.
};

/// More MX hosts than this are not looked at: the least preferred go first.
inline constexpr std::size_t mail_hosts_max = 20;
/// More addresses of one host than this are not looked at.
inline constexpr std::size_t host_addresses_max = 10;

struct mail_host {
  std::uint16_t preference = 0;
  std::string name;
  std::vector<ip_address> addresses; ///< At least one; IPv6 and IPv4 take turns.
  dane_facts dane{};

  friend bool operator==(const mail_host&, const mail_host&) = default;
};

/// Either hosts, or a refusal that says why there are none.
struct mail_plan {
  std::string domain;           ///< As a domain key.
  std::string site;             ///< The same for all domains with these hosts; see site_of.
  std::vector<mail_host> hosts; ///< By preference, then name.
  reply refusal;                ///< Code 0 where there are hosts; 4xx: ask again, 5xx: bounce.
  seconds valid_for{0};         ///< Clamped TTL of all that the plan stands on.
  bool implicit_mx = false;     ///< No MX record: the domain's own address.
  bool secure = false;          ///< DNSSEC vouches for the names of the hosts.

  [[nodiscard]] bool has_hosts() const noexcept { return !hosts.empty(); }

  friend bool operator==(const mail_plan&, const mail_plan&) = default;
};

/// The hosts whose addresses are to be asked for: by preference, then name, each once.
struct host_choice {
  std::vector<mx_record> hosts;
  reply refusal;     ///< Code 0 where there are hosts.
  seconds ttl{0};
  bool implicit_mx = false;
  bool secure = false;
};

/// Null MX (RFC 7505) is refused with 556 5.1.10, NXDOMAIN with 550 5.1.2, what may
/// pass with 451 4.4.3. Ourselves and all that is not more preferred drop out
/// (§5.1); nothing left: 554 5.4.6. An MX that names an address, or no host name at
/// all, is no MX; only such ones: 550 5.4.4.
/// A domain that is no host name: 550 5.1.2.
/// @pre domain is a domain key
[[nodiscard]] host_choice choose_hosts(std::string_view domain, const mx_answer& answer,
                                       const route_options& options);

/// The names under which the TLSA records of a host may stand, the first that has some
/// counts: none where DNSSEC does not vouch for all that led there (RFC 7672 §2.2).
[[nodiscard]] std::vector<std::string> tlsa_bases(const host_choice& choice, std::string_view host,
                                                  const address_answer& addresses);

/// What was found about one host of a choice.
struct host_answer {
  host_answer(address_answer found) : addresses(std::move(found)) {}

  address_answer addresses; ///< A and AAAA together, see join.
  dane_facts dane{};
  seconds dane_ttl = seconds::max();
};

/// @param answers one for each host of `choice`, in its order
[[nodiscard]] mail_plan make_plan(std::string_view domain, const host_choice& choice,
                                  std::vector<host_answer> answers, const route_options& options);

/// The answer about a host from its A and its AAAA: records if either has some, and
/// temporary if there are none and either is.
[[nodiscard]] address_answer join(address_answer a, address_answer aaaa);

/// The plan of a host that a rule names, without MX and without the loop rule. An
/// operator can mend a wrong name, so whatever is amiss is 451 4.4.4, never a bounce.
/// The site is "host:NAME".
[[nodiscard]] mail_plan plan_for_host(std::string_view name, host_answer answer,
                                      const route_options& options);

/// The plan of an address literal: asks nobody. The site is "host:192.0.2.1".
[[nodiscard]] mail_plan plan_for_address(const ip_address& address, const route_options& options);

/// True for letters, digits, "-" and "_" in labels of 1 to 63, at most 253 in all, the
/// last label not a number: what may be asked for, and shown in a log.
[[nodiscard]] bool is_host_name(std::string_view name) noexcept;

/// "mx:mx1.example.net" for one host; for more "mx:mx1.example.net+2-9f86d081884c7d659a2f":
/// the first, how many more, and a digest of all in their order. The values of the
/// preferences do not matter, their order does. Nobody can forge another's site.
/// @pre hosts are by preference, then name
[[nodiscard]] std::string site_of(const std::vector<mx_record>& hosts);

struct target {
  std::string host; ///< What TLS and the log call it.
  ip_address address;

  friend bool operator==(const target&, const target&) = default;
};

/// All addresses in the order to try: by preference; hosts of one preference are
/// shuffled (§5.1), and so are the addresses of a host within their family.
[[nodiscard]] std::vector<target> targets_of(const mail_plan& plan, std::uint64_t dice);

} // namespace troupe::dns
