// One call of troupectl to the daemon, with the exit code for what goes wrong.

#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::app {

using json = nlohmann::ordered_json;

/// How the operator names the daemon.
struct daemon_address {
  std::string socket;                ///< Empty: as `find_socket` finds it.
  std::optional<std::string> config; ///< --config.
};

/// Ends the program: one line for stderr and an exit code of sysexits.h.
struct failure {
  int code;
  std::string what;
};

/// --socket, else $TROUPE_SOCKET, else that of the configuration found as trouped finds
/// it. Throws failure for a configuration that can't be read.
[[nodiscard]] std::string find_socket(const daemon_address& given);

class caller {
public:
  explicit caller(std::string socket) : socket_(std::move(socket)) {}

  /// Throw failure: 69 when nobody answers, 65 for what is unknown there, 64 for what
  /// the daemon calls malformed, 75 for what may work later.
  [[nodiscard]] json get(const std::string& target) const;
  [[nodiscard]] json post(const std::string& target, const json& body) const;
  /// The same as `get`, as the daemon wrote it.
  [[nodiscard]] std::string get_text(const std::string& target) const;

private:
  [[nodiscard]] json call(std::string_view method, const std::string& target,
                          const std::string& body) const;
  [[nodiscard]] std::string ask(std::string_view method, const std::string& target,
                                const std::string& body) const;

  std::string socket_;
};

/// "?a=b&c=d" with everything encoded that needs it; empty values are left out.
[[nodiscard]] std::string query_text(const std::map<std::string, std::string>& words);
[[nodiscard]] std::string percent_encoded(std::string_view text);

} // namespace troupe::app
