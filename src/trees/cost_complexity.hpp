#pragma once

/// Minimal cost-complexity pruning (Breiman et al. 1984, chapter 3), for all alphas at once.
///
/// Weakest-link pruning collapses one branch after another, the least worth its leaves first; `ccp_alpha`
/// says only when to stop. So the trees of all alphas are nested, and one pass gives every node the alpha
/// from which on it is a leaf. Sums are formed in the order of `sklearn/tree/_tree.pyx`
/// (`_cost_complexity_prune`, unchanged from 1.5 to 1.9), so the pruned trees are scikit-learn's.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tenfold/tree.hpp"

namespace tenfold {

/// Per node the smallest `ccp_alpha` at which it is a leaf: zero for leaves of the whole tree, infinity
/// where no finite alpha reaches it. Below a node that is a leaf, levels mean nothing.
std::vector<double> pruning_levels(const GrownTree& tree);

/// The tree that is left when every node for which `is_leaf(node, depth)` holds becomes a leaf; nodes are
/// numbered in the order in which scikit-learn would have added them.
GrownTree cut_tree(const GrownTree& tree, std::size_t n_classes,
                   const std::function<bool(std::size_t, std::uint32_t)>& is_leaf);

/// The tree pruned with one `ccp_alpha`.
GrownTree prune(const GrownTree& tree, std::size_t n_classes, double ccp_alpha);

}  // namespace tenfold
