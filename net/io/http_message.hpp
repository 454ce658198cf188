// A request and a response of HTTP, as far as operators and scrapers need them.

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace troupe::io {

struct http_request {
  std::string method;                        ///< "GET", "POST", "PUT" or "DELETE".
  std::string path;                          ///< Decoded, without the query.
  std::map<std::string, std::string> part;   ///< What the {names} of the pattern stand for.
  std::map<std::string, std::string> query;  ///< Decoded; the first of equal names.
  std::string body;
  std::string authorization;                 ///< The header, or empty.
  /// Every header by its name in lower case; of equal names the values, joined by ", ".
  std::map<std::string, std::string> header;
};

struct http_response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {}; ///< Besides the content's own.
};

} // namespace troupe::io
