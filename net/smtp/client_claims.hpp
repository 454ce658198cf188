// XCLIENT (Postfix's XCLIENT_README): what a trusted filter or balancer says about the
// client that it speaks for.

#pragma once

#include "net/core/ip_address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::smtp {

/// Only what was said is set. "[UNAVAILABLE]" and "[TEMPUNAVAIL]" are an address without a
/// family, port 0, or empty text.
struct client_claims {
  std::optional<ip_address> address;
  std::optional<std::uint16_t> port;
  std::optional<std::string> name;  ///< By the DNS; printable.
  std::optional<std::string> hello; ///< What HELO or EHLO said; fit for a Received field.
  std::optional<std::string> login; ///< Printable; nobody has checked it but the filter.
  std::optional<bool> extended;     ///< PROTO: ESMTP, or SMTP.
};

/// The attributes behind XCLIENT in EHLO.
inline constexpr std::string_view client_claim_names
  = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

/// "ADDR=192.0.2.7 NAME=client.example.net": at least one attribute, each once, values as
/// xtext. Nothing where one is unknown or its value is no such thing.
[[nodiscard]] std::optional<client_claims> parse_client_claims(std::string_view args);

} // namespace troupe::smtp
