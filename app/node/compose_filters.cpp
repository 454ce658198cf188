#include "app/node/compose_filters.hpp"

#include "app/node/compose.hpp"
#include "net/core/ip_address.hpp"

#include <netdb.h>

#include <algorithm>
#include <memory>

namespace troupe::app {

namespace {

constexpr std::string_view inet = "inet:";

result<std::string> address_of(const std::string& host) {
  if (const auto literal = parse_ip_address(host))
    return to_string(*literal);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found); failed != 0)
    return error{errc::not_found, "milter: " + host + ": " + ::gai_strerror(failed)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> held(found, &::freeaddrinfo);
  char text[NI_MAXHOST];
  if (::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    return error{errc::not_found, "milter: " + host + ": no address"};
  return std::string(text);
}

actors::filter_failure failure_of(filter_failure how) {
  switch (how) {
    case filter_failure::tempfail: return actors::filter_failure::tempfail;
    case filter_failure::accept: return actors::filter_failure::accept;
    case filter_failure::reject: return actors::filter_failure::reject;
  }
  return actors::filter_failure::tempfail;
}

} // namespace

result<actors::filter_list> make_filters(const config& from) {
  actors::filter_list all;
  for (const auto& each : from.milters) {
    actors::filter_terms one;
    one.name = each.address;
    one.on_failure = failure_of(each.on_failure);
    one.waits.reply_max = each.timeout;
    one.waits.message_max = each.message_timeout;
    if (const auto fine = milter::check(one.waits); !fine)
      return fine.error();
    if (!each.address.starts_with(inet)) {
      one.where.address = each.address;
    } else {
      const auto place = parse_endpoint(each.address.substr(inet.size()), host_names::allowed);
      if (!place)
        return error{errc::malformed, "milter: " + each.address};
      const auto address = address_of(place->host);
      if (!address)
        return address.error();
      one.where = {*address, place->port};
    }
    all.push_back(std::move(one));
  }
  return all;
}

actors::filter_list_ptr filters_of(const config& from, listener_kind kind, const actors::filter_list& all) {
  actors::filter_list mine;
  for (std::size_t i = 0; i < from.milters.size(); ++i) {
    const auto& kinds = from.milters[i].listeners;
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
      mine.push_back(all[i]);
  }
  return mine.empty() ? nullptr : std::make_shared<const actors::filter_list>(std::move(mine));
}

actors::pool_terms make_filter_pool(const config& from) {
  const auto& given = from.pool.filter;
  actors::pool_terms terms{
    .name = "filter", .path = "/filters/milter", .pool = {}, .restarts = make_supervision(from)};
  terms.pool.max = given.max;
  terms.pool.buffer = given.buffer;
  terms.pool.timeout = given.timeout;
  return terms;
}

actors::use_filters make_filter_guards(const rules& all) {
  actors::use_filters guards;
  guards.breaker = all.outbound.breaker;
  for (const auto& each : all.filters)
    guards.names.push_back(each.name);
  return guards;
}

} // namespace troupe::app
