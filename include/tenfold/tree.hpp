#pragma once

/// What trees are: the choices that a growth is given, and a grown tree in the memory layout of
/// scikit-learn's `Tree` (1.3 and later), 64 bytes a node.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tenfold {

enum class Criterion : std::uint8_t { kGini, kEntropy };

/// How a node picks its threshold: the best of all, or one drawn at random a feature (extra-trees).
enum class Splitter : std::uint8_t { kBest, kRandom };

/// The depth of a tree that nothing limits.
inline constexpr std::uint32_t kUnlimitedDepth = std::numeric_limits<std::int32_t>::max();

/// scikit-learn's `Node` struct (`sklearn/tree/_tree.pxd`), padding included.
struct TreeNode {
  static constexpr std::int64_t kLeaf = -1;
  static constexpr std::int64_t kUndefined = -2;

  std::int64_t left_child = kLeaf;
  std::int64_t right_child = kLeaf;
  std::int64_t feature = kUndefined;
  double threshold = kUndefined;
  double impurity = 0.0;
  std::int64_t n_node_samples = 0;
  double weighted_n_node_samples = 0.0;
  std::uint8_t missing_go_to_left = 0;
  std::uint8_t padding[7] = {};  // NOLINT(*-avoid-c-arrays): a memory layout
};
static_assert(sizeof(TreeNode) == 64);

struct GrownTree {
  std::vector<TreeNode> nodes;
  std::vector<double> values;  ///< n_nodes x n_classes class shares
  std::int64_t max_depth = 0;
};

/// The instruction set that the hot loops of growth run with on this processor.
const char* instruction_set();

}  // namespace tenfold
