// trouped: the daemon. Runs in the foreground and logs to stderr.

#include "app/config/load_config.hpp"
#include "app/config/print_config.hpp"
#include "app/exit_code.hpp"
#include "app/node/compose.hpp"
#include "app/trouped/serve.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

int main(int argc, char** argv) {
  using namespace troupe;
  using namespace troupe::app;
  CLI::App arguments{"A mail transfer agent as a troupe of actors", "trouped"};
  std::optional<std::string> file;
  bool check = false;
  bool print = false;
  arguments.add_option("--config", file, "The configuration file");
  arguments.add_flag("--check", check, "Check the configuration and leave");
  arguments.add_flag("--print-config", print, "Print the effective configuration and leave");
  arguments.set_version_flag("--version", "trouped " TROUPE_VERSION);
  try {
    arguments.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    return arguments.exit(why) == 0 ? exit_ok : exit_usage;
  }

  const auto loaded = load_config(file);
  for (const auto& each : loaded.parsed.errors)
    std::cerr << "trouped: " << to_string(each) << '\n';
  if (!loaded.parsed.ok())
    return exit_bad_config;
  if (print)
    std::cout << print_config(loaded.parsed.value);
  // What stands in the files that it names, and what the modules say of it.
  if (const auto made = check ? make_rules(loaded.parsed.value) : result<rules>{rules{}}; !made) {
    std::cerr << "trouped: " << made.error().detail << '\n';
    return exit_bad_config;
  }
  if (check)
    std::cout << "trouped: " << (loaded.file.empty() ? "the built-in defaults" : loaded.file)
              << ": fine\n";
  if (print || check)
    return exit_ok;
  return serve(loaded, file);
}
