// Asks the DNS where mail goes, without ever blocking: libunbound works on a thread
// of its own and wakes the io_context through a descriptor. What the answers mean
// is decided in net/dns; nothing is cached here but what libunbound keeps.
//
// One resolver belongs to one io_context with one thread: all calls come from that
// thread, and all handlers run on it, never from within the call that gave them
// and never after the resolver's end.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/dns/mail_route.hpp"
#include "net/dns/records.hpp"
#include "net/dns/zone_file.hpp"

#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::io {

struct resolver_options {
  /// "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353"; none: `resolv_conf`.
  std::vector<std::string> servers;
  std::string resolv_conf = "/etc/resolv.conf";
  std::string hosts_file = "/etc/hosts"; ///< "" for none; one that is not there is none.
  dns::zone static_zone;
  /// File of trust anchors, in the form of a zone file or of "." DS records; "": nothing is
  /// ever secure, and nothing bogus.
  std::string dnssec_anchor;
  dns::route_options route;
  std::size_t searches_max = 1000;             ///< At once; more are refused.
  std::size_t cache_bytes_max = 8 * 1024 * 1024; ///< In libunbound, all caches together.
};

/// Fails with malformed where a server is no address.
[[nodiscard]] status check(const resolver_options& options);

class resolver {
public:
  using plan_handler = std::function<void(result<dns::mail_plan>)>;
  using records_handler = std::function<void(result<dns::record_answer>)>;

  /// Fails with malformed (options) or peer_unreachable (libunbound won't start).
  [[nodiscard]] static result<std::unique_ptr<resolver>> make(asio::io_context& io,
                                                              resolver_options options);

  /// Cancels everything; no handler is called any more.
  ~resolver();

  /// The plan for a domain or an address literal: MX, then addresses, in parallel.
  /// DNS's own failures are refusals in the plan. Fails with timed_out at the
  /// deadline and mailbox_full above `searches_max`.
  /// @param tlsa_port where the hosts are to be dialled, so that their TLSA records are
  ///   asked for where DNSSEC vouches for all else; 0: they are not
  void find_mail_hosts(std::string_view domain, steady_time deadline, plan_handler done,
                       std::uint16_t tlsa_port = 0);

  /// The plan for one host by name or address (no brackets), without MX, see
  /// dns::plan_for_host; the hosts file goes first. Fails as the other does.
  void find_host(std::string_view name, steady_time deadline, plan_handler done,
                 std::uint16_t tlsa_port = 0);

  /// The records of one name, whatever they mean: labels of 1 to 63 bytes that may bear
  /// underscores. DNS's own failures are in the answer. Fails as the others do, and with
  /// malformed where `name` can't be asked for.
  void look_up(std::string_view name, dns::record_type type, steady_time deadline,
               records_handler done);

  [[nodiscard]] std::size_t searches() const noexcept;

private:
  class impl;
  explicit resolver(std::shared_ptr<impl> held);
  std::shared_ptr<impl> impl_;
};

} // namespace troupe::io
