// SHADOW: sees to it that the messages of one slice of the queue lie on several nodes, and
// that one of them delivers. Carries policy::shadow.
//
//   Place      SESSION -> [SHADOW] <-> STORE; SHARD <-> [SHADOW]; HUB <-> [SHADOW]
//              It plays the STORE to SESSION and SHARD, and the SHARD to the STORE.
//   Spawned    by the cluster's SUPERVISOR, one for each shard. Without [cluster] there is
//              none, and SESSION and SHARD know the STORE itself.
//   Dies       of bugs only.
//   Restarted  by the SUPERVISOR. Its machine, and what was to be done, live on in the
//              legacy; only promises die with it (worker_lost). Mail whose 250 nobody
//              waits for any more leaves the queue again.
//   Bound      options.mailbox; shadow_options.keeping_max letters that wait for copies;
//              streams_max bodies each way; what comes from peers, by the HUB's window:
//              a parcel is taken when what it brought is on disk.
//   States     restoring (what is on disk is being read: mail is kept, nothing is leased)
//              -> serving; withholding: without standing, what others hold stays here.
//
// Nothing is sent, answered or adopted before all that was to be written before is on disk.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/cluster/cluster_watcher.hpp"
#include "actors/cluster/parcel.hpp"
#include "actors/policy/cluster/shadow.hpp"
#include "actors/policy/cluster/shadow_codec.hpp"
#include "actors/policy/cluster/sharing.hpp"
#include "actors/role.hpp"
#include "actors/shard.hpp"
#include "actors/spool.hpp"
#include "actors/store.hpp"

#include <caf/typed_actor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace troupe::actors {

struct describe_shadow {};

struct shadow_view {
  policy::shadow_counts counts; ///< Since the node's start.
  std::size_t owned = 0;        ///< Messages, now.
  std::size_t held = 0;         ///< Copies for others.
  std::size_t moving = 0;
  std::size_t waiting = 0;      ///< Letters that wait for copies.
  bool restored = false;
  bool standing = false;        ///< What others hold may be delivered.
};

/// Why a message is not delivered by this node just now, as far as that is the cluster's doing.
struct explain_copy {
  message_id id;
};

struct copy_place {
  /// "" (nothing in the way), "copy", "keeping", "moving", "taking" or "no standing".
  std::string where;
  policy::node_id owner;
  std::vector<policy::node_id> holders; ///< Besides the owner.
};

struct shadow_tick {};

using shadow_actor = store_actor::extend_with<shard_inbox, parcel_receiver, cluster_watcher>::extend<
  caf::replies_to<describe_shadow>::with<shadow_view>, caf::replies_to<explain_copy>::with<copy_place>,
  caf::reacts_to<shadow_tick>>;

struct shadow_actor_options {
  unsigned number = 0;           ///< Of the shard.
  unsigned slices = 1;           ///< Of the node.
  policy::node_id self;
  policy::shadow_options rules;
  policy::sharing_options sharing;
  role_ptr<store_actor> store;   ///< The true one.
  role_ptr<spool_actor> spool;
  role_ptr<shard_actor> shard;
  role_ptr<store_actor> played;  ///< What SESSION and SHARD know as their STORE: it casts itself.
  role_ptr<shard_inbox> inbox;   ///< What the STORE knows as its SHARD: it casts itself.
  role_ptr<parcel_sender> hub;
  std::size_t mailbox = 8192;
};

/// What is to be done, in this order. Writes in a row are carried out together.
struct settle_task {
  std::vector<settling> all;
  std::uint64_t ticket = 0; ///< Of the promise.
};
struct refuse_task {
  message_id id;
};
struct announce_task {
  message_id id;
};
using shadow_task = std::variant<storage::custody_write, settle_task, policy::send_to, policy::accept_message,
                                 policy::load_notices, policy::serving_changed, refuse_task, announce_task>;

/// What one SHADOW of a slice leaves to the next.
struct shadow_legacy {
  shadow_legacy(const policy::shadow_options& options, policy::node_id self, policy::node_life life, steady_time now)
    : rules(options, self, life, now) {}

  struct kept {
    mail_ptr mail;
    body_ptr body;
    bool here = false;
    steady_time::duration commit{};
  };

  policy::shadow rules;
  policy::cluster_news news;
  std::deque<shadow_task> line;
  std::unordered_map<message_id, kept> keeping;
  std::unordered_set<message_id> moving;
  /// To be taken out of the SHARD's hands; true: and back again, as they are on disk.
  std::unordered_map<message_id, bool> withdrawing;
  /// Of messages in the SHARD's hands: what was settled elsewhere, and the SHARD does not know.
  std::unordered_map<message_id, std::vector<std::uint16_t>> marked;
  /// Recipients that the holders were told of already.
  std::unordered_map<message_id, std::vector<bool>> told;
  policy::shadow_counts counted; ///< In the metrics.
  bool restored = false;
};

/// Messages of which `told` is known; of others, all that is settled is told again.
inline constexpr std::size_t told_max = 4096;
/// Bodies above body_part_bytes_max that come, or go, at once.
inline constexpr std::size_t streams_max = 16;
/// Then a stream that does not get on is given up.
inline constexpr seconds stream_silence_max{10};
/// Tasks in one transaction.
inline constexpr std::size_t tasks_together_max = 2048;
/// Batches of announcements that the SHARD has not taken. Above it the STORE's wait.
inline constexpr std::size_t announced_ahead_max = 4;
inline constexpr std::size_t custody_page = 1000;

class shadow final : public base_actor<shadow_actor> {
public:
  shadow(caf::actor_config& config, const house& home, const shadow_actor_options& options,
         std::shared_ptr<shadow_legacy> legacy);

