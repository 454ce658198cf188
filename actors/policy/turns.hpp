// Who is served next of all that wait: a bounded queue in which nobody starves.
//
//   between the priority classes   by weights: of 15 that leave, 8 urgent, 4 high,
//                                  2 normal, 1 low, spread evenly; an empty class
//                                  leaves its share to the others
//   inside a class                 owners (senders, say) take turns, one item each
//   inside an owner                first in, first out
//
// So an owner with 100,000 items delays the one item of another by a single turn.

#pragma once

#include "net/core/expect.hpp"
#include "net/core/priority.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::policy {

/// By class, low first. Each at least one.
using turn_weights = std::array<unsigned, priority_classes>;
inline constexpr turn_weights usual_turn_weights{1, 2, 4, 8};

/// Everything is O(1), amortised, unless it says otherwise. An owner takes memory while
/// it has items only.
template <class Owner, class Item, class Hash = std::hash<Owner>>
class turns {
public:
  /// @pre every weight is at least one
  explicit turns(std::size_t items_max, const turn_weights& weights = usual_turn_weights)
    : items_max_{items_max} {
    for (std::size_t i = 0; i < priority_classes; ++i) {
      TROUPE_EXPECT(weights[i] > 0);
      classes_[i].weight = weights[i];
    }
  }
  turns(turns&&) = default;
  turns& operator=(turns&&) = default;

  /// False when it is full: nothing was added, and `item` is as it was.
  [[nodiscard]] bool push(priority_class which, const Owner& owner, Item&& item) {
    if (size_ >= items_max_)
      return false;
    auto& rank = at(which);
    const auto [place, is_new] = rank.owners.try_emplace(owner);
    if (is_new)
      place->second.turn = rank.ring.insert(rank.ring.end(), &*place);
    place->second.items.push_back(std::move(item));
    ++rank.size;
    ++size_;
    return true;
  }
  [[nodiscard]] bool push(priority_class which, const Owner& owner, const Item& item) {
    return push(which, owner, Item{item});
  }

  /// As push, but before the others of its owner: it stood before them already.
  [[nodiscard]] bool push_front(priority_class which, const Owner& owner, Item&& item) {
    if (!push(which, owner, std::move(item)))
      return false;
    auto& items = at(which).owners.find(owner)->second.items;
    items.splice(items.begin(), items, std::prev(items.end()));
    return true;
  }

  /// Who is next, or nothing when nobody waits.
  [[nodiscard]] std::optional<Item> pop() {
    if (size_ == 0)
      return std::nullopt;
    auto& rank = next_class();
    auto& owner = *rank.ring.front();
    std::optional<Item> next{std::move(owner.second.items.front())};
    rank.ring.splice(rank.ring.end(), rank.ring, rank.ring.begin());
    drop(rank, owner, owner.second.items.begin());
    return next;
  }

  /// Takes out the owner's first item with pred(item). O(items of that owner).
  template <class Predicate>
  [[nodiscard]] std::optional<Item> remove(priority_class which, const Owner& owner,
                                           Predicate pred) {
    auto& rank = at(which);
    const auto known = rank.owners.find(owner);
    if (known == rank.owners.end())
      return std::nullopt;
    auto& items = known->second.items;
    const auto found = std::find_if(items.begin(), items.end(), std::ref(pred));
    if (found == items.end())
      return std::nullopt;
    std::optional<Item> taken{std::move(*found)};
    drop(rank, *known, found);
    return taken;
  }

  /// Takes out every item with pred(item), highest class first. O(size()).
  template <class Predicate>
  std::vector<Item> remove_if(Predicate pred) {
    std::vector<Item> taken;
    for (auto rank = classes_.rbegin(); rank != classes_.rend(); ++rank) {
      for (auto turn = rank->ring.begin(); turn != rank->ring.end();) {
        auto& owner = **turn++;
        auto& items = owner.second.items;
        for (auto left = items.size(); left > 0; --left) {
          // `drop` ends the owner with its last item; until then, kept ones go round.
          if (pred(std::as_const(items.front()))) {
            taken.push_back(std::move(items.front()));
            drop(*rank, owner, items.begin());
          } else {
            items.splice(items.end(), items, items.begin());
          }
        }
      }
    }
    return taken;
  }

  /// f(class, owner, item): highest class first, owners by turn, items in their order. O(size()).
  template <class F>
  void for_each(F f) const {
    for (std::size_t i = priority_classes; i-- > 0;)
      for (const auto* owner : classes_[i].ring)
        for (const auto& item : owner->second.items)
          f(static_cast<priority_class>(i), owner->first, item);
  }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t size(priority_class which) const noexcept {
    return classes_[static_cast<std::size_t>(which)].size;
  }
  [[nodiscard]] bool has(priority_class which, const Owner& owner) const {
    return classes_[static_cast<std::size_t>(which)].owners.contains(owner);
  }
  /// Owners that have something in this class.
  [[nodiscard]] std::size_t owners(priority_class which) const noexcept {
    return classes_[static_cast<std::size_t>(which)].owners.size();
  }

private:
  struct owner_state;
  using owner_entry = std::pair<const Owner, owner_state>;
  using owner_ring = std::list<owner_entry*>;
  struct owner_state {
    std::list<Item> items;
    typename owner_ring::iterator turn;
  };
  struct class_line {
    std::unordered_map<Owner, owner_state, Hash> owners; ///< Those with items.
    owner_ring ring;                                     ///< The same; first is next.
    std::size_t size = 0;
    std::int64_t weight = 1;
    std::int64_t claim = 0; ///< Grows by the weight at each turn, falls when it is served.
  };

  // Fewer hash buckets are never given back: not worth a rehash.
  static constexpr std::size_t buckets_kept = 64;

  class_line& at(priority_class which) { return classes_[static_cast<std::size_t>(which)]; }

  class_line& next_class() {
    class_line* next = nullptr;
    std::int64_t all = 0;
    for (auto each = classes_.rbegin(); each != classes_.rend(); ++each) {
      if (each->size == 0)
        continue;
      all += each->weight;
      each->claim += each->weight;
      if (next == nullptr || each->claim > next->claim)
        next = &*each;
    }
    next->claim -= all;
    return *next;
  }

  void drop(class_line& from, owner_entry& owner, typename std::list<Item>::iterator item) {
    owner.second.items.erase(item);
    --size_;
    // Whoever comes back later finds neither a claim nor a debt.
    if (--from.size == 0)
      from.claim = 0;
    if (!owner.second.items.empty())
      return;
    from.ring.erase(owner.second.turn);
    from.owners.erase(from.owners.find(owner.first)); // by place: the key dies with it
    const auto buckets = from.owners.bucket_count();
    if (buckets > buckets_kept && from.owners.size() * 8 < buckets)
      from.owners.rehash(from.owners.size() * 2);
  }

  std::size_t items_max_;
  std::size_t size_ = 0;
  std::array<class_line, priority_classes> classes_;
};

} // namespace troupe::policy
