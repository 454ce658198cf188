#include "net/io/http_client.hpp"

#include "net/io/http_address.hpp"

#include <httplib.h>

#include <algorithm>

namespace troupe::io {

namespace {

bool is_token(std::string_view text) {
  return !text.empty()
         && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

} // namespace

result<http_response> http_call(const http_client_options& options, std::string_view method,
                                std::string_view target, std::string_view body) {
  const auto address = parse_http_address(options.address);
  if (!address)
    return address.error();
  if (!is_token(method) || !is_token(target))
    return error{errc::malformed, "not a request"};

  httplib::ClientImpl client{address->host, address->is_unix ? 80 : address->port};
  client.set_address_family(address->is_unix ? AF_UNIX : AF_UNSPEC);
  client.set_connection_timeout(options.connect_timeout.count());
  client.set_read_timeout(options.reply_timeout.count());
  client.set_write_timeout(options.reply_timeout.count());
  client.set_url_encode(false); // the target is encoded

  httplib::Request request;
  request.method = method;
  request.path = target;
  request.body = body;
  request.set_header("Host", "localhost");
  if (!body.empty())
    request.set_header("Content-Type", "application/json");
  if (!options.authorization.empty())
    request.set_header("Authorization", options.authorization);

  const auto asked = steady_now();
  const auto answer = client.send(request);
  if (answer)
    return http_response{answer->status, answer->get_header_value("Content-Type"), answer->body};
  const bool late = answer.error() == httplib::Error::ConnectionTimeout
                    || (answer.error() == httplib::Error::Read
                        && steady_now() - asked >= options.reply_timeout);
  return error{late ? errc::timed_out : errc::peer_unreachable,
               options.address + ": " + httplib::to_string(answer.error())};
}

} // namespace troupe::io
