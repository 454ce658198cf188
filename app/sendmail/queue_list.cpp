#include "app/sendmail/queue_list.hpp"

#include "app/exit_code.hpp"
#include "app/troupectl/call.hpp"
#include "app/troupectl/fields.hpp"
#include "app/words/terminal_text.hpp"

#include <unistd.h>

#include <cerrno>
#include <iomanip>
#include <ostream>

namespace troupe::app {

void print_mail_queue(std::ostream& to, const std::string& admin_socket) {
  if (::access(admin_socket.c_str(), W_OK) != 0 && errno == EACCES)
    throw failure{exit_not_permitted, "only who may administrate sees the queue (" + admin_socket + ")"};
  const auto list = caller{admin_socket}.get("/v1/queue/messages?limit=" + std::to_string(listed_messages_max));
  const auto& messages = list_of(list, "messages");
  if (messages.empty()) {
    to << "Mail queue is empty\n";
    return;
  }
  to << "-Queue ID-----------    --Size-- -----Received----------- -Sender/Recipient-------\n";
  for (const auto& each : messages) {
    const auto mark = text_of(each, "state") == "held" ? "! " : "  ";
    to << std::left << std::setw(20) << text_of(each, "id") << mark << std::right << std::setw(10)
       << number_of(each, "bytes") << ' ' << text_of(each, "received") << ' ' << terminal_line(text_of(each, "from"))
       << '\n';
    if (each.contains("reason"))
      to << std::string(8, ' ') << '(' << terminal_line(text_of(each, "reason")) << ")\n";
    const auto& shown = list_of(each, "to");
    for (const auto& one : shown)
      to << std::string(58, ' ') << terminal_line(one.is_string() ? one.get<std::string>() : one.dump()) << '\n';
    if (const auto more = number_of(each, "recipients") - static_cast<std::int64_t>(shown.size()); more > 0)
      to << std::string(58, ' ') << "and " << more << " more\n";
  }
  to << "-- " << messages.size() << (messages.size() == 1 ? " message" : " messages")
     << (messages.size() >= listed_messages_max ? " and perhaps more" : "") << ".\n";
}

} // namespace troupe::app
