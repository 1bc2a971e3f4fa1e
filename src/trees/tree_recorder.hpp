#pragma once

/// Writes down a tree while it grows.

#include <algorithm>
#include <cstdint>
#include <span>

#include "tenfold/tree.hpp"
#include "trees/growth_stream.hpp"

namespace tenfold {

class TreeRecorder {
 public:
  /// Adds a leaf below its parent and returns its number; `become_split` may turn it into a split.
  std::int32_t add(const TreePosition& position, std::uint32_t depth, std::uint32_t n_samples, double weight,
                   double impurity, std::span<const std::uint32_t> class_weights) {
    const auto number = static_cast<std::int32_t>(tree_.nodes.size());
    if (position.parent >= 0) {
      TreeNode& parent = tree_.nodes[static_cast<std::size_t>(position.parent)];
      (position.is_left ? parent.left_child : parent.right_child) = number;
    }
    TreeNode node;
    node.impurity = impurity;
    node.n_node_samples = n_samples;
    node.weighted_n_node_samples = weight;
    tree_.nodes.push_back(node);
    for (const std::uint32_t class_weight : class_weights) {
      tree_.values.push_back(static_cast<double>(class_weight) / weight);
    }
    tree_.max_depth = std::max<std::int64_t>(tree_.max_depth, depth);
    return number;
  }

  void become_split(std::int32_t number, const SplitPoint& split, std::uint32_t n_left,
                    std::uint32_t n_right) {
    TreeNode& node = tree_.nodes[static_cast<std::size_t>(number)];
    node.feature = split.feature;
    node.threshold = split.threshold;
    // Without missing values in training, a missing value later follows the larger child.
    node.missing_go_to_left = static_cast<std::uint8_t>(n_left > n_right);
  }

  [[nodiscard]] GrownTree& tree() { return tree_; }

 private:
  GrownTree tree_;
};

}  // namespace tenfold
