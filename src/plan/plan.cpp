#include "tenfold/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "plan/cost_model.hpp"
#include "plan/sharing_rule.hpp"
#include "trees/growth_rules.hpp"

namespace tenfold {

std::span<const SharingRule* const> sharing_rules() {
  static constexpr std::array kRules{&kPrefixRule, &kForkingRule, &kPruningRule, &kCostComplexityRule};
  return kRules;
}

namespace {

/// A cell and the effective spec it wants.
struct Wish {
  ForestSpec spec;
  std::uint32_t cell = 0;
};

using FamilyKey = std::pair<std::uint32_t, ForestSpec>;  // split, spec without what the rules cover

/// The key of a spec's family. `as_pruned`: of the family of whole trees that it may be read off too.
ForestSpec family_key(const ForestSpec& spec, bool as_pruned, const SharingRule* withheld = nullptr) {
  ForestSpec key = spec;
  for (const SharingRule* rule : sharing_rules()) {
    const bool applies =
        as_pruned ? rule == &kPrefixRule || rule == &kCostComplexityRule : rule->applies(spec);
    if (rule != withheld && applies) {
      rule->erase(key);
    }
  }
  return key;
}

/// The member that a spec belongs to: the spec without the number of trees.
ForestSpec member_of(const ForestSpec& spec) {
  ForestSpec member = spec;
  kPrefixRule.erase(member);
  return member;
}

/// The rules without which the family's cells would not be together.
std::vector<std::string_view> rules_at_work(std::span<const Wish> wishes, bool prunes) {
  std::vector<std::string_view> names;
  for (const SharingRule* rule : sharing_rules()) {
    const ForestSpec first = family_key(wishes.front().spec, prunes, rule);
    if (std::any_of(wishes.begin(), wishes.end(),
                    [&](const Wish& w) { return family_key(w.spec, prunes, rule) != first; })) {
      names.push_back(rule->name);
    }
  }
  for (std::size_t i = 1; i < wishes.size(); ++i) {
    if (wishes[i - 1].spec == wishes[i].spec) {
      names.emplace_back("equal");
      break;
    }
  }
  return names;
}

/// Builds one family of wishes sorted by spec, with at most kMaxMembers members.
Family make_family(std::uint32_t split, std::span<const Wish> wishes, const PlanRequest& request) {
  Family family;
  family.split = split;
  for (const Wish& wish : wishes) {
    const ForestSpec member = member_of(wish.spec);
    if (const auto known = std::find(family.members.begin(), family.members.end(), member);
        known == family.members.end()) {
      family.readings.push_back(
          {wish.cell, static_cast<std::uint32_t>(family.members.size()), wish.spec.n_estimators});
      family.members.push_back(member);
    } else {
      family.readings.push_back(
          {wish.cell, static_cast<std::uint32_t>(known - family.members.begin()), wish.spec.n_estimators});
    }
    family.n_trees = std::max(family.n_trees, wish.spec.n_estimators);
  }
  family.prunes = std::any_of(family.members.begin(), family.members.end(),
                              [](const ForestSpec& member) { return member.ccp_alpha > 0.0; });
  family.rules = rules_at_work(wishes, family.prunes);
  family.cost = family_cost(family, request.splits[split], {request.n_classes, request.n_values});
  return family;
}

}  // namespace

std::size_t Plan::n_fits() const {
  std::size_t sum = 0;
  for (const Family& family : families) {
    sum += family.readings.size();
  }
  return sum;
}

std::uint64_t Plan::n_trees_asked(std::span<const ForestSpec> specs, std::span<const Cell> cells) const {
  std::uint64_t sum = 0;
  for (const Cell& cell : cells) {
    sum += specs[cell.spec].n_estimators;
  }
  return sum;
}

std::uint64_t Plan::n_trees_grown() const {
  std::uint64_t sum = 0;
  for (const Family& family : families) {
    sum += std::uint64_t{family.n_trees} * (family.is_free() || family.prunes ? 1 : family.members.size());
  }
  return sum;
}

Plan make_plan(const PlanRequest& request) {
  std::vector<Wish> wishes_by_cell;
  std::set<FamilyKey> pruned;
  for (std::size_t c = 0; c < request.cells.size(); ++c) {
    const Cell& cell = request.cells[c];
    if (cell.spec >= request.specs.size() || cell.split >= request.splits.size()) {
      throw std::invalid_argument("cell " + std::to_string(c) + " names spec " + std::to_string(cell.spec) +
                                  " and split " + std::to_string(cell.split) + "; there are " +
                                  std::to_string(request.specs.size()) + " specs and " +
                                  std::to_string(request.splits.size()) + " splits.");
    }
    const ForestSpec spec =
        effective(request.specs[cell.spec], request.splits[cell.split], request.n_columns);
    wishes_by_cell.push_back({spec, static_cast<std::uint32_t>(c)});
    if (spec.ccp_alpha > 0.0) {
      pruned.emplace(cell.split, family_key(spec, true));
    }
  }
  // An unpruned forest joins those that are pruned from the same trees, if there are any.
  std::map<FamilyKey, std::vector<Wish>> groups;
  for (const Wish& wish : wishes_by_cell) {
    const std::uint32_t split = request.cells[wish.cell].split;
    const FamilyKey whole{split, family_key(wish.spec, true)};
    groups[pruned.contains(whole) ? whole : FamilyKey{split, family_key(wish.spec, false)}].push_back(wish);
  }

  Plan plan;
  for (auto& [key, wishes] : groups) {
    std::sort(wishes.begin(), wishes.end(), [](const Wish& a, const Wish& b) {
      return std::pair(a.spec, a.cell) < std::pair(b.spec, b.cell);
    });
    // Wishes of one member must stay together, so order by member before cutting into families.
    std::stable_sort(wishes.begin(), wishes.end(),
                     [](const Wish& a, const Wish& b) { return member_of(a.spec) < member_of(b.spec); });
    for (std::size_t first = 0; first < wishes.size();) {
      std::size_t last = first;
      std::size_t n_members = 0;
      while (last < wishes.size()) {
        const bool new_member =
            last == first || member_of(wishes[last].spec) != member_of(wishes[last - 1].spec);
        if (new_member && n_members == kMaxMembers) {
          break;
        }
        n_members += static_cast<std::size_t>(new_member);
        ++last;
      }
      plan.families.push_back(
          make_family(key.first, std::span(wishes).subspan(first, last - first), request));
      first = last;
    }
  }
  std::stable_sort(plan.families.begin(), plan.families.end(),
                   [](const Family& a, const Family& b) { return a.cost > b.cost; });
  return plan;
}

}  // namespace tenfold
