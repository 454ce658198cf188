#include "actors/policy/turns.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using policy::turns;

namespace {

using line = turns<std::string, int>;

std::vector<int> drained(line& waiting) {
  std::vector<int> out;
  while (auto item = waiting.pop())
    out.push_back(*item);
  return out;
}

/// The same rules, written without a thought for speed.
class naive_turns {
public:
  void push(priority_class which, int owner, int item) {
    auto& queue = queues_[static_cast<std::size_t>(which)];
    for (auto& each : queue)
      if (each.first == owner) {
        each.second.push_back(item);
        return;
      }
    queue.push_back({owner, {item}});
  }

  std::optional<int> pop() {
    std::optional<std::size_t> best;
    int all = 0;
    for (std::size_t i = 4; i-- > 0;) {
      if (queues_[i].empty())
        continue;
      all += weights_[i];
      claims_[i] += weights_[i];
      if (!best || claims_[i] > claims_[*best])
        best = i;
    }
    if (!best)
      return std::nullopt;
    claims_[*best] -= all;
    auto& queue = queues_[*best];
    auto first = queue.front();
    queue.erase(queue.begin());
    const auto item = first.second.front();
    first.second.erase(first.second.begin());
    if (!first.second.empty())
      queue.push_back(first);
    forgive();
    return item;
  }

  template <class Predicate>
  std::vector<int> remove_if(Predicate pred) {
    std::vector<int> taken;
    for (std::size_t i = 4; i-- > 0;)
      for (auto& owner : queues_[i])
        for (auto item = owner.second.begin(); item != owner.second.end();) {
          if (pred(*item)) {
            taken.push_back(*item);
            item = owner.second.erase(item);
          } else {
            ++item;
          }
        }
    for (auto& queue : queues_)
      std::erase_if(queue, [](const auto& owner) { return owner.second.empty(); });
    forgive();
    return taken;
  }

  std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& queue : queues_)
      for (const auto& owner : queue)
        sum += owner.second.size();
    return sum;
  }

private:
  void forgive() {
    for (std::size_t i = 0; i < 4; ++i)
      if (queues_[i].empty())
        claims_[i] = 0;
  }

  std::vector<std::pair<int, std::vector<int>>> queues_[4];
  int weights_[4]{1, 2, 4, 8};
  int claims_[4]{};
};

} // namespace

