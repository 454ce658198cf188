#include "actors/waiting_line.hpp"

#include "net/core/expect.hpp"

#include <algorithm>
#include <string>

namespace troupe::actors {

turn_owner owner_of(const queued_message& mail) {
  return std::hash<std::string>{}(mail.sender.is_null() ? mail.client : to_string(mail.sender));
}

turn_of turn_of_message(const queued_message& mail) { return {class_of(mail.priority), owner_of(mail)}; }

void waiting_line::push(const turn_of& turn, waiting_lease&& what) {
  TROUPE_EXPECT(turns_.push(turn.rank, turn.owner, std::move(what)));
}

std::optional<waiting_lease> waiting_line::next() {
  for (;;) {
    if (!suspect_out_ && !suspects_.empty()) {
      auto alone = std::move(suspects_.front());
      suspects_.pop_front();
      suspect_out_ = alone.id;
      return alone;
    }
    auto first = next_of_all();
    if (!first || !first->suspect)
      return first;
    suspects_.push_back(std::move(*first));
  }
}

std::optional<waiting_lease> waiting_line::next_of_all() {
  if (again_.empty())
    return turns_.pop();
  std::optional<waiting_lease> first{std::move(again_.front())};
  again_.pop_front();
  return first;
}

void waiting_line::suspect_ended(message_id id) {
  if (suspect_out_ == id)
    suspect_out_.reset();
}

bool waiting_line::remove(const turn_of& turn, message_id id) {
  const auto is_it = [id](const waiting_lease& each) { return each.id == id; };
  return turns_.remove(turn.rank, turn.owner, is_it).has_value() || std::erase_if(again_, is_it) > 0
         || std::erase_if(suspects_, is_it) > 0;
}

std::vector<waiting_lease> waiting_line::take_all() {
  auto all = turns_.remove_if([](const waiting_lease&) { return true; });
  for (auto* line : {&again_, &suspects_}) {
    std::move(line->begin(), line->end(), std::back_inserter(all));
    line->clear();
  }
  return all;
}

std::vector<waiting_lease> waiting_line::take_overdue(wall_time now) {
  const auto is_overdue = [now](const waiting_lease& each) { return each.look_again <= now; };
  auto all = turns_.remove_if(is_overdue);
  std::erase_if(again_, [&](waiting_lease& each) {
    if (!is_overdue(each))
      return false;
    all.push_back(std::move(each));
    return true;
  });
  return all;
}

std::vector<waiting_lease>
waiting_line::take_beyond(std::size_t kept, const std::function<turn_of(const waiting_lease&)>& turn,
                          const std::function<bool(const waiting_lease&)>& may_leave) {
  std::vector<waiting_lease> staying, leaving;
  while (auto next = turns_.pop())
    (staying.size() >= kept && may_leave(*next) ? leaving : staying).push_back(std::move(*next));
  for (auto& each : staying) {
    const auto place = turn(each);
    push(place, std::move(each));
  }
  return leaving;
}

bool waiting_line::holds(message_id id) const {
  bool found = false;
  turns_.for_each([&](priority_class, turn_owner, const waiting_lease& each) { found = found || each.id == id; });
  const auto is_it = [id](const waiting_lease& each) { return each.id == id; };
  return found || std::any_of(again_.begin(), again_.end(), is_it)
         || std::any_of(suspects_.begin(), suspects_.end(), is_it);
}

} // namespace troupe::actors
