#include "net/sasl/secret.hpp"

#include <openssl/crypto.h>

namespace troupe::sasl {

void wipe(std::string& text) noexcept {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

secret::secret(std::string_view text)
  : held_(new std::string(text), [](const std::string* held) {
      OPENSSL_cleanse(const_cast<char*>(held->data()), held->size());
      delete held;
    }) {}

} // namespace troupe::sasl
