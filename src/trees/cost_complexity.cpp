#include "trees/cost_complexity.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "trees/growth_stream.hpp"

namespace tenfold {

namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

bool is_grown_leaf(const TreeNode& node) {
  return node.left_child == TreeNode::kLeaf;
}

std::vector<std::size_t> parents_of(const GrownTree& tree) {
  std::vector<std::size_t> parents(tree.nodes.size(), kNone);
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    if (!is_grown_leaf(tree.nodes[i])) {
      parents[static_cast<std::size_t>(tree.nodes[i].left_child)] = i;
      parents[static_cast<std::size_t>(tree.nodes[i].right_child)] = i;
    }
  }
  return parents;
}

/// The branches that can still be pruned, the weakest link first; of equals the one of lowest number.
class WeakestLinks {
 public:
  explicit WeakestLinks(const GrownTree& tree)
      : tree_(tree),
        parents_(parents_of(tree)),
        risk_(tree.nodes.size()),
        branch_risk_(tree.nodes.size(), 0.0),
        n_leaves_(tree.nodes.size(), 0),
        strength_(tree.nodes.size()) {
    const double total_weight = tree.nodes[0].weighted_n_node_samples;
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      risk_[i] = tree.nodes[i].weighted_n_node_samples * tree.nodes[i].impurity / total_weight;
    }
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      if (is_grown_leaf(tree.nodes[i])) {
        branch_risk_[i] = risk_[i];
        for (std::size_t up = parents_[i]; up != kNone; up = parents_[up]) {
          branch_risk_[up] += risk_[i];
          ++n_leaves_[up];
        }
      }
    }
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      if (!is_grown_leaf(tree.nodes[i])) {
        add(i);
      }
    }
  }

  [[nodiscard]] bool empty() const { return links_.empty(); }
  [[nodiscard]] double weakest_alpha() const { return links_.begin()->first; }

  /// Makes the weakest link a leaf and returns its number.
  std::size_t prune_weakest() {
    const std::size_t branch = links_.begin()->second;
    remove_below(branch);
    const std::int64_t n_pruned = n_leaves_[branch] - 1;
    const double increase = risk_[branch] - branch_risk_[branch];
    n_leaves_[branch] = 0;
    branch_risk_[branch] = risk_[branch];
    for (std::size_t up = parents_[branch]; up != kNone; up = parents_[up]) {
      links_.erase({strength_[up], up});
      n_leaves_[up] -= n_pruned;
      branch_risk_[up] += increase;
      add(up);
    }
    return branch;
  }

 private:
  void add(std::size_t node) {
    strength_[node] = (risk_[node] - branch_risk_[node]) / static_cast<double>(n_leaves_[node] - 1);
    links_.emplace(strength_[node], node);
  }

  void remove_below(std::size_t branch) {
    std::vector<std::size_t> below{branch};
    while (!below.empty()) {
      const std::size_t node = below.back();
      below.pop_back();
      if (links_.erase({strength_[node], node}) == 0) {
        continue;  // a leaf by now
      }
      below.push_back(static_cast<std::size_t>(tree_.nodes[node].left_child));
      below.push_back(static_cast<std::size_t>(tree_.nodes[node].right_child));
    }
  }

  const GrownTree& tree_;
  std::vector<std::size_t> parents_;
  std::vector<double> risk_;         ///< impurity times share of the weight, were the node a leaf
  std::vector<double> branch_risk_;  ///< the same, summed over the leaves below it
  std::vector<std::int64_t> n_leaves_;
  std::vector<double> strength_;  ///< the alpha at which pruning the branch pays; of links only
  std::set<std::pair<double, std::size_t>> links_;
};

}  // namespace

std::vector<double> pruning_levels(const GrownTree& tree) {
  std::vector<double> levels(tree.nodes.size(), std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    if (is_grown_leaf(tree.nodes[i])) {
      levels[i] = 0.0;
    }
  }
  WeakestLinks links(tree);
  // Pruning stops at the first link stronger than alpha; rounding may let a later one be weaker.
  double reached = -std::numeric_limits<double>::infinity();
  while (!links.empty()) {
    reached = std::max(reached, links.weakest_alpha());
    levels[links.prune_weakest()] = reached;
  }
  return levels;
}

GrownTree cut_tree(const GrownTree& tree, std::size_t n_classes,
                   const std::function<bool(std::size_t, std::uint32_t)>& is_leaf) {
  struct Pending {
    std::size_t node = 0;
    std::uint32_t depth = 0;
    TreePosition position;
  };
  GrownTree result;
  std::vector<Pending> pending{{}};
  while (!pending.empty()) {
    const Pending next = pending.back();
    pending.pop_back();
    TreeNode node = tree.nodes[next.node];
    const auto number = static_cast<std::int32_t>(result.nodes.size());
    if (next.position.parent >= 0) {
      TreeNode& parent = result.nodes[static_cast<std::size_t>(next.position.parent)];
      (next.position.is_left ? parent.left_child : parent.right_child) = number;
    }
    const bool leaf = is_grown_leaf(node) || is_leaf(next.node, next.depth);
    if (leaf) {
      node.left_child = node.right_child = TreeNode::kLeaf;
      node.feature = TreeNode::kUndefined;
      node.threshold = TreeNode::kUndefined;
      node.missing_go_to_left = 0;
    } else {
      pending.push_back({static_cast<std::size_t>(node.right_child), next.depth + 1, {number, false}});
      pending.push_back({static_cast<std::size_t>(node.left_child), next.depth + 1, {number, true}});
    }
    result.nodes.push_back(node);
    const auto values = tree.values.begin() + static_cast<std::ptrdiff_t>(next.node * n_classes);
    result.values.insert(result.values.end(), values, values + static_cast<std::ptrdiff_t>(n_classes));
    result.max_depth = std::max<std::int64_t>(result.max_depth, next.depth);
  }
  return result;
}

GrownTree prune(const GrownTree& tree, std::size_t n_classes, double ccp_alpha) {
  const std::vector<double> levels = pruning_levels(tree);
  return cut_tree(tree, n_classes,
                  [&](std::size_t node, std::uint32_t) { return levels[node] <= ccp_alpha; });
}

}  // namespace tenfold
