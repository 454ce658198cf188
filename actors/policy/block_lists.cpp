#include "actors/policy/block_lists.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

std::string block_list_name(const ip_address& client, const std::string& zone) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  switch (client.family) {
    case ip_family::none: return name;
    case ip_family::ipv4:
      for (std::size_t i = 4; i-- > 0;)
        (name += std::to_string(client.bytes[i])) += '.';
      break;
    case ip_family::ipv6:
      for (std::size_t i = client.bytes.size(); i-- > 0;)
        ((((name += digits[client.bytes[i] & 15u]) += '.') += digits[client.bytes[i] >> 4u])) += '.';
      break;
  }
  return name += zone;
}

bool is_listed(const block_list& list, const std::vector<ip_address>& answers) {
  return std::any_of(answers.begin(), answers.end(), [&](const ip_address& each) {
    const bool is_answer = each.family == ip_family::ipv4 && each.bytes[0] == 127
                           && !(each.bytes[1] == 255 && each.bytes[2] == 255);
    return is_answer
           && (list.answers.empty()
               || std::any_of(list.answers.begin(), list.answers.end(),
                              [&](const ip_network& net) { return net.contains(each); }));
  });
}

std::optional<reply> judge(const block_list_rules& rules, const std::vector<bool>& listed, const ip_address& client) {
  TROUPE_EXPECT(listed.size() == rules.lists.size());
  int sum = 0;
  const block_list* heaviest = nullptr;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (!listed[i])
      continue;
    sum += rules.lists[i].weight;
    if (!heaviest || rules.lists[i].weight > heaviest->weight)
      heaviest = &rules.lists[i];
  }
  if (!heaviest || sum < rules.refuse_at)
    return std::nullopt;
  if (!heaviest->reply.empty())
    return reply{554, "5.7.1", {heaviest->reply}};
  return reply{554, "5.7.1", {"Your address " + to_string(client) + " is listed at " + heaviest->zone}};
}

} // namespace troupe::policy
