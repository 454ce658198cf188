#include "tests/support/dns_responder.hpp"

#include <asio/buffer.hpp>
#include <asio/ip/address.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <system_error>

namespace troupe::support {

namespace {

constexpr std::size_t header_bytes = 12;

std::uint16_t type_number(const std::string& type) {
  if (type == "A")
    return 1;
  if (type == "CNAME")
    return 5;
  if (type == "MX")
    return 15;
  if (type == "AAAA")
    return 28;
  return 0;
}

void put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

std::string wire_name(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size() && name != ".";) {
    const auto end = std::min(name.find('.', at), name.size());
    out += static_cast<char>(end - at);
    out += name.substr(at, end - at);
    at = end + 1;
  }
  return out + '\0';
}

std::string wire_data(const dns_responder::record& x) {
  std::string out;
  if (x.type == "A") {
    for (const auto byte : asio::ip::make_address_v4(x.data).to_bytes())
      out += static_cast<char>(byte);
  } else if (x.type == "AAAA") {
    for (const auto byte : asio::ip::make_address_v6(x.data).to_bytes())
      out += static_cast<char>(byte);
  } else if (x.type == "MX") {
    const auto blank = x.data.find(' ');
    put16(out, static_cast<unsigned>(std::stoul(x.data.substr(0, blank))));
    out += wire_name(x.data.substr(blank + 1));
  } else {
    out = wire_name(x.data);
  }
  return out;
}

} // namespace

// A port that is free for UDP may be another's for TCP: then the next one is tried.
dns_responder::dns_responder(asio::io_context& io) : udp_(io), tcp_(io) {
  constexpr int tries = 50;
  const auto here = asio::ip::address_v4::loopback();
  for (int left = tries; !tcp_.is_open(); --left) {
    udp_ = asio::ip::udp::socket(io, {here, 0});
    try {
      tcp_ = asio::ip::tcp::acceptor(io, {here, udp_.local_endpoint().port()});
    } catch (const std::system_error&) {
      if (left == 0)
        throw;
    }
  }
  receive();
  accept();
}

std::string dns_responder::address() const {
  return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port());
}

void dns_responder::script(const std::string& name, const std::string& type, answer reply) {
  script_[{name, type_number(type)}] = std::move(reply);
}

int dns_responder::asked(const std::string& name, const std::string& type) const {
  const auto found = asked_.find({name, type_number(type)});
  return found == asked_.end() ? 0 : found->second;
}

void dns_responder::receive() {
  udp_.async_receive_from(asio::buffer(buffer_), from_, [this](const asio::error_code& why, std::size_t size) {
    if (why)
      return;
    const auto reply = reply_to({buffer_.data(), size}, true);
    asio::error_code ignored;
    if (!reply.empty())
      udp_.send_to(asio::buffer(reply), from_, 0, ignored);
    on_question();
    receive();
  });
}

void dns_responder::accept() {
  tcp_.async_accept([this](const asio::error_code& why, asio::ip::tcp::socket peer) {
    if (why)
      return;
    serve(std::make_shared<asio::ip::tcp::socket>(std::move(peer)));
    accept();
  });
}

void dns_responder::serve(std::shared_ptr<asio::ip::tcp::socket> peer) {
  auto query = std::make_shared<std::string>(2, '\0');
  asio::async_read(*peer, asio::buffer(*query), [this, peer, query](const asio::error_code& why, std::size_t) {
    if (why)
      return;
    const auto size = static_cast<unsigned char>((*query)[0]) << 8 | static_cast<unsigned char>((*query)[1]);
    query->resize(static_cast<std::size_t>(size));
    asio::async_read(*peer, asio::buffer(*query), [this, peer, query](const asio::error_code& failed, std::size_t) {
      if (failed)
        return;
      ++asked_by_tcp_;
      const auto reply = reply_to(*query, false);
      std::string framed;
      put16(framed, static_cast<unsigned>(reply.size()));
      asio::error_code ignored;
      asio::write(*peer, asio::buffer(framed + reply), ignored);
      on_question();
    });
  });
}

std::string dns_responder::reply_to(const std::string& query, bool by_udp) {
  std::string name;
  std::size_t at = header_bytes;
  while (at < query.size() && query[at] != 0) {
    const auto size = static_cast<std::size_t>(query[at]);
    name += (name.empty() ? "" : ".") + query.substr(at + 1, size);
    at += size + 1;
  }
  const auto end = at + 5;
  if (end > query.size())
    return {};
  // libunbound scrambles the case (draft-vixie-dnsext-dns0x20) where it is told to.
  for (auto& c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 1]) << 8
                                               | static_cast<unsigned char>(query[at + 2]));
  ++asked_[{name, type}];
  const auto found = script_.find({name, type});
  const auto reply = found == script_.end() ? answer{says::no_domain} : found->second;
  if (reply.what == says::nothing)
    return {};

  const bool cut = reply.truncated_on_udp && by_udp;
  const unsigned rcode = reply.what == says::no_domain ? 3 : reply.what == says::server_failed ? 2 : 0;
  const auto records = cut ? std::vector<record>{} : reply.records;
  std::string out = query.substr(0, 2);
  put16(out, 0x8180u | (cut ? 0x0200u : 0u) | rcode);
  put16(out, 1);
  put16(out, static_cast<unsigned>(records.size()));
  put16(out, 0);
  put16(out, 0);
  out += query.substr(header_bytes, end - header_bytes);
  for (const auto& x : records) {
    if (x.owner.empty())
      put16(out, 0xC000u | header_bytes);
    else
      out += wire_name(x.owner);
    put16(out, type_number(x.type));
    put16(out, 1);
    put16(out, x.ttl >> 16);
    put16(out, x.ttl & 0xFFFF);
    const auto data = wire_data(x);
    put16(out, static_cast<unsigned>(data.size()));
    out += data;
  }
  return out;
}

} // namespace troupe::support
