#pragma once

/// Split search in a node with many rows.
///
///   for each feature drawn:
///     count class weights by rank (a histogram where ranks are few, sorted keys where they are many; of two
///     classes, only the keys that `RankBuckets` can't leave out)
///     walk the ranks present in ascending order: every gap between two of them is a *position*
///     for each position: weight and rows left of it, and the potentials of both sides
///     for each live variant: keep the best admissible position
///
/// Gini is decided at once, its exact formula being a function of exact integers. Entropy is decided by
/// fixed-point potentials; positions too close to the best to tell apart become *contenders*, and only if
/// more than one is left is scikit-learn's formula, with its logarithms, evaluated.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/ranked_columns.hpp"
#include "trees/growth_rules.hpp"
#include "trees/growth_stream.hpp"
#include "trees/impurity.hpp"
#include "trees/rank_buckets.hpp"
#include "trees/split_choice.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

class NodeSearch {
 public:
  /// Bytes of working space: a row (its slot, its rank, and its key twice where ranks are sorted), and beside
  /// that.
  static constexpr std::size_t kBytesARow =
      sizeof(std::uint16_t) + sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t);
  static constexpr std::size_t kFixedBytes = std::size_t{1} << 19U;

  NodeSearch(const RankedColumns& columns, std::size_t n_classes, const GrowthRules& rules,
             std::size_t largest_weight);

  /// Starts on a node: its rows, class weights, total weight, and the members that want it split.
  void begin(std::span<const TrainingRow> rows, std::span<const std::uint32_t> class_weights,
             std::uint32_t weight, MemberSet live);

  /// Evaluates one feature; true when it is constant in the node. Draws only for a random splitter.
  bool examine(std::uint32_t feature, TreeGenerator& generator);

  /// The variant's best split; entropy's contenders are decided here.
  Choice choose(std::size_t variant);

 private:
  struct Contender {
    std::int64_t value = 0;
    std::uint32_t feature = 0;
    std::uint32_t below = 0;
    std::uint32_t above = 0;
  };

  /// What a row of the data set is to the node that was marked last.
  struct MarkedRow {
    std::uint32_t mark = 0;  ///< it is in that node if this is the node's mark
    std::uint16_t slot = 0;
    std::uint16_t weight = 0;
  };

  /// What a live variant has found so far.
  struct Progress {
    std::uint32_t variant = 0;
    std::uint32_t min_rows = 1;
    double min_weight = 0.0;
    Choice best;
    std::int64_t best_value = 0;
    std::vector<Contender> contenders;
  };

  /// Positions found but not yet valued, a structure of arrays.
  struct Positions {
    static constexpr std::size_t kCapacity = 256;
    std::size_t size = 0;
    std::uint32_t below[kCapacity];
    std::uint32_t above[kCapacity];
    std::uint32_t weight_left[kCapacity];
    std::uint32_t rows_left[kCapacity];
    double squares_left[kCapacity];
    double squares_right[kCapacity];
    std::int64_t entropy[kCapacity];
    double proxy[kCapacity];
  };

  /// Running class weights left of the position that the walk has reached, one class at a time.
  struct RunningSums;

  template <typename Rank>
  bool examine_ranks(const Column& column, std::uint32_t feature);
  template <typename Rank, typename Bin>
  bool walk_lanes(const Column& column, std::uint32_t feature, std::size_t lanes);
  template <typename Rank, typename Bin, int Lanes>
  bool walk_histogram(const Column& column, std::uint32_t feature);
  /// Counts a mostly common column into the histogram by its other rows; the common value has what is left.
  template <typename Bin, int Lanes>
  void count_others(const Column& column);
  /// Whether a column's other rows are fewer than the node's; these can be told from the rest then.
  [[nodiscard]] bool looks_at_others(const Column& column);
  template <typename Rank>
  bool walk_sorted(const Column& column, std::uint32_t feature);
  template <typename Rank>
  bool walk_buckets(const Column& column, std::uint32_t feature);
  /// Keeps the buckets that may hold the best split of a live variant.
  void keep_buckets(bool all);
  /// Walks the rows of kept buckets; false where a variant's best split is worse than a boundary promised.
  bool walk_kept(const Column& column, std::uint32_t feature);
  void sort_keys(const Column& column);
  /// Walks sorted keys behind which nothing is known; `counts_` has the class weights before them.
  void walk_keys(const Column& column, std::uint32_t feature, std::span<const std::uint64_t> keys,
                 std::uint32_t rows_before);
  bool draw_threshold(const Column& column, std::uint32_t feature, TreeGenerator& generator);
  void value_positions(std::uint32_t feature);
  void value_gini(std::uint32_t feature);
  void value_entropy(std::uint32_t feature);
  void contend(Progress& progress, const Contender& contender);
  [[nodiscard]] double exact_entropy_proxy(const Contender& contender);
  [[nodiscard]] bool admits(const Progress& progress, std::uint32_t rows_left, double weight_left) const;

  const RankedColumns& columns_;
  const GrowthRules& rules_;
  EntropyPotential potential_;

  // The node at hand.
  std::span<const TrainingRow> rows_;
  std::span<const std::uint32_t> class_weights_;
  std::uint32_t weight_ = 0;
  std::size_t n_present_ = 0;                   ///< classes present
  std::vector<std::uint32_t> present_weights_;  ///< by slot: position among the classes present
  std::vector<std::uint16_t> slot_of_label_;
  std::vector<std::uint16_t> label_of_slot_;
  std::vector<std::uint16_t> slots_;         ///< by row
  std::vector<std::uint32_t> present_rows_;  ///< rows by slot, of a node that is marked
  std::int64_t slack_ = 0;
  bool is_small_ = false;  ///< the node's weight, and so its rows, fit into 16 bits
  bool counts_in_buckets_ = false;
  bool is_marked_ = false;  ///< the node's rows are marked
  std::uint32_t mark_ = 0;
  std::vector<MarkedRow> marked_;  ///< by row of the data set; empty where no column is mostly common
  std::vector<Progress> gini_;
  std::vector<Progress> entropy_;
  std::size_t n_gini_ = 0;
  std::size_t n_entropy_ = 0;

  // Working space.
  Positions positions_;
  std::vector<std::uint8_t> histogram_;  ///< bins of 32 or 64 bits, all zero between walks
  std::vector<std::uint64_t> present_ranks_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint64_t> scratch_;
  std::vector<std::uint32_t> ranks_;  ///< by row, of the column at hand
  RankBuckets buckets_;
  std::vector<RankBuckets::Asked<double>> asked_gini_;
  std::vector<RankBuckets::Asked<std::int64_t>> asked_entropy_;
  std::vector<Progress> gini_before_;  ///< what was found before the column at hand
  std::vector<Progress> entropy_before_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> counts_right_;
};

}  // namespace tenfold