TEST_CASE("turns: one owner is served first in, first out", "[policy]") {
  line waiting{100};
  CHECK_FALSE(waiting.pop());
  for (int i = 0; i < 5; ++i)
    CHECK(waiting.push(priority_class::normal, "ann", i));
  CHECK(waiting.size() == 5);
  CHECK(waiting.size(priority_class::normal) == 5);
  CHECK(waiting.size(priority_class::high) == 0);
  CHECK(waiting.owners(priority_class::normal) == 1);
  CHECK(drained(waiting) == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(waiting.empty());
  CHECK(waiting.owners(priority_class::normal) == 0);
}

TEST_CASE("turns: what comes back to its place goes before the rest of its owner", "[policy]") {
  line waiting{3};
  CHECK(waiting.push(priority_class::normal, "ann", 1));
  CHECK(waiting.push(priority_class::normal, "bob", 2));
  CHECK(waiting.push_front(priority_class::normal, "ann", 0));
  CHECK_FALSE(waiting.push_front(priority_class::normal, "ann", 9));
  CHECK(drained(waiting) == std::vector<int>{0, 2, 1});
}

TEST_CASE("turns: owners of a class take turns", "[policy]") {
  line waiting{100};
  for (int i = 0; i < 3; ++i)
    CHECK(waiting.push(priority_class::normal, "ann", 10 + i));
  CHECK(waiting.push(priority_class::normal, "bob", 20));
  CHECK(waiting.push(priority_class::normal, "cid", 30));
  CHECK(waiting.push(priority_class::normal, "bob", 21));
  CHECK(drained(waiting) == std::vector<int>{10, 20, 30, 11, 21, 12});
}

TEST_CASE("turns: a bulk owner delays another's single item by one turn", "[policy]") {
  turns<int, int> waiting{200'000};
  for (int i = 0; i < 100'000; ++i)
    REQUIRE(waiting.push(priority_class::normal, 1, i));
  const auto served_before = GENERATE(0, 1, 5000, 99'998);
  for (int i = 0; i < served_before; ++i)
    REQUIRE(waiting.pop() == i);
  REQUIRE(waiting.push(priority_class::normal, 2, -1));
  int waited = 0;
  while (waiting.pop() != -1)
    ++waited;
  CHECK(waited <= 1);
}

TEST_CASE("turns: classes are served by their weights, and none starves", "[policy]") {
  turns<int, priority_class> waiting{10'000};
  for (const auto which : {priority_class::low, priority_class::normal, priority_class::high,
                           priority_class::urgent})
    for (int i = 0; i < 1000; ++i)
      REQUIRE(waiting.push(which, i % 7, which));
  // Until the most urgent run out.
  for (int round = 0; round < 125; ++round) {
    std::map<priority_class, int> served;
    for (int i = 0; i < 15; ++i)
      ++served[waiting.pop().value()];
    REQUIRE(served[priority_class::low] == 1);
    REQUIRE(served[priority_class::normal] == 2);
    REQUIRE(served[priority_class::high] == 4);
    REQUIRE(served[priority_class::urgent] == 8);
  }
  // Their share goes to the others.
  REQUIRE(waiting.size(priority_class::urgent) == 0);
  std::map<priority_class, int> served;
  for (int i = 0; i < 70; ++i)
    ++served[waiting.pop().value()];
  CHECK(served[priority_class::low] == 10);
  CHECK(served[priority_class::normal] == 20);
  CHECK(served[priority_class::high] == 40);
}

TEST_CASE("turns: something urgent is next, even after a long time of bulk alone", "[policy]") {
  line waiting{10'000};
  for (int i = 0; i < 5000; ++i)
    REQUIRE(waiting.push(priority_class::low, "bulk", i));
  for (int i = 0; i < 1000; ++i)
    REQUIRE(waiting.pop() == i);
  REQUIRE(waiting.push(priority_class::urgent, "ann", -1));
  CHECK(waiting.pop() == -1);
}

TEST_CASE("turns: urgent items that come one by one don't starve the rest", "[policy]") {
  line waiting{100};
  const bool crowded = GENERATE(false, true);
  REQUIRE(waiting.push(priority_class::low, "bulk", 1));
  int waited = 0;
  for (bool served = false; !served; ++waited) {
    REQUIRE(waited < 30);
    REQUIRE(waiting.push(priority_class::urgent, "ann", 0));
    if (crowded) {
      REQUIRE(waiting.push(priority_class::high, "bob", 0));
      REQUIRE(waiting.push(priority_class::normal, "cid", 0));
    }
    served = waiting.pop() == 1;
  }
}

TEST_CASE("turns: full, it refuses and keeps its hands off the item", "[policy]") {
  turns<int, std::unique_ptr<int>> waiting{2};
  CHECK(waiting.push(priority_class::normal, 1, std::make_unique<int>(1)));
  CHECK(waiting.push(priority_class::urgent, 2, std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  CHECK_FALSE(waiting.push(priority_class::urgent, 3, std::move(third)));
  CHECK(third);
  CHECK(waiting.owners(priority_class::urgent) == 1);
  CHECK(**waiting.pop() == 2);
  CHECK(waiting.push(priority_class::urgent, 3, std::move(third)));
  CHECK_FALSE(turns<int, int>{0}.push(priority_class::low, 1, 1));
}

TEST_CASE("turns: one item can be taken out by its owner", "[policy]") {
  line waiting{100};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(waiting.push(priority_class::normal, "ann", 10 + i));
    REQUIRE(waiting.push(priority_class::normal, "bob", 20 + i));
  }
  const auto is = [](int wanted) { return [wanted](int item) { return item == wanted; }; };
  CHECK(waiting.remove(priority_class::normal, "ann", is(11)) == 11);
  CHECK_FALSE(waiting.remove(priority_class::normal, "ann", is(11)));
  CHECK_FALSE(waiting.remove(priority_class::normal, "ann", is(20)));
  CHECK_FALSE(waiting.remove(priority_class::high, "ann", is(10)));
  CHECK_FALSE(waiting.remove(priority_class::normal, "cid", is(10)));
  CHECK(waiting.size() == 5);
  CHECK(waiting.remove(priority_class::normal, "ann", is(10)) == 10);
  CHECK(waiting.remove(priority_class::normal, "ann", is(12)) == 12);
  CHECK(waiting.owners(priority_class::normal) == 1);
  CHECK(drained(waiting) == std::vector<int>{20, 21, 22});
}

TEST_CASE("turns: many items can be taken out at once", "[policy]") {
  line waiting{100};
  for (int i = 0; i < 4; ++i) {
    REQUIRE(waiting.push(priority_class::normal, "ann", 10 + i));
    REQUIRE(waiting.push(priority_class::low, "bob", 20 + i));
  }
  CHECK(waiting.remove_if([](int item) { return item % 2 == 0; })
        == std::vector<int>{10, 12, 20, 22});
  CHECK(waiting.size() == 4);
  std::vector<std::string> seen;
  waiting.for_each([&](priority_class which, const std::string& owner, int item) {
    seen.push_back(to_string(which) + (' ' + owner) + ' ' + std::to_string(item));
  });
  CHECK(seen == std::vector<std::string>{"normal ann 11", "normal ann 13", "low bob 21", "low bob 23"});
  CHECK(waiting.remove_if([](int) { return true; }).size() == 4);
  CHECK(waiting.empty());
}

TEST_CASE("turns: keeps its order when it moves", "[policy]") {
  line first{100};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(first.push(priority_class::normal, "ann", 10 + i));
    REQUIRE(first.push(priority_class::normal, "bob", 20 + i));
  }
  line second = std::move(first);
  REQUIRE(second.push(priority_class::normal, "ann", 13));
  CHECK(drained(second) == std::vector<int>{10, 20, 11, 21, 12, 22, 13});
}

TEST_CASE("turns: behaves like a naive queue of the same rules", "[policy]") {
  std::mt19937 dice{GENERATE(range(1u, 41u))};
  turns<int, int> waiting{300};
  naive_turns naive;
  // Some seeds drain it often, some keep it full.
  const auto pops = 3 + dice() % 6;
  for (int i = 0; i < 3000; ++i) {
    const auto what = dice() % 12;
    if (what == 0 && dice() % 10 == 0) {
      const auto rest = static_cast<int>(dice() % 5);
      const auto pred = [&](int item) { return item % 5 == rest; };
      REQUIRE(waiting.remove_if(pred) == naive.remove_if(pred));
    } else if (what <= pops) {
      REQUIRE(waiting.pop() == naive.pop());
    } else {
      const auto which = static_cast<priority_class>(dice() % 4);
      const auto owner = static_cast<int>(dice() % 9);
      if (waiting.push(which, owner, i))
        naive.push(which, owner, i);
      else
        REQUIRE(naive.size() == 300);
    }
    REQUIRE(waiting.size() == naive.size());
  }
  while (const auto item = waiting.pop())
    REQUIRE(item == naive.pop());
  CHECK(naive.size() == 0);
}

TEST_CASE("turns: owners that come and go in great numbers leave nothing behind", "[policy]") {
  std::vector<std::shared_ptr<int>> owners(20'000);
  for (auto& each : owners)
    each = std::make_shared<int>(0);
  turns<std::shared_ptr<int>, int> waiting{100'000};
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20'000; ++i)
      REQUIRE(waiting.push(priority_class::normal, owners[static_cast<std::size_t>(i)], i));
    for (int i = 0; i < 20'000; ++i)
      REQUIRE(waiting.pop() == i);
    CHECK(waiting.owners(priority_class::normal) == 0);
    CHECK(std::all_of(owners.begin(), owners.end(),
                      [](const auto& owner) { return owner.use_count() == 1; }));
  }
}