  const char* name() const override { return "shadow"; }
  void on_exit() override;

protected:
  shadow_actor::behavior_type make_behavior() override;

private:
  using kept_promise = caf::typed_response_promise<message_kept>;
  using settled_promise = caf::typed_response_promise<messages_settled>;
  using taken_promise = caf::typed_response_promise<parcel_taken>;
  using batch_promise = caf::typed_response_promise<batch_taken>;
  using stream_key = std::pair<policy::node_id, std::uint64_t>;

  struct stream_in {
    policy::shadow_message what;
    mail_ptr mail;
    std::uint64_t bytes = 0;
    std::uint64_t received = 0;
    spool_file file;
    bool writing = false;
    steady_time last;
  };
  struct stream_out {
    policy::node_id to;
    body_ptr body;
    spool_reader reader;
    bool reading = false;
    steady_time last;
  };

  // shadow.cpp
  void on_cluster_changed(const cluster_changed& x);
  void on_tick();
  void look_at_gate();
  [[nodiscard]] bool stands() const { return legacy_->news.stands(steady()); }
  [[nodiscard]] bool may_lease(message_id id) const;
  shadow_view on_describe() const;
  copy_place on_explain(message_id id) const;
  void count();
  template <class Answer, class Question>
  caf::result<Answer> pass_on(const Question& x);

  // shadow_restoring.cpp
  void restore();
  void restore_custody(message_id after);
  void on_custody(const custody_loaded& x);
  void restore_notices(std::vector<storage::notice_peer> peers);
  void end_restoring();

  // shadow_keeping.cpp
  caf::result<message_kept> on_keep_message(const keep_message& x);
  void keep_here(const policy::keep_here& x);
  void on_kept_here(message_id id, const message_kept& x);
  void on_not_kept_here(message_id id, const error& why);
  void accept(const policy::accept_message& x);
  caf::result<messages_settled> on_settle_messages(const settle_messages& x);
  void settle(settling what, settle_task& into);
  void settle_away(message_id id);
  [[nodiscard]] std::vector<std::uint16_t> newly_settled(const queued_message& mail);

  // shadow_line.cpp: what the machine wants done.
  void pump();
  void translate(policy::shadow_action& todo);
  void write(storage::custody_write what) { legacy_->line.emplace_back(std::move(what)); }
  void carry_out();
  void write_some();
  void on_wrote(bool well);
  void act(shadow_task& task);
  void load_notices_for(const policy::load_notices& x);

  // shadow_queue.cpp: what the SHARD sees of the queue.
  caf::result<batch_taken> on_batch_kept(const batch_kept& x);
  caf::result<schedule_loaded> on_load_schedule(const load_schedule& x);
  void page(const load_schedule& x, caf::typed_response_promise<schedule_loaded> promise);
  caf::result<messages_loaded> on_load_messages(const load_messages& x);
  void announce_some();
  void on_announced(const messages_loaded& x);
  void announce(std::vector<keep_message> all);
  void tell_shard();
  void withdraw_some();
  void share();
  void share(std::uint64_t queued, milliseconds wait);
  void hand_over(std::vector<message_id> ids, policy::node_id to, unsigned hops_max);

  // shadow_parcels.cpp
  static void finish(taken_promise& promise);
  caf::result<parcel_taken> on_parcel(const parcel_came& x);
  void on_letter(policy::node_id from, policy::shadow_word& word, taken_promise promise);
  void store_copy(policy::node_id from, const policy::shadow_message& what, const mail_ptr& mail,
                  const body_ptr& body, taken_promise promise);
  void hear(policy::node_id from, const policy::shadow_message& what, bool has_room);
  void say(policy::node_id to, const policy::shadow_parcel& what);
  void send_word(const policy::send_to& x);
  void send_letter(policy::node_id to, policy::shadow_message what, const keep_message& letter);

  // shadow_streams.cpp
  void begin_stream(policy::node_id from, std::uint64_t number, stream_in what);
  void on_part(policy::node_id from, policy::body_part& part, taken_promise promise);
  void on_part_written(const stream_key& key, std::uint64_t bytes, const spool_file& file);
  void on_part_taken(policy::node_id from, const policy::part_taken& x);
  void give_up_streams();

  const shadow_actor_options options_;
  const std::shared_ptr<shadow_legacy> legacy_;
  policy::shadow& rules_;
  bool restoring_ = false;
  bool open_ = false;          ///< What others hold may be leased.
  std::size_t writing_ = 0;    ///< Requests to the STORE under way for the first `wrote_` of the line.
  std::size_t wrote_ = 0;
  bool write_failed_ = false;
  bool write_again_ = false;   ///< The STORE died: at its return, or by the tick.
  std::uint64_t tickets_ = 0;
  std::map<std::uint64_t, settled_promise> settled_;
  std::unordered_map<message_id, kept_promise> kept_;
  std::unordered_map<message_id, error> why_not_; ///< The disk's words, until the refusal.
  std::vector<keep_message> news_; ///< Not announced yet.
  std::deque<message_id> to_announce_; ///< As they are on disk.
  bool announcing_ = false;
  std::size_t ahead_ = 0;
  std::deque<batch_promise> batches_; ///< Wait for the SHARD.
  bool withdrawing_ = false;
  bool sharing_ = false;
  steady_time share_at_{};
  steady_time count_at_{};
  std::set<message_id> arriving_; ///< Copies that are on their way to disk.
  std::optional<storage::put_custody> arrived_; ///< Just written, beside the copy that is being told of.
  std::map<stream_key, stream_in> in_;
  std::map<std::uint64_t, stream_out> out_; ///< By attempt.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_shadow)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::shadow_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::explain_copy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::copy_place)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::shadow_tick)
