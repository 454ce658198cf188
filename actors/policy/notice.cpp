#include "actors/policy/notice.hpp"

namespace troupe::policy {

std::string_view to_string(notice_cause cause) noexcept {
  switch (cause) {
    case notice_cause::failed: return "failed";
    case notice_cause::expired: return "expired";
    case notice_cause::delayed: return "delayed";
    case notice_cause::success: return "success";
  }
  return "failed";
}

std::string_view to_string(dsn_action action) noexcept {
  switch (action) {
    case dsn_action::failed: return "failed";
    case dsn_action::delayed: return "delayed";
    case dsn_action::delivered: return "delivered";
    case dsn_action::relayed: return "relayed";
  }
  return "failed";
}

} // namespace troupe::policy
