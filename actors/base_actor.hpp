// Under every actor: a real bound on its mailbox, counters that others can read,
// and handlers that let no foreign error kill the wrong actor. CAF 0.17 has none
// of it: its mailboxes are endless, and an error in a response ends the asker.

#pragma once

#include "actors/directory.hpp"
#include "actors/flow.hpp"
#include "actors/happens_before.hpp"
#include "actors/house.hpp"

#include <caf/scheduled_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::actors {

/// Where an actor stands in the house, and how much may wait for it.
struct place {
  std::string_view kind;
  std::string path;
  std::size_t mailbox_limit;
};

/// `Handle` is the typed handle that others hold of it.
///
/// A message above the limit is refused: a request is answered mailbox_full at
/// once, anything else is dropped and counted. Always taken are responses, CAF's own
/// (exit, down, timeout, error), what the actor sends itself, and urgent messages:
/// the protocols whose bound is a credit of their own use these.
template <class Handle>
class base_actor : public Handle::base {
public:
  using super = typename Handle::base;

  base_actor(caf::actor_config& config, const house& home, place where)
    : super(config), house_(home), card_(std::make_shared<actor_card>()) {
    card_->kind = where.kind;
    card_->path = std::move(where.path);
    card_->mailbox_limit = where.mailbox_limit;
    card_->who = caf::weak_actor_ptr{this->ctrl()};
    entry_ = house_.actors.enter(card_);
    this->set_default_handler([](caf::scheduled_actor*, caf::message_view&) {
      return caf::result<caf::message>(caf::sec::unexpected_message);
    });
    this->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
    this->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& thrown) {
      return error_of(thrown);
    });
  }

  ~base_actor() override {
    happens_after(this);
    leave_stage(); // it may never have been launched
  }

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    if (is_counted(*element)
        && card_->mailbox_depth.fetch_add(1, std::memory_order_relaxed) >= card_->mailbox_limit
        && !element->mid.is_urgent_message() && element->sender != this->ctrl()) {
      card_->mailbox_depth.fetch_sub(1, std::memory_order_relaxed);
      card_->refused.fetch_add(1, std::memory_order_relaxed);
      if (element->mid.is_request() && element->sender)
        element->sender->enqueue(nullptr, element->mid.response_id(),
                                 caf::make_message(make_error(flow::mailbox_full)), unit);
      return;
    }
    happens_before(element.get());
    super::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    happens_after(&element);
    happens_after(this);
    const bool counted = is_counted(element);
    card_->busy_since.store(steady_now().time_since_epoch(), std::memory_order_relaxed);
    const auto outcome = super::consume(element);
    card_->busy_since.store(steady_time::duration{0}, std::memory_order_relaxed);
    if (counted && outcome != caf::invoke_message_result::skipped)
      card_->mailbox_depth.fetch_sub(1, std::memory_order_relaxed);
    card_->handled.fetch_add(1, std::memory_order_relaxed);
    happens_before(this);
    return outcome;
  }

  void initialize() override {
    happens_after(this);
    enter_state("serving");
    super::initialize();
    happens_before(this);
  }

  void on_exit() override {
    happens_after(this);
    super::on_exit();
    happens_before(this);
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override {
    // Before anybody learns of the death: handles may keep a dead actor for long.
    leave_stage();
    const bool first = super::cleanup(std::move(reason), unit);
    happens_before(this);
    return first;
  }

  void intrusive_ptr_release_impl() override {
    happens_before(this);
    super::intrusive_ptr_release_impl();
  }

protected:
  [[nodiscard]] const house& home() const noexcept { return house_; }
  [[nodiscard]] event_log& log() const noexcept { return house_.log; }
  [[nodiscard]] node_metrics& metrics() const noexcept { return house_.metrics; }
  [[nodiscard]] const std::string& path() const noexcept { return card_->path; }

  /// What it shows as its state from now on; a literal.
  void enter_state(const char* name) { card_->enter_state(name, steady_now()); }
  /// What an operator reads among its last events.
  void note(std::string what) { card_->note(wall(), std::move(what)); }
  [[nodiscard]] actor_card& card() noexcept { return *card_; }

  /// Now, by the clock that also rings delayed messages: a test turns it by hand.
  [[nodiscard]] steady_time steady() const { return this->clock().now(); }
  [[nodiscard]] wall_time wall() const { return house_.wall_clock(); }

  static caf::error error_of(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& why) {
      return caf::make_error(caf::sec::runtime_error, std::string(why.what()));
    } catch (...) {
      return caf::make_error(caf::sec::runtime_error, std::string("not a std::exception"));
    }
  }

private:
  void leave_stage() {
    if (const auto entry = std::exchange(entry_, std::nullopt))
      house_.actors.leave(*entry);
  }

  // Decided from what no handler can change, so that enqueue and consume agree.
  static bool is_counted(caf::mailbox_element& element) {
    if (element.mid.is_response())
      return false;
    const auto type = element.content().type_token();
    return type != caf::make_type_token<caf::exit_msg>()
           && type != caf::make_type_token<caf::down_msg>()
           && type != caf::make_type_token<caf::timeout_msg>()
           && type != caf::make_type_token<caf::error>();
  }

  const house& house_;
  std::shared_ptr<actor_card> card_;
  std::optional<directory::entry> entry_; ///< Until its end.
};

} // namespace troupe::actors
