#pragma once

/// The sharing rules of forests: exact with a seed, in distribution without (`docs/contract.md`).

#include <span>

#include "plan/sharing_rule.hpp"
#include "tenfold/data.hpp"
#include "tenfold/learners/forest.hpp"
#include "tenfold/split.hpp"

namespace tenfold {

using ForestRule = SharingRule<ForestSpec>;

/// Erases what decides only where a tree stops, which splits are admissible and how they are valued: none
/// of it changes which random numbers a node draws.
inline void erase_decisions(ForestSpec& key) {
  key.criterion = Criterion::kGini;
  key.max_depth = 0;
  key.min_samples_split = 0;
  key.min_samples_leaf = 0;
  key.min_weight_leaf = 0.0;
  key.min_impurity_decrease = 0.0;
}

extern const ForestRule kPrefixRule;
extern const ForestRule kForkingRule;
extern const ForestRule kPruningRule;
extern const ForestRule kCostComplexityRule;

/// All of them, in the order in which they are applied.
std::span<const ForestRule* const> forest_rules();

/// The spec that the builder would see: parameters without effect set to one value, so that specs which
/// grow the same trees are equal. (`min_samples_split` 2 and 3 with `min_samples_leaf` 10 are the same.)
ForestSpec effective(const ForestSpec& spec, const SplitSize& split, std::size_t n_columns);

}  // namespace tenfold
