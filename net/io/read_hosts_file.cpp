#include "net/io/read_hosts_file.hpp"

#include <fstream>
#include <iterator>

namespace troupe::io {

dns::host_table read_hosts_file(const std::string& path) {
  std::ifstream in{path};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return dns::parse_hosts_file(text);
}

} // namespace troupe::io
