#include "app/config/config.hpp"

#include "app/config/config_error.hpp"

namespace troupe::app {

namespace {

using namespace std::chrono_literals;

ip_network ipv4_loopback() {
  ip_network net;
  net.address.family = ip_family::ipv4;
  net.address.bytes[0] = 127;
  net.prefix_bits = 8;
  return net;
}

ip_network ipv6_loopback() {
  ip_network net;
  net.address.family = ip_family::ipv6;
  net.address.bytes[15] = 1;
  net.prefix_bits = 128;
  return net;
}

} // namespace

relay_config::relay_config() : networks{ipv4_loopback(), ipv6_loopback()} {}

retry_config::retry_config() : schedule{1min, 5min, 15min, 1h, 3h, 6h} {}

std::string to_string(const config_error& wrong) {
  std::string line = wrong.file;
  if (wrong.line != 0)
    line += ":" + std::to_string(wrong.line) + ":" + std::to_string(wrong.column);
  if (!wrong.key.empty())
    line += ": " + wrong.key;
  return line + ": " + wrong.what;
}

} // namespace troupe::app
