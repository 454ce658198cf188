// The hosts file from disk.

#pragma once

#include "net/dns/hosts_file.hpp"

#include <string>

namespace troupe::io {

/// One that cannot be read says nothing, as for everybody else on the system.
[[nodiscard]] dns::host_table read_hosts_file(const std::string& path);

} // namespace troupe::io
