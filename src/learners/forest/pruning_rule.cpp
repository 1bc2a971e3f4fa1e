/// Pruning: without a seed, candidates are read off one set of trees.
///
/// A tree stopped earlier (max_depth, min_samples_split, min_impurity_decrease) has the same distribution
/// as one grown under the stricter rule: whether a node is split never changes how the nodes beside it
/// are drawn. Candidates that value or admit splits differently (criterion, min_samples_leaf) share the
/// draws of a node, bootstrap and features, for as long as they choose the same splits; each of them
/// still sees independent draws at each of its own nodes. So every candidate's scores keep scikit-learn's
/// distribution; that candidates are compared on the same draws makes the comparison sharper.

#include "learners/forest/rules.hpp"

namespace tenfold {

constinit const ForestRule kPruningRule{
    "pruning",
    "without random_state, a tree stopped earlier is read off a tree grown further",
    [](const ForestSpec& spec) { return spec.is_free() && spec.ccp_alpha == 0.0; },
    erase_decisions,
};

}  // namespace tenfold
