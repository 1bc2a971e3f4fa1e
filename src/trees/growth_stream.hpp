#pragma once

/// A stream: one sequence of random draws, and the nodes it has still to grow, in depth-first order.
///
/// In a seeded growth a stream stands for the members that have decided alike so far. Where they part,
/// the stream is copied: from then on each copy draws by itself, exactly as scikit-learn would have drawn
/// for that candidate alone. A copy shares the buffers of rows: the rows of a pending node are a range of
/// a buffer, and no decision depends on the order within a range. A copy made later divides ranges that
/// are pending elsewhere, so the newest stream must end before an older one goes on.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trees/feature_draw.hpp"
#include "trees/growth_rules.hpp"

namespace tenfold {

/// Half-open range of positions in a buffer.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] std::uint32_t size() const { return end - begin; }
  [[nodiscard]] bool empty() const { return begin == end; }
};

/// A chosen split: rows whose rank of `feature` is at most `cut` go left.
struct SplitPoint {
  std::uint32_t feature = 0;
  std::uint32_t cut = 0;  ///< greatest rank of the data set whose value is at most the threshold
  double threshold = 0.0;

  friend bool operator==(const SplitPoint& a, const SplitPoint& b) {
    return a.feature == b.feature && a.cut == b.cut;
  }
};

/// Where a node hangs in the tree, carried only for the recording of trees.
struct TreePosition {
  std::int32_t parent = -1;
  bool is_left = false;
};

/// What every node on a stack carries, however its training rows are held.
struct NodeState {
  MemberSet live = 0;
  Range test_rows;
  std::uint32_t depth = 0;
  std::uint32_t n_constants = 0;  ///< features known to be constant here, at the front of the stream's list
  TreePosition position;
};

/// A node whose training rows are a range of the tree's buffer.
struct RangeNode {
  NodeState state;
  Range rows;
  std::uint32_t weight = 0;
  bool divide = false;  ///< the split is chosen: divide by `split` instead of searching
  SplitPoint split;
  std::uint64_t left = 0;  ///< of no use here; see BlockNode
};

/// A node whose training rows are a bit set within the current leaf block.
struct BlockNode {
  NodeState state;
  std::uint64_t rows = 0;
  bool divide = false;
  SplitPoint split;
  std::uint64_t left = 0;  ///< rows of the left child, when dividing
};

struct GrowthStream {
  FeatureDraw draw;
  MemberSet members = 0;  ///< the members it draws for
  std::vector<RangeNode> pending;
  std::vector<std::uint32_t> pending_weights;  ///< class weights of the pending nodes, n_classes each
  std::vector<BlockNode> block_pending;

  void restart(std::uint32_t generator_state, std::size_t n_features) {
    draw.restart(generator_state, n_features);
    pending.clear();
    pending_weights.clear();
    block_pending.clear();
  }
};

}  // namespace tenfold
