#include "learners/ordered_forest/rules.hpp"

#include <array>

#include "learners/forest/rules.hpp"

namespace tenfold {

namespace {

/// What makes a node a leaf; which splits are admissible is not among it.
void erase_stopping(OrderedForestSpec& key) {
  key.max_depth = 0;
  key.min_samples_split = 0;
  key.min_impurity_decrease = 0.0;
}

// All but that of fewer leaves are the rules of classification forests, for the same reasons.
const OrderedForestRule kPrefix{kPrefixRule.name, kPrefixRule.why,
                                [](const OrderedForestSpec&) { return true; },
                                [](OrderedForestSpec& key) { key.n_estimators = 0; }};

const OrderedForestRule kForking{kForkingRule.name, kForkingRule.why,
                                 [](const OrderedForestSpec& spec) {
                                   return !spec.is_free() && spec.max_leaf_nodes == 0 &&
                                          spec.ccp_alpha == 0.0;
                                 },
                                 erase_stopping};

const OrderedForestRule kPruning{kPruningRule.name, kPruningRule.why,
                                 [](const OrderedForestSpec& spec) {
                                   return spec.is_free() && spec.max_leaf_nodes == 0 && spec.ccp_alpha == 0.0;
                                 },
                                 erase_stopping};

/// Best first, a node is searched when it is added, and expanded by improvement: with fewer leaves the
/// growth ends earlier and is the same up to there.
const OrderedForestRule kFewerLeaves{
    "fewer leaves", "a tree of fewer leaves is the beginning of the tree of more",
    [](const OrderedForestSpec& spec) { return spec.max_leaf_nodes != 0 && spec.ccp_alpha == 0.0; },
    [](OrderedForestSpec& key) { key.max_leaf_nodes = 2; }};

const OrderedForestRule kCostComplexity{kCostComplexityRule.name, kCostComplexityRule.why,
                                        [](const OrderedForestSpec& spec) { return spec.ccp_alpha > 0.0; },
                                        [](OrderedForestSpec& key) { key.ccp_alpha = 1.0; },
                                        [](OrderedForestSpec& spec) { spec.ccp_alpha = 1.0; }};

}  // namespace

std::span<const OrderedForestRule* const> ordered_forest_rules() {
  static constexpr std::array kRules{&kPrefix, &kForking, &kPruning, &kFewerLeaves, &kCostComplexity};
  return kRules;
}

}  // namespace tenfold
