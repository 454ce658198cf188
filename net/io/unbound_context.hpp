// libunbound, held: its context from the options to the last answer, and its
// answers read into the words of net/dns. Private to the resolver.

#pragma once

#include "net/core/result.hpp"
#include "net/dns/mail_route.hpp"
#include "net/dns/records.hpp"
#include "net/io/resolver.hpp"

#include <unbound.h>

#include <memory>
#include <string>
#include <string_view>

namespace troupe::io {

/// "192.0.2.53:5353" as libunbound writes it: "192.0.2.53@5353". Fails with malformed.
[[nodiscard]] result<std::string> forward_address(std::string_view server);

/// All turn null into server_failed.
[[nodiscard]] dns::mx_answer read_mx(const ub_result* raw);
[[nodiscard]] dns::address_answer read_addresses(const ub_result* raw, ip_family family);
[[nodiscard]] dns::record_answer read_records(const ub_result* raw);

class unbound_context {
public:
  [[nodiscard]] static result<std::unique_ptr<unbound_context>> make(const resolver_options& options);
  ~unbound_context(); ///< Joins libunbound's thread; answers under way are dropped.
  unbound_context(const unbound_context&) = delete;
  unbound_context& operator=(const unbound_context&) = delete;

  /// Becomes readable when process() has something to do.
  [[nodiscard]] int descriptor() const noexcept;

  /// Calls back, within process(), once, unless cancelled. False if it never will.
  [[nodiscard]] bool ask(const std::string& name, int type, void* mine, ub_callback_type done,
                         int& async_id);
  void cancel(int async_id) noexcept;
  void process() noexcept;

private:
  explicit unbound_context(ub_ctx* context) : context_(context) {}
  ub_ctx* context_;
};

} // namespace troupe::io
