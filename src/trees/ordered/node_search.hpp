#pragma once

/// The search of one node's split, and the division of its samples.
///
/// scikit-learn sorts the node's samples by one feature after another, in place, and adds sums up in the
/// order that this leaves. *The order at hand* is that order while features are visited: either spelled out
/// in `samples`, or, where it is known without sorting, the range of a presorted column.
///
/// A drawn feature is *visited* by one of three ways (presorted, unsorted, drawn threshold), and its order
/// *scanned* for the best position. Presorted orders of squared error that only go forward are *clean*: they
/// are put off and scanned several at a time (clean_orders.hpp).

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trees/ordered/clean_orders.hpp"
#include "trees/ordered/column_sort.hpp"
#include "trees/ordered/division.hpp"
#include "trees/ordered/growth_state.hpp"
#include "trees/ordered/node_split.hpp"
#include "trees/ordered/proxy_bound.hpp"
#include "trees/ordered/search_rules.hpp"
#include "trees/ordered/small_node_search.hpp"
#include "trees/ordered/statistics.hpp"
#include "trees/ordered/threshold_draw.hpp"
#include "trees/ordered/ties.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

template <class Statistics>
class NodeSearch {
 public:
  NodeSearch(const TrainingColumns& columns, const SearchRules& rules);

  /// The statistics, to be given their samples before each tree.
  [[nodiscard]] Statistics& statistics() { return statistics_; }
  [[nodiscard]] const SearchRules& rules() const { return rules_; }

  /// Adds up the totals of a node, in its order.
  void begin(const GrowthState& state, NodeRange node) {
    statistics_.begin(state.samples.data() + node.begin, node.size());
  }

  /// Finds the best split of the node that was begun, and divides its samples (not the presorted orders).
  /// `total_weight` is that of the whole tree.
  NodeSplit search(GrowthState& state, NodeRange node, std::uint32_t n_constants, double impurity,
                   double total_weight, const ValueBounds& bounds = {});

  /// Divides the presorted orders of a node as its samples were divided. Columns among `constants` are left
  /// as they are: nobody asks for them below.
  void divide_orders(GrowthState& state, NodeRange node, const NodeSplit& split,
                     std::span<const std::uint32_t> constants);

 private:
  /// Split positions of one order of the node, and whether missing samples (`n_missing`) stand first.
  struct Positions {
    const std::uint32_t* order = nullptr;
    const float* values = nullptr;
    std::uint32_t n_missing = 0;
    bool missing_left = false;
  };

  void search_columns(GrowthState& state, NodeRange node, std::uint32_t n_constants);
  void spell_out(GrowthState& state, NodeRange node);
  void divide(GrowthState& state, NodeRange node);
  /// Has the best split's numbers, once the samples stand as it divides them.
  void finish(const std::uint32_t* samples, double impurity, double total_weight);

  // Visits return whether the column is constant in the node.
  bool visit(GrowthState& state, NodeRange node, std::uint32_t feature);
  bool visit_presorted(GrowthState& state, NodeRange node, std::uint32_t feature);
  bool visit_unsorted(GrowthState& state, NodeRange node, std::uint32_t feature);
  bool visit_drawn(GrowthState& state, NodeRange node, std::uint32_t feature);
  void weigh_drawn(std::uint32_t feature, const std::uint32_t* samples, std::uint32_t n,
                   const DrawnThreshold& drawn);

  bool put_off(std::uint32_t feature, const std::uint32_t* order, std::uint32_t n);
  void scan_put_off(std::uint32_t n);
  void scan(std::uint32_t feature, std::uint32_t n, const Positions& positions);
  void scan_missing_last_and_first(std::uint32_t feature, const std::uint32_t* order, std::uint32_t n,
                                   std::uint32_t n_missing, float* values);
  void settle(std::uint32_t feature, const Positions& positions, std::uint32_t n, std::uint32_t position,
              std::uint32_t end);

  SumNode sum_node(const std::uint32_t* samples, std::uint32_t n);
  bool may_win(const std::uint32_t* samples, std::uint32_t n);

  [[nodiscard]] bool admits_weights() const {
    const SideWeights& weights = statistics_.weights();
    return !(weights.left < rules_.min_weight_leaf) && !(weights.right < rules_.min_weight_leaf);
  }

  [[nodiscard]] bool is_constrained(std::uint32_t feature) const {
    return !rules_.monotonic.empty() && rules_.monotonic[feature] != 0;
  }
  /// Whether the split that the statistics stand at keeps a feature's constraint.
  [[nodiscard]] bool admits_values(std::uint32_t feature) const {
    if (!is_constrained(feature)) {
      return true;
    }
    const double left = statistics_.left_value();
    const double right = statistics_.right_value();
    return left >= bounds_.lower && right >= bounds_.lower && left <= bounds_.upper &&
           right <= bounds_.upper && (left - right) * rules_.monotonic[feature] <= 0;
  }

  const TrainingColumns& columns_;
  SearchRules rules_;
  bool has_vectors_;  ///< and may use them
  ValueBounds bounds_;
  Statistics statistics_;

  const std::uint32_t* at_hand_ = nullptr;
  NodeSplit best_;
  BestProxy best_proxy_;
  std::uint32_t n_visits_ = 0;
  std::uint32_t last_feature_ = 0;  ///< the last one visited, constant or not
  double magnitude_ = -1.0;         ///< of the node's targets; negative: not asked for yet

  CleanOrders clean_;
  ColumnSort sort_;
  Ties ties_;
  ThresholdDraw thresholds_;
  Division division_;
  std::unique_ptr<SmallNodeSearch> small_;  ///< none where nodes of few samples are searched as others are

  // Working space.
  std::vector<float> values_;
  std::vector<std::uint32_t> missing_first_;
};

extern template class NodeSearch<Moments>;
extern template class NodeSearch<PoissonSums>;
extern template class NodeSearch<ClassWeights<false>>;
extern template class NodeSearch<ClassWeights<true>>;

}  // namespace tenfold::ordered
