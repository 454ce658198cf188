// The daemon's answers for people. Everything that may come from mail is made fit for
// a terminal here, whatever the daemon did already.

#pragma once

#include "app/troupectl/call.hpp"

#include <iosfwd>

namespace troupe::app {

void print_status(std::ostream& to, const json& status);
void print_counts(std::ostream& to, const json& counts);
void print_list(std::ostream& to, const json& list);
void print_message(std::ostream& to, const json& message);
void print_why(std::ostream& to, const json& why);
void print_actor_tree(std::ostream& to, const json& actors);
void print_actor_list(std::ostream& to, const json& actors);
void print_actor(std::ostream& to, const json& actor);
void print_mailboxes(std::ostream& to, const json& actors);
void print_pools(std::ostream& to, const json& pools);
void print_breakers(std::ostream& to, const json& breakers);
void print_routes(std::ostream& to, const json& routes);
void print_way(std::ostream& to, const json& way);

} // namespace troupe::app
