// Spans as OTLP over HTTP with JSON (OpenTelemetry protocol 1.x, "OTLP/HTTP").

#pragma once

#include "actors/span.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

/// Who it was that all these spans speak of.
struct span_source {
  std::string node;    ///< service.instance.id
  std::string version; ///< service.version
};

/// An ExportTraceServiceRequest. Bytes of strangers that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string write_otlp(const std::vector<span>& all, const span_source& from);

/// Whether the same spans may be sent again after this HTTP status.
[[nodiscard]] bool may_send_again(int status) noexcept;

} // namespace troupe::actors
