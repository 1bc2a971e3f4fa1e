/// Families of an order-exact search.

#include "trees/ordered/ordered_plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace tenfold::ordered {

namespace {

/// Parameters without effect set to one value, so that specs which grow the same trees are equal.
OrderedForestSpec effective(const OrderedForestSpec& spec, const SplitSize& split, std::uint32_t n_columns) {
  OrderedForestSpec result = spec;
  result.max_features = std::min(spec.max_features, n_columns);
  result.min_samples_leaf = std::max(spec.min_samples_leaf, std::uint32_t{1});
  result.min_samples_split =
      std::max({spec.min_samples_split, 2 * result.min_samples_leaf, std::uint32_t{2}});
  if (!spec.bootstrap) {
    result.max_samples = 0;
  }
  if (result.max_depth >= split.n_train) {
    result.max_depth = ForestSpec::kUnlimitedDepth;
  }
  return result;
}

OrderedForestSpec member_of(const OrderedForestSpec& spec) {
  OrderedForestSpec member = spec;
  member.n_estimators = 0;
  return member;
}

/// What is left of a spec once everything is erased that one growth can serve.
OrderedForestSpec key_of(const OrderedForestSpec& spec) {
  OrderedForestSpec key = member_of(spec);
  if (spec.max_leaf_nodes != 0) {
    key.max_leaf_nodes = 1;
  } else {
    key.max_depth = 0;
    key.min_samples_split = 0;
    key.min_impurity_decrease = 0.0;
  }
  return key;
}

double tree_cost(const OrderedForestSpec& spec, const SplitSize& split) {
  const double rows = spec.bootstrap ? 0.64 * split.n_train : split.n_train;
  const double leaf = std::max<double>(spec.min_samples_leaf, spec.min_samples_split / 2.0);
  double depth = std::min<double>(spec.max_depth, 1.0 + 1.3 * std::log2(std::max(2.0, rows / leaf)));
  if (spec.max_leaf_nodes != 0) {
    depth = std::min(depth, 2.0 + std::log2(static_cast<double>(spec.max_leaf_nodes)));
  }
  return 4e-9 * rows * depth * (spec.max_features + 1.0) + 1e-6;
}

const char* rule_name(const OrderedForestSpec& a, const OrderedForestSpec& b) {
  if (a.n_estimators != b.n_estimators) {
    return "prefix";
  }
  if (a.max_leaf_nodes != b.max_leaf_nodes) {
    return "fewer leaves";
  }
  return a.seed_source == ForestSpec::kFree ? "pruning" : "forking";
}

}  // namespace

std::vector<OrderedFamily> plan_ordered(std::span<const OrderedForestSpec> specs, std::span<const Cell> cells,
                                        std::span<const SplitSize> splits, std::uint32_t n_columns) {
  struct Wish {
    OrderedForestSpec spec;
    std::uint32_t cell = 0;
  };
  std::map<std::pair<std::uint32_t, OrderedForestSpec>, std::vector<Wish>> groups;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Cell& cell = cells[c];
    if (cell.spec >= specs.size() || cell.split >= splits.size()) {
      throw std::invalid_argument("cell " + std::to_string(c) + " names a spec or a split that is not there.");
    }
    const OrderedForestSpec spec = effective(specs[cell.spec], splits[cell.split], n_columns);
    groups[{cell.split, key_of(spec)}].push_back({spec, static_cast<std::uint32_t>(c)});
  }
  std::vector<OrderedFamily> families;
  for (auto& [key, wishes] : groups) {
    std::ranges::sort(wishes, {}, [](const Wish& wish) {
      return std::pair(member_of(wish.spec), std::pair(wish.spec.n_estimators, wish.cell));
    });
    const OrderedForestSpec* before = nullptr;
    OrderedFamily* family = nullptr;
    for (const Wish& wish : wishes) {
      const OrderedForestSpec member = member_of(wish.spec);
      if (family == nullptr || (member != family->members.back() && family->members.size() == kMaxMembers)) {
        family = &families.emplace_back();
        family->split = key.first;
        before = nullptr;
      }
      if (family->members.empty() || member != family->members.back()) {
        family->members.push_back(member);
      }
      if (before != nullptr) {
        const char* const rule = *before == wish.spec ? "equal" : rule_name(*before, wish.spec);
        if (std::ranges::find(family->rules, rule) == family->rules.end()) {
          family->rules.push_back(rule);
        }
      }
      before = &wish.spec;
      family->readings.push_back(
          {wish.cell, static_cast<std::uint32_t>(family->members.size() - 1), wish.spec.n_estimators});
      family->n_trees = std::max(family->n_trees, wish.spec.n_estimators);
    }
  }
  for (OrderedFamily& family : families) {
    std::vector<std::uint32_t> longest(family.members.size(), 0);
    for (const OrderedReading& reading : family.readings) {
      longest[reading.member] = std::max(longest[reading.member], reading.n_estimators);
    }
    double largest = 0.0;
    double sum = 0.0;
    for (std::size_t m = 0; m < longest.size(); ++m) {
      const double cost = longest[m] * tree_cost(family.members[m], splits[family.split]);
      largest = std::max(largest, cost);
      sum += cost;
    }
    const bool shares_most = family.is_free() || family.members.front().max_leaf_nodes != 0;
    family.cost = shares_most ? largest : largest + 0.9 * (sum - largest);
    std::ranges::stable_sort(family.readings, {}, &OrderedReading::n_estimators);
  }
  std::ranges::stable_sort(families, [](const OrderedFamily& a, const OrderedFamily& b) {
    return a.cost > b.cost;
  });
  return families;
}

}  // namespace tenfold::ordered
