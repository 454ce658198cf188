#include "net/io/unbound_context.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace troupe::io {

namespace {

// Names under these are made up by libunbound unless taken out of it. "test." and
// "home.arpa." are for private networks, and those have servers that know them.
constexpr std::array private_zones{"test.", "home.arpa."};

// Questions that libunbound works on at once; more wait in its queue.
constexpr const char* questions_at_once = "1024";

/// A name off the wire (RFC 1035 §3.1), without its final dot. Bytes that no host
/// name has become "?", so that a dot within a label can't pass for two labels.
std::optional<std::string> read_name(std::string_view wire) {
  std::string name;
  while (!wire.empty()) {
    const auto size = static_cast<unsigned char>(wire.front());
    wire.remove_prefix(1);
    if (size == 0)
      return name;
    if (size > 63 || size > wire.size())
      return std::nullopt;
    if (!name.empty())
      name += '.';
    for (const char c : wire.substr(0, size)) {
      const bool fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                       || c == '-' || c == '_';
      name += fit ? c : '?';
    }
    wire.remove_prefix(size);
  }
  return std::nullopt;
}

dns::answer_kind kind_of(const ub_result* raw) {
  using enum dns::answer_kind;
  if (raw == nullptr)
    return server_failed;
  if (raw->bogus != 0)
    return bogus;
  if (raw->havedata != 0)
    return records;
  if (raw->nxdomain != 0)
    return no_domain;
  return raw->rcode == 0 ? no_data : server_failed;
}

/// Calls `take` with each record's data.
template <class Take>
void for_each_record(const ub_result& raw, Take take) {
  for (int i = 0; raw.data[i] != nullptr; ++i)
    take(std::string_view{raw.data[i], static_cast<std::size_t>(raw.len[i])});
}

} // namespace

result<std::string> forward_address(std::string_view server) {
  const error none{errc::malformed,
                   "not the address of a DNS server: \"" + std::string{server} + "\""};
  std::string_view host = server;
  std::string_view port;
  if (server.starts_with('[')) {
    const auto end = server.find(']');
    if (end == std::string_view::npos)
      return none;
    host = server.substr(1, end - 1);
    port = server.substr(end + 1);
    if (!port.empty() && port.front() != ':')
      return none;
  } else if (std::count(server.begin(), server.end(), ':') == 1) {
    host = server.substr(0, server.find(':'));
    port = server.substr(host.size());
  }
  const auto address = parse_ip_address(host);
  if (!address)
    return none;
  if (port.empty())
    return to_string(*address);
  port.remove_prefix(1);
  std::uint16_t number = 0;
  const auto [stop, why] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (why != std::errc{} || stop != port.data() + port.size() || number == 0)
    return none;
  return to_string(*address) + "@" + std::to_string(number);
}

dns::mx_answer read_mx(const ub_result* raw) {
  dns::mx_answer out;
  out.kind = kind_of(raw);
  if (raw == nullptr)
    return out;
  out.ttl = seconds{std::max(raw->ttl, 0)};
  out.secure = raw->secure != 0;
  if (out.kind != dns::answer_kind::records)
    return out;
  for_each_record(*raw, [&](std::string_view data) {
    if (data.size() < 3)
      return;
    const auto high = static_cast<unsigned char>(data[0]);
    const auto low = static_cast<unsigned char>(data[1]);
    if (auto name = read_name(data.substr(2)))
      out.records.push_back({static_cast<std::uint16_t>(high << 8 | low), std::move(*name)});
  });
  // Records that can't be read are an answer that says nothing; to take them for
  // none would send the mail to the domain's own address.
  if (out.records.empty())
    out.kind = dns::answer_kind::server_failed;
  return out;
}

