#include "actors/fresh_nonce.hpp"

#include "net/core/base64.hpp"

#include <random>

namespace troupe::actors {

namespace {

constexpr std::size_t nonce_bytes = 18;

} // namespace

std::string fresh_nonce() {
  std::random_device dice;
  std::string bytes;
  for (std::size_t i = 0; i < nonce_bytes; ++i)
    bytes += static_cast<char>(dice() & 0xff);
  return encode_base64(bytes);
}

} // namespace troupe::actors
