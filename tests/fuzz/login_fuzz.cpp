// Any client in a login: the server's half must end it or ask on, and let nobody in who
// did not prove the password. What it parses twice, it parses alike.

#include "net/core/expect.hpp"
#include "net/sasl/client_exchange.hpp"
#include "net/sasl/server_exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace troupe::sasl;

const scram_verifier verifier = *make_scram_verifier("word", "saltsalt", scram_iterations_min);

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  if (input.empty())
    return 0;
  const auto which = static_cast<mechanism>(input.front() & 3);
  const bool bound = (input.front() & 4) != 0;
  const bool real = (input.front() & 8) != 0;
  input.remove_prefix(1);
  server_exchange talk{which, bound ? channel_bindings{"exporter", "end-point"} : channel_bindings{}, "nonce"};
  auto step = talk.begin(take_line(input));
  for (int turns = 0; turns < 8; ++turns) {
    if (std::holds_alternative<find_verifier>(step)) {
      TROUPE_EXPECT(is_user_name(talk.user()));
      step = talk.use_verifier(verifier, real);
    } else if (std::holds_alternative<say_challenge>(step)) {
      step = talk.receive(take_line(input));
    } else {
      break;
    }
    TROUPE_EXPECT(!std::holds_alternative<logged_in>(step) || real);
  }
  if (const auto* asked = std::get_if<check_password>(&step))
    TROUPE_EXPECT(is_user_name(asked->user) && !asked->password.view().empty()
                  && asked->password.view().size() <= password_bytes_max);
  client_exchange client{mechanism::scram_sha_256, {"ann", secret{"word"}}, "nonce"};
  static_cast<void>(client.answer(take_line(input)));
  static_cast<void>(client.answer(input));
  TROUPE_EXPECT(!client.may_succeed());
  return 0;
}
