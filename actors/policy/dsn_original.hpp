// The part of a notice that gives the original back: whole, or its headers.

#pragma once

#include "actors/policy/dsn_writer.hpp"

#include <string>

namespace troupe::policy {

/// One body part, ready to stand between two boundaries: its headers, an empty
/// line, lines that end in CRLF and are within the line bound.
struct returned_part {
  std::string bytes;
  bool eight_bit = false;
};

/// Whole only for a failure (RFC 3461 §4.3), if the sender did not want just the
/// headers, and if the original is small and made of proper lines. What is not in
/// order in the headers (bare CR, NUL, over-long lines) is mended or cut.
[[nodiscard]] returned_part return_original(const notice& what, const dsn_original& original);

} // namespace troupe::policy
