#include "learners/forest/pruned_trees.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "trees/cost_complexity.hpp"
#include "trees/impurity.hpp"

namespace tenfold {

namespace {

bool same_growth(const ForestSpec& a, const ForestSpec& b) {
  return a.max_depth == b.max_depth && a.min_samples_split == b.min_samples_split &&
         a.min_impurity_decrease == b.min_impurity_decrease;
}

/// The tree as the member would have grown it before pruning.
GrownTree stopped_earlier(const GrownTree& tree, std::size_t n_classes, const ForestSpec& member) {
  const auto gain = [&](const TreeNode& node) {
    const TreeNode& left = tree.nodes[static_cast<std::size_t>(node.left_child)];
    const TreeNode& right = tree.nodes[static_cast<std::size_t>(node.right_child)];
    return improvement(tree.nodes[0].weighted_n_node_samples, node.weighted_n_node_samples, node.impurity,
                       left.weighted_n_node_samples, left.impurity, right.weighted_n_node_samples,
                       right.impurity);
  };
  return cut_tree(tree, n_classes, [&](std::size_t index, std::uint32_t depth) {
    const TreeNode& node = tree.nodes[index];
    return depth >= member.max_depth || node.n_node_samples < std::int64_t{member.min_samples_split} ||
           gain(node) + kEpsilon < member.min_impurity_decrease;
  });
}

/// The leaf of a pruned tree that a test row falls into.
std::size_t leaf_of(const GrownTree& tree, std::span<const double> levels, double ccp_alpha,
                    const RankedColumns& columns, const TestRow& row) {
  std::size_t index = 0;
  while (tree.nodes[index].left_child != TreeNode::kLeaf &&
         !(ccp_alpha > 0.0 && levels[index] <= ccp_alpha)) {
    const TreeNode& node = tree.nodes[index];
    const Column& column = columns.column(static_cast<std::size_t>(node.feature));
    const bool left = static_cast<double>(column.values[columns.rank(row.row, column)]) <= node.threshold;
    index = static_cast<std::size_t>(left ? node.left_child : node.right_child);
  }
  return index;
}

}  // namespace

ForestSpec loosest(std::span<const ForestSpec> members, MemberSet live) {
  ForestSpec result = members[static_cast<std::size_t>(std::countr_zero(live))];
  for (std::size_t m = 0; m < members.size(); ++m) {
    if ((live >> m & 1U) == 0) {
      continue;
    }
    const ForestSpec& member = members[m];
    result.max_depth = std::max(result.max_depth, member.max_depth);
    result.min_samples_split = std::min(result.min_samples_split, member.min_samples_split);
    result.min_impurity_decrease = std::min(result.min_impurity_decrease, member.min_impurity_decrease);
  }
  result.ccp_alpha = 0.0;
  return result;
}

void read_pruned(const GrownTree& tree, const RankedColumns& columns, std::size_t n_classes,
                 std::span<const ForestSpec> members, MemberSet live, std::span<const TestRow> test_rows,
                 LeafSink& sink) {
  const ForestSpec grown = loosest(members, live);
  std::vector<bool> done(members.size(), false);
  std::vector<ClassShare> shares;
  for (std::size_t first = 0; first < members.size(); ++first) {
    if (done[first] || (live >> first & 1U) == 0) {
      continue;
    }
    const GrownTree own =
        same_growth(members[first], grown) ? tree : stopped_earlier(tree, n_classes, members[first]);
    const std::vector<double> levels = pruning_levels(own);
    for (std::size_t m = first; m < members.size(); ++m) {
      if ((live >> m & 1U) == 0 || !same_growth(members[m], members[first])) {
        continue;
      }
      done[m] = true;
      for (const TestRow& row : test_rows) {
        const double* const values =
            own.values.data() + leaf_of(own, levels, members[m].ccp_alpha, columns, row) * n_classes;
        shares.clear();
        for (std::uint32_t label = 0; label < n_classes; ++label) {
          if (values[label] != 0.0) {
            shares.push_back({label, values[label]});
          }
        }
        sink.leaf(MemberSet{1} << m, std::span(&row, 1), shares);
      }
    }
  }
}

}  // namespace tenfold
