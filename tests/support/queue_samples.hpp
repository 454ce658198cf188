// Messages for tests of the queue.

#pragma once

#include "net/core/queued_message.hpp"

#include <memory>
#include <string>

namespace troupe::support {

inline queued_message sample_mail(std::int64_t id, std::uint64_t body_bytes, wall_time due = {}) {
  queued_message mail;
  mail.id = {id};
  mail.received = wall_time{milliseconds{1'700'000'000'000}};
  mail.sender = {"ann", "example.net"};
  mail.client = "client.example.net [192.0.2.7]";
  mail.body_bytes = body_bytes;
  queued_recipient to;
  to.to.address = {"bob", "example.org"};
  to.due = due;
  mail.recipients.push_back(to);
  return mail;
}

inline body_ptr sample_body(std::string bytes) {
  auto made = std::make_shared<body>();
  made->size = bytes.size();
  made->bytes = std::move(bytes);
  return made;
}

} // namespace troupe::support
