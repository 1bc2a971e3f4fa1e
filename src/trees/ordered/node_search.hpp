#pragma once

/// The search of one node's split, and the division of its samples.
///
/// scikit-learn sorts the node's samples by one feature after another, in place, and adds sums up in the
/// order that this leaves. *The order at hand* is that order while features are visited: either spelled out
/// in `samples`, or, where it is known without sorting, the range of a presorted column.

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "trees/ordered/growth_state.hpp"
#include "trees/ordered/packed_keys.hpp"
#include "trees/ordered/small_node.hpp"
#include "trees/ordered/statistics.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// What a search is bound by; the same for all nodes of a growth.
struct SearchRules {
  bool random_thresholds = false;
  std::uint32_t max_features = 1;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;
  /// All sums are exact, so that neither the order of samples nor the direction of sums matters.
  bool any_order = false;
  /// By column: 1 where predictions may only rise with it, -1 where they may only fall; none: no constraints.
  std::span<const std::int8_t> monotonic;
  /// Keep to what every processor can do.
  bool plain = false;
};

/// Between which a node's value must stay, because of constraints above it.
struct ValueBounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

struct NodeRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] std::uint32_t size() const { return end - begin; }
};

/// A node's best split. Ranks up to `cut` go left; missing values as `missing_left` says.
struct NodeSplit {
  bool found = false;
  std::uint32_t feature = 0;
  std::uint32_t n_left = 0;
  std::uint32_t cut = 0;
  double threshold = 0.0;
  bool missing_left = false;
  bool missing_from_split = false;  ///< the node has missing values in the feature
  double improvement = 0.0;
  double impurity_left = 0.0;
  double impurity_right = 0.0;
  double middle = 0.0;            ///< between the children's values
  std::uint32_t n_constants = 0;  ///< features known to be constant in the children
};

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

  void spell_out(GrowthState& state, NodeRange node);
  void mark_left(const GrowthState& state, NodeRange node);
  /// Has the best split's numbers, once the samples stand as it divides them.
  void finish(const std::uint32_t* samples, double impurity, double total_weight);
  void search_small(GrowthState& state, NodeRange node, std::uint32_t n_constants);
  bool visit_small(const std::uint32_t* samples, std::uint32_t feature);
  bool visit_presorted(GrowthState& state, NodeRange node, std::uint32_t feature);
  bool visit_unsorted(GrowthState& state, NodeRange node, std::uint32_t feature);
  bool visit_drawn(GrowthState& state, NodeRange node, std::uint32_t feature);
  void weigh_drawn(std::uint32_t feature, std::uint32_t n, std::uint32_t n_left, const std::uint32_t* samples,
                   const NodeSplit& split);
  bool visit_random(GrowthState& state, NodeRange node, std::uint32_t feature);
  std::uint32_t move_missing_last(std::uint32_t* samples, std::uint32_t n,
                                  const TrainingColumn& column) const;
  void shift_missing_first(const std::uint32_t* order, std::uint32_t n_present, std::uint32_t n);
  void find_blocked(const TrainingColumn& column, const std::uint32_t* order, std::uint32_t n);
  void order_ties(const TrainingColumn& column, std::uint32_t* order, std::uint32_t n);
  void scan(std::uint32_t feature, std::uint32_t n, const Positions& positions);
  void settle(const TrainingColumn& column, std::uint32_t feature, const Positions& positions,
              std::uint32_t n, std::uint32_t position, std::uint32_t end);
  [[nodiscard]] bool packs(const TrainingColumn& column) const;
  RankRange make_keys(const TrainingColumn& column, std::uint32_t n);
  SumNode sum_node(const std::uint32_t* samples, std::uint32_t n);
  bool may_win(const std::uint32_t* samples, std::uint32_t n);
  void cut_between(const TrainingColumn& column, std::uint32_t below, std::uint32_t above);
  void flush_clean(std::uint32_t n);
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
  ValueBounds bounds_;
  Statistics statistics_;

  const std::uint32_t* at_hand_ = nullptr;
  NodeSplit best_;
  double best_proxy_ = -std::numeric_limits<double>::infinity();
  std::uint32_t best_visit_ = 0;
  std::uint32_t n_visits_ = 0;
  std::uint32_t last_feature_ = 0;  ///< the last one visited, constant or not

  struct CleanColumn {
    std::uint32_t feature = 0;
    std::uint32_t visit = 0;
    const std::uint32_t* order = nullptr;
    std::size_t first_blocked = 0;  ///< into `blocked_`
    std::size_t n_blocked = 0;
  };
  std::vector<CleanColumn> clean_;
  std::vector<std::uint32_t> blocked_;  ///< positions between equal or close values, of all clean columns
  std::vector<std::uint32_t> ties_;     ///< positions between equal values, of the column at hand

  bool has_vectors_ = false;  ///< and may use them
  PackedKeys packed_;
  PartitionSpace space_;
  double magnitude_ = -1.0;  ///< of the node's targets; negative: not asked for yet

  std::unique_ptr<SmallNode> small_;  ///< none where nodes of few samples are searched as others are
  std::vector<std::uint32_t>
      visited_;  ///< columns of a small node that are not constant, as they were visited

  // Working space.
  std::vector<std::uint64_t> keys_;
  std::vector<float> values_;
  std::vector<std::uint32_t> tied_;
  std::vector<std::uint32_t> places_;
  std::vector<std::uint32_t> shifted_;
  std::vector<std::uint8_t> goes_left_;
  std::vector<std::uint32_t> scratch_;
  std::vector<std::uint8_t> skipped_;
};

extern template class NodeSearch<Moments>;
extern template class NodeSearch<PoissonSums>;
extern template class NodeSearch<ClassWeights<false>>;
extern template class NodeSearch<ClassWeights<true>>;

}  // namespace tenfold::ordered
