// A claim that only a bug can break. On in every build: it throws, the actor that
// broke it dies, and its supervisor goes on without it.

#pragma once

#include <stdexcept>
#include <string>

namespace troupe {

class broken_expectation : public std::logic_error {
  using std::logic_error::logic_error;
};

} // namespace troupe

#define TROUPE_EXPECT(claim)                                                                  \
  do {                                                                                        \
    if (!(claim))                                                                             \
      throw ::troupe::broken_expectation(std::string(__FILE__) + ":"                          \
                                         + std::to_string(__LINE__) + ": expected " #claim);  \
  } while (false)
