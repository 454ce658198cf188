// From the line ends of the wire to those of a file: CRLF becomes LF, in chunks cut
// anywhere. A bare CR stays as it is. Internal to this folder.

#pragma once

#include <string>
#include <string_view>

namespace troupe::storage {

class lf_lines {
public:
  /// Appends what is certain by now.
  void take(std::string_view bytes, std::string& to);
  /// Appends what was held back: a CR at the very end.
  void finish(std::string& to);

private:
  bool cr_held_ = false;
};

} // namespace troupe::storage
