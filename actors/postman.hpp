// POSTMAN: puts mail into Maildirs.
//
//   Place      ROUTE -> [POSTMAN] -> files
//   Spawned    by the ROUTE of a domain that is delivered here, detached: files block.
//   Dies       when told to leave.
//   Restarted  never; the ROUTE hires another if there is still mail.
//   Bound      postman_prefetch_max leases.
//   States     serving -> leaving.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/worker.hpp"
#include "storage/maildir.hpp"
#include "storage/maildir_path.hpp"

#include <string>
#include <vector>

namespace troupe::actors {

/// Leases with one POSTMAN: what waits goes into a folder with one sync of it.
inline constexpr std::size_t postman_prefetch_max = 32;

class postman final : public base_actor<worker_actor> {
public:
  /// `hostname` goes into file names and Delivered-To.
  postman(caf::actor_config& config, const house& home, std::string path, std::string hostname,
          foreman_actor route);

  const char* name() const override { return "postman"; }
  void on_exit() override;

protected:
  worker_actor::behavior_type make_behavior() override;

private:
  struct task {
    lease_ptr what;
    steady_time since;
  };

  void on_deliver(const deliver& x);
  void on_leave();
  void work();

  storage::maildir folders_;
  foreman_actor route_;
  std::vector<task> tasks_;
  bool leaving_ = false;
};

} // namespace troupe::actors
