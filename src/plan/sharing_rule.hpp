#pragma once

/// What a sharing rule is.
///
/// A rule says which parameters of a spec it *covers*: specs that differ in those alone may share a
/// growth, exactly (seeded) or in distribution (free). It does so by erasing them from a family key.
/// To add a rule, write one file that defines such an object and add it to `sharing_rules()`.

#include <span>
#include <string_view>

#include "tenfold/forest_spec.hpp"
#include "tenfold/plan.hpp"

namespace tenfold {

struct SharingRule {
  std::string_view name;
  /// One sentence for `explain`: what is shared, and why that is sound.
  std::string_view why;
  /// True when the rule may be used for a spec.
  bool (*applies)(const ForestSpec& spec);
  /// Removes what the rule covers from a family key.
  void (*erase)(ForestSpec& key);
};

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

extern const SharingRule kPrefixRule;
extern const SharingRule kForkingRule;
extern const SharingRule kPruningRule;
extern const SharingRule kCostComplexityRule;

/// All rules, in the order in which they are applied.
std::span<const SharingRule* const> sharing_rules();

/// The spec that the builder would see: parameters without effect set to one value, so that specs which
/// grow the same trees are equal. (`min_samples_split` 2 and 3 with `min_samples_leaf` 10 are the same.)
ForestSpec effective(const ForestSpec& spec, const SplitSize& split, std::uint32_t n_columns);

}  // namespace tenfold
