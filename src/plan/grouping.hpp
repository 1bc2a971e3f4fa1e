#pragma once

/// Grouping cells by the key that a learner's sharing rules leave of their specs.
///
///   wish   a cell and the effective spec it wants: parameters without effect set to one value
///   key    the spec once every rule that applies has erased what it covers; equal keys make a family
///
/// The same families come out whatever the order of the cells.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "invariant.hpp"
#include "plan/sharing_rule.hpp"
#include "tenfold/plan.hpp"

namespace tenfold {

/// What the planner asks of a learner's specs, which are ordered values.
template <typename Spec>
struct Sharing {
  std::span<const SharingRule<Spec>* const> rules;
  std::uint32_t (*step)(const Spec& spec);  ///< after how many steps it is read off
  void (*erase_step)(Spec& spec);           ///< what is left is the member
  std::size_t most_members;                 ///< of one family
};

template <typename Spec>
struct Wish {
  Spec spec;
  std::uint32_t cell = 0;
  std::uint32_t spec_number = 0;
};

/// A family as far as it follows from specs alone; what it costs is the learner's to add.
template <typename Spec>
struct Grouped {
  Family family;              ///< split, readings, members and rules
  Spec key;                   ///< equal for all its cells
  std::uint32_t repeat = 0;   ///< which of equal cells, where those are kept apart
  std::vector<Spec> members;  ///< effective specs without their steps
};

namespace detail {

template <typename Spec>
class Grouper {
 public:
  Grouper(const Sharing<Spec>& sharing, const PlanOptions& options)
      : sharing_(sharing), joins_equal_(!options.is_disabled(kEqualRule)) {
    for (const SharingRule<Spec>* rule : sharing.rules) {
      if (!options.is_disabled(rule->name)) {
        rules_.push_back(rule);
      }
    }
  }

  std::vector<Grouped<Spec>> group(std::span<const std::pair<std::uint32_t, Wish<Spec>>> wishes) {
    std::set<std::pair<std::uint32_t, Spec>> needed;
    for (const auto& [split, wish] : wishes) {
      needed.emplace(split, key(wish.spec));
    }
    std::map<std::tuple<std::uint32_t, Spec, std::uint32_t>, std::vector<Joining>> groups;
    std::map<std::pair<std::uint32_t, Spec>, std::uint32_t> met;
    for (const auto& [split, wish] : wishes) {
      const std::uint32_t repeat = joins_equal_ ? 0 : met[{split, wish.spec}]++;
      Joining joining{wish, wish.spec};
      for (const SharingRule<Spec>* rule : rules_) {
        Spec admitted = wish.spec;
        if (rule->admit != nullptr && !rule->applies(wish.spec)) {
          rule->admit(admitted);
          if (needed.contains({split, key(admitted)})) {
            joining.as = admitted;
            break;
          }
        }
      }
      groups[{split, key(joining.as), repeat}].push_back(joining);
    }
    std::vector<Grouped<Spec>> result;
    for (auto& [place, joining] : groups) {
      cut(place, joining, result);
    }
    return result;
  }

 private:
  /// A wish, and the spec as which it is in its family: its own, or as a rule has admitted it.
  struct Joining {
    Wish<Spec> wish;
    Spec as;
  };

  [[nodiscard]] Spec key(const Spec& spec, const SharingRule<Spec>* withheld = nullptr) const {
    Spec result = spec;
    for (const SharingRule<Spec>* rule : rules_) {
      if (rule != withheld && rule->applies(spec)) {
        rule->erase(result);
      }
    }
    return result;
  }

  [[nodiscard]] Spec member(const Spec& spec) const {
    Spec result = spec;
    sharing_.erase_step(result);
    return result;
  }

  /// Makes families of a group, each of so many members at most.
  void cut(const std::tuple<std::uint32_t, Spec, std::uint32_t>& place, std::vector<Joining>& group,
           std::vector<Grouped<Spec>>& result) const {
    const auto order = [this](const Joining& joining) {
      return std::tuple(member(joining.wish.spec), joining.wish.spec, joining.wish.cell);
    };
    std::sort(group.begin(), group.end(),
              [&](const Joining& a, const Joining& b) { return order(a) < order(b); });
    const auto& [split, group_key, repeat] = place;
    std::size_t first = 0;
    while (first < group.size()) {
      Grouped<Spec> made{{}, group_key, repeat, {}};
      made.family.split = split;
      std::size_t last = first;
      for (; last < group.size(); ++last) {
        const Wish<Spec>& wish = group[last].wish;
        const Spec own = member(wish.spec);
        if (made.members.empty() || own != made.members.back()) {
          if (made.members.size() == sharing_.most_members) {
            break;
          }
          made.members.push_back(own);
          made.family.members.push_back(wish.spec_number);
        }
        invariant(key(group[last].as) == group_key, "one key for all cells of a family");
        made.family.readings.push_back(
            {wish.cell, static_cast<std::uint32_t>(made.members.size() - 1), sharing_.step(wish.spec)});
      }
      made.family.rules = rules_at_work(std::span(group).subspan(first, last - first));
      result.push_back(std::move(made));
      first = last;
    }
  }

  /// The rules without which these cells would not be together.
  [[nodiscard]] std::vector<std::string_view> rules_at_work(std::span<const Joining> cells) const {
    std::vector<std::string_view> names;
    for (const SharingRule<Spec>* rule : rules_) {
      const Spec first = key(cells.front().as, rule);
      if (std::any_of(cells.begin(), cells.end(),
                      [&](const Joining& joining) { return key(joining.as, rule) != first; })) {
        names.push_back(rule->name);
      }
    }
    const auto equal = [](const Joining& a, const Joining& b) { return a.wish.spec == b.wish.spec; };
    if (std::adjacent_find(cells.begin(), cells.end(), equal) != cells.end()) {
      names.push_back(kEqualRule);
    }
    return names;
  }

  const Sharing<Spec>& sharing_;
  bool joins_equal_;
  std::vector<const SharingRule<Spec>*> rules_;
};

}  // namespace detail

/// Families of these cells. `effective(cell)` is the spec that a cell comes to on its split, and
/// `add_cost(group)` fills in what a family costs.
template <typename Spec, typename Effective, typename AddCost>
std::vector<Family> families_of(const PlanRequest& request, const Sharing<Spec>& sharing,
                                Effective&& effective, AddCost&& add_cost) {
  std::vector<std::pair<std::uint32_t, Wish<Spec>>> wishes;
  wishes.reserve(request.cells.size());
  for (std::size_t c = 0; c < request.cells.size(); ++c) {
    const Cell& cell = request.cells[c];
    wishes.emplace_back(cell.split, Wish<Spec>{effective(cell), static_cast<std::uint32_t>(c), cell.spec});
  }
  std::vector<Grouped<Spec>> groups = detail::Grouper<Spec>(sharing, request.options).group(wishes);
  std::vector<Family> families;
  families.reserve(groups.size());
  for (Grouped<Spec>& group : groups) {
    add_cost(group);
    families.push_back(std::move(group.family));
  }
  return families;
}

}  // namespace tenfold
