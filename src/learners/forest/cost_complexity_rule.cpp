/// Cost-complexity pruning: candidates that differ in `ccp_alpha` are read off the same grown trees.
///
/// Pruning starts from a tree grown without it, and the pruned trees of all alphas are nested, so one
/// growth serves them all; exact, with a seed and without. Without a seed the trees before pruning may be
/// read off one growth too, as the pruning rule says: what a tree stopped earlier is, is seen from the
/// whole tree.

#include "learners/forest/rules.hpp"

namespace tenfold {

constinit const ForestRule kCostComplexityRule{
    "cost complexity",
    "trees pruned with different ccp_alpha are nested in one grown tree",
    [](const ForestSpec& spec) { return spec.ccp_alpha > 0.0; },
    [](ForestSpec& key) {
      key.ccp_alpha = 1.0;  // one mark for all of them: a family of whole trees, pruned afterwards
      if (key.is_free()) {
        key.max_depth = 0;
        key.min_samples_split = 0;
        key.min_impurity_decrease = 0.0;
      }
    },
    // An unpruned forest is read off trees that are there to be pruned, before they are.
    [](ForestSpec& spec) { spec.ccp_alpha = 1.0; },
};

}  // namespace tenfold
