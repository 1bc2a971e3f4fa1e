#include "trees/cost_complexity.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace tenfold {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

TreeNode node(double weight, double impurity, std::int64_t left = TreeNode::kLeaf,
              std::int64_t right = TreeNode::kLeaf) {
  TreeNode made;
  made.left_child = left;
  made.right_child = right;
  made.feature = left == TreeNode::kLeaf ? TreeNode::kUndefined : 0;
  made.impurity = impurity;
  made.weighted_n_node_samples = weight;
  return made;
}

/// Root 0, branch 1 (leaves 2 and 3) and leaf 4. Risks: 0.5; 0.2 (0.05 + 0.05); 0.1.
GrownTree five_nodes() {
  GrownTree tree;
  tree.nodes = {node(10, 0.5, 1, 4), node(5, 0.4, 2, 3), node(2, 0.25), node(3, 0.5 / 3), node(5, 0.2)};
  tree.values = {0.5, 0.4, 0.25, 0.1, 0.2};
  tree.max_depth = 2;
  return tree;
}

TEST(CostComplexity, TheWeakestLinkGoesFirst) {
  const std::vector<double> levels = pruning_levels(five_nodes());
  ASSERT_EQ(levels.size(), 5U);
  EXPECT_NEAR(levels[1], 0.1, 1e-12);  // 0.2 - 0.1, one leaf less
  EXPECT_NEAR(levels[0], 0.2, 1e-12);  // 0.5 - 0.3, once the branch below is a leaf
  EXPECT_EQ(levels[2], 0.0);
  EXPECT_EQ(levels[4], 0.0);
}

TEST(CostComplexity, TreesOfAllAlphasAreNested) {
  const GrownTree whole = five_nodes();
  EXPECT_EQ(prune(whole, 1, 0.05).nodes.size(), 5U);
  const GrownTree less = prune(whole, 1, 0.15);
  ASSERT_EQ(less.nodes.size(), 3U);
  EXPECT_EQ(less.max_depth, 1);
  EXPECT_EQ(less.nodes[0].left_child, 1);
  EXPECT_EQ(less.nodes[0].right_child, 2);
  EXPECT_EQ(less.nodes[1].left_child, TreeNode::kLeaf);
  EXPECT_EQ(less.nodes[1].feature, TreeNode::kUndefined);
  EXPECT_EQ(less.values, (std::vector<double>{0.5, 0.4, 0.2}));
  const GrownTree stump = prune(whole, 1, 0.3);
  ASSERT_EQ(stump.nodes.size(), 1U);
  EXPECT_EQ(stump.values, (std::vector<double>{0.5}));
}

TEST(CostComplexity, ABranchGoesWithTheLinkAboveIt) {
  GrownTree tree = five_nodes();
  // The branch is worth its leaves; the root is not, and takes it along.
  tree.nodes[0].impurity = 0.31;
  tree.nodes[1].impurity = 0.6;
  const std::vector<double> levels = pruning_levels(tree);
  EXPECT_NEAR(levels[0], (0.31 - 0.2) / 2, 1e-12);
  EXPECT_EQ(levels[1], kNever);
}

TEST(CostComplexity, CutNodesAreNumberedAsTheyWouldHaveBeenGrown) {
  const GrownTree cut =
      cut_tree(five_nodes(), 1, [](std::size_t, std::uint32_t depth) { return depth == 1; });
  ASSERT_EQ(cut.nodes.size(), 3U);
  EXPECT_EQ(cut.values, (std::vector<double>{0.5, 0.4, 0.2}));
  EXPECT_EQ(cut.max_depth, 1);
}

}  // namespace
}  // namespace tenfold
