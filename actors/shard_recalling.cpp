// SHARD: what a ROUTE put off comes back before its time, since an operator let go of it.

#include "actors/shard.hpp"

#include <algorithm>

namespace troupe::actors {

void shard::on_bring_back(const bring_back& x) {
  for (const auto& each : x.all) {
    const auto known = active_.find(each.id);
    if (known != active_.end())
      recall({known->second.mail, known->second.body}, each.recipients);
    else
      recalled_.push_back(each);
  }
  recall_more();
}

// One request in flight. Where the disk refuses, the rest comes when it is due.
void shard::recall_more() {
  if (recalling_ || recalled_.empty())
    return;
  recalling_ = true;
  const auto count = static_cast<std::ptrdiff_t>(std::min(recalled_.size(), load_batch_max));
  std::vector<put_off_mail> batch(recalled_.begin(), recalled_.begin() + count);
  recalled_.erase(recalled_.begin(), recalled_.begin() + count);
  load_messages wanted;
  for (const auto& each : batch)
    wanted.ids.push_back(each.id);
  request(store_->now(), caf::infinite, std::move(wanted))
    .then(
      [this, batch = std::move(batch)](const messages_loaded& x) {
        recalling_ = false;
        for (const auto& found : x.found) {
          const auto id = found.mail->id;
          if (found.as == storage::kept_as::copy)
            continue;
          const auto meant = std::find_if(batch.begin(), batch.end(),
                                          [id](const auto& each) { return each.id == id; });
          // It may have come into memory meanwhile: what is there is newer.
          const auto known = active_.find(id);
          recall(known == active_.end() ? found : keep_message{known->second.mail, known->second.body},
                 meant->recipients);
        }
        recall_more();
      },
      [this](const caf::error&) {
        recalling_ = false;
        recalled_.clear();
      });
}

void shard::recall(const keep_message& found, const std::vector<std::size_t>& recipients) {
  policy::settlement fate;
  fate.mail = *found.mail;
  for (const auto index : recipients)
    if (index < fate.mail.recipients.size()
        && fate.mail.recipients[index].state == recipient_state::queued)
      fate.mail.recipients[index].due = {};
  if (fate.mail != *found.mail)
    change(found, std::move(fate), nullptr);
}

} // namespace troupe::actors
