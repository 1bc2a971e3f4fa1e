#pragma once

/// Growing one tree, for several members at once: scikit-learn's two builders over the search of a node.
///
/// *Depth first*: members share nodes until they decide differently. With a seed they then part: those that
/// stop take a copy of the state as it stood for them, and go on as they would have gone alone. Without one
/// (`free`), those that go on simply go on. *Best first*: the tree of fewer leaves is the beginning of the
/// tree of more, so members differ in `max_leaf_nodes` alone and are read off one tree.
///
/// Rows to predict travel down with the samples, in any order; what their leaves hold is written to the
/// `Predictions` of the members.

#include <cstdint>
#include <span>
#include <vector>

#include "data/ranked_table.hpp"
#include "tenfold/tree.hpp"
#include "trees/growth_rules.hpp"
#include "trees/ordered/node_search.hpp"

namespace tenfold::ordered {

struct GrowthMember {
  std::uint32_t max_depth = 0;
  std::uint32_t min_samples_split = 2;
  double min_impurity_decrease = 0.0;
  std::uint32_t max_leaf_nodes = 0;  ///< 0: no limit, and the tree grows depth first
};

struct PredictedRow {
  std::uint32_t row = 0;    ///< of the table
  std::uint32_t index = 0;  ///< among the rows that are predicted
};

/// (member, row, value), as `Statistics::node_value` gives them.
struct Predictions {
  double* data = nullptr;
  std::size_t n_rows = 0;
  std::size_t n_values = 1;
  /// In place of values, by row the number of the first member's leaf in a tree that is taken down.
  std::uint32_t* leaves = nullptr;

  void put(MemberSet members, std::span<const PredictedRow> rows, std::span<const double> value,
           std::int32_t leaf = -1) const;
};

/// One tree's start: where its generator stands, and its samples' weights (empty: ones).
struct TreeStart {
  std::uint32_t generator_state = 0;
  std::span<const double> weights;
  double total_weight = 0.0;
  MemberSet live = 1;  ///< members that want the tree
};

template <class Statistics>
class TreeGrowth {
 public:
  TreeGrowth(const RankedTable& table, const TrainingColumns& columns, const SearchRules& rules,
             std::span<const GrowthMember> members, bool is_free);

  [[nodiscard]] Statistics& statistics() { return search_.statistics(); }

  /// Grows a tree; `tree`, if any, takes it down (of the first member).
  void grow(const TreeStart& start, std::span<const PredictedRow> rows, const Predictions& predictions,
            GrownTree* tree = nullptr);

 private:
  struct Node {
    NodeRange range;
    NodeRange rows;
    MemberSet live = ~MemberSet{0};  ///< members that have not stopped above
    std::uint32_t depth = 0;
    std::uint32_t n_constants = 0;
    double impurity = 0.0;
    ValueBounds bounds;
    std::int32_t parent = -1;
    bool is_left = false;
  };
  /// Members that have decided alike so far, and what is left to grow for them.
  struct Stream {
    MemberSet members = 0;
    GrowthState state;
    std::vector<PredictedRow> rows;
    std::vector<Node> pending;
  };
  /// A node of a best-first growth.
  struct Frontier {
    Node node;
    NodeSplit split;
    std::int32_t number = 0;
    bool is_leaf = true;
  };

  void grow_depth_first(const TreeStart& start);
  void visit(std::size_t stream, const Node& node);
  /// Gives `members` of a stream a copy of it, if anything is left to grow for them.
  void part(std::size_t stream, MemberSet members, MemberSet staying, std::uint32_t first_sample);
  [[nodiscard]] MemberSet stopping(MemberSet members, const Node& node, double weight) const;
  /// The value of the node that was begun, within its bounds.
  void take_value(const Node& node);
  /// Bounds of the children, by the constraint of the split's feature.
  void bound_children(const Node& node, const NodeSplit& split, Node& left, Node& right) const;
  std::uint32_t divide_rows(std::vector<PredictedRow>& rows, NodeRange range, const NodeSplit& split);
  std::int32_t record(const Node& node);
  void record_split(std::int32_t number, const NodeSplit& split);

  void grow_best_first(const TreeStart& start, std::span<const PredictedRow> rows);
  Frontier add_to_frontier(Stream& stream, Node node, bool is_first, double total_weight);
  void predict_best_first(std::span<const PredictedRow> rows, MemberSet live);

  const RankedTable& table_;
  const TrainingColumns& columns_;
  std::vector<GrowthMember> members_;
  bool is_free_;
  NodeSearch<Statistics> search_;

  std::vector<Stream> streams_;
  std::size_t n_streams_ = 0;
  Predictions predictions_;
  GrownTree* tree_ = nullptr;
  double total_weight_ = 0.0;
  std::vector<double> value_;
  std::vector<PredictedRow> row_scratch_;
  // Of a best-first growth, by node: ranks up to here go left; when it was expanded (-1: never).
  std::vector<std::uint32_t> cuts_;
  std::vector<std::int32_t> expanded_;
};

extern template class TreeGrowth<Moments>;
extern template class TreeGrowth<PoissonSums>;
extern template class TreeGrowth<ClassWeights<false>>;
extern template class TreeGrowth<ClassWeights<true>>;

}  // namespace tenfold::ordered