dns::address_answer read_addresses(const ub_result* raw, ip_family family) {
  dns::address_answer out;
  out.kind = kind_of(raw);
  if (raw == nullptr)
    return out;
  out.ttl = seconds{std::max(raw->ttl, 0)};
  out.secure = raw->secure != 0;
  if (raw->canonname != nullptr)
    out.canonical = raw->canonname;
  if (out.kind != dns::answer_kind::records)
    return out;
  const std::size_t bytes = family == ip_family::ipv6 ? 16 : 4;
  for_each_record(*raw, [&](std::string_view data) {
    if (data.size() != bytes)
      return;
    ip_address address{family, {}};
    std::memcpy(address.bytes.data(), data.data(), bytes);
    out.addresses.push_back(address);
  });
  if (out.addresses.empty())
    out.kind = dns::answer_kind::server_failed;
  return out;
}

dns::record_answer read_records(const ub_result* raw) {
  dns::record_answer out;
  out.kind = kind_of(raw);
  if (raw == nullptr)
    return out;
  out.ttl = seconds{std::max(raw->ttl, 0)};
  out.secure = raw->secure != 0;
  if (out.kind == dns::answer_kind::records)
    for_each_record(*raw, [&](std::string_view data) {
      if (out.data.size() < dns::records_max)
        out.data.emplace_back(data);
    });
  return out;
}

result<std::unique_ptr<unbound_context>>
unbound_context::make(const resolver_options& options) {
  std::unique_ptr<unbound_context> held{new unbound_context{ub_ctx_create()}};
  auto* context = held->context_;
  if (context == nullptr)
    return error{errc::peer_unreachable, "libunbound: no context"};

  int failed = ub_ctx_debugout(context, nullptr); // it would write to stderr
  const auto also = [&](int code) { failed = failed != 0 ? failed : code; };
  also(ub_ctx_async(context, 1));
  const auto cache = std::to_string(options.cache_bytes_max / 4);
  for (const auto* name : {"msg-cache-size:", "rrset-cache-size:", "key-cache-size:", "neg-cache-size:"})
    also(ub_ctx_set_option(context, name, cache.c_str()));
  also(ub_ctx_set_option(context, "num-queries-per-thread:", questions_at_once));
  also(ub_ctx_set_option(context, "cache-max-ttl:",
                         std::to_string(options.route.valid_max.count()).c_str()));
  also(ub_ctx_set_option(context, "do-not-query-localhost:", "no"));
  also(ub_ctx_set_option(context, "unblock-lan-zones:", "yes"));
  for (const auto& server : options.servers) {
    const auto forward = forward_address(server);
    if (!forward)
      return forward.error();
    also(ub_ctx_set_fwd(context, forward->c_str()));
  }
  if (options.servers.empty()
      && ub_ctx_resolvconf(context, options.resolv_conf.c_str()) == UB_READFILE)
    also(ub_ctx_set_fwd(context, "127.0.0.1")); // resolv.conf(5): what a missing file means

  if (!options.dnssec_anchor.empty())
    also(ub_ctx_add_ta_file(context, options.dnssec_anchor.c_str()));

  // From here on the context is final.
  for (const auto* zone : private_zones)
    also(ub_ctx_zone_remove(context, zone));
  for (const auto& origin : options.static_zone.origins)
    also(ub_ctx_zone_add(context, origin.c_str(), "static"));
  for (const auto& record : options.static_zone.records)
    also(ub_ctx_data_add(context, dns::to_string(record).c_str()));
  if (failed != 0)
    return error{errc::peer_unreachable, std::string{"libunbound: "} + ub_strerror(failed)};
  return held;
}

unbound_context::~unbound_context() {
  ub_ctx_delete(context_);
}

int unbound_context::descriptor() const noexcept {
  return ub_fd(context_);
}

bool unbound_context::ask(const std::string& name, int type, void* mine, ub_callback_type done,
                          int& async_id) {
  constexpr int class_in = 1;
  return ub_resolve_async(context_, name.c_str(), type, class_in, mine, done, &async_id) == 0;
}

void unbound_context::cancel(int async_id) noexcept {
  ub_cancel(context_, async_id);
}

void unbound_context::process() noexcept {
  ub_process(context_);
}

} // namespace troupe::io
