#include "actors/io_unit.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <pthread.h>

namespace troupe::actors {

namespace {

thread_local io_unit* current = nullptr;
constexpr std::size_t messages_per_run = 64;

} // namespace

io_unit::io_unit(caf::actor_system& system, id_source ids)
  : home_(&system), inbox_(&system, *this), ids_(ids) {}

io_unit::~io_unit() = default;

void io_unit::home_unit::exec_later(caf::resumable* job) { system().scheduler().enqueue(job); }

void io_unit::run() {
  ::pthread_setname_np(::pthread_self(), "troupe.io");
  current = this;
  loop_.run();
  current = nullptr;
}

void io_unit::push(caf::resumable* job) {
  if (current == this) {
    own_.push_back(job);
    arm();
    return;
  }
  const std::lock_guard lock(guard_);
  foreign_.push_back(job);
  if (foreign_.size() == 1)
    loop_.post([this] {
      std::vector<caf::resumable*> jobs;
      {
        const std::lock_guard again(guard_);
        jobs.swap(foreign_);
      }
      for (auto* each : jobs)
        step(each);
    });
}

void io_unit::arm() {
  if (armed_)
    return;
  armed_ = true;
  loop_.post([this] { drain(); });
}

void io_unit::drain() {
  armed_ = false;
  // What these make runnable waits for the next turn, so that sockets get theirs.
  for (auto left = own_.size(); left > 0; --left) {
    auto* job = own_.front();
    own_.pop_front();
    step(job);
  }
}

void io_unit::step(caf::resumable* job) {
  switch (job->resume(&home_, messages_per_run)) {
    case caf::resumable::resume_later: push(job); break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message: caf::intrusive_ptr_release(job); break;
    case caf::resumable::shutdown_execution_unit: break;
  }
}

} // namespace troupe::actors
