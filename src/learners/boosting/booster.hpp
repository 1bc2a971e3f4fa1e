#pragma once

/// One model in the making: stage after stage.
///
/// The rows that are followed are the training rows, in their order, and behind them rows that are only
/// predicted. All of them travel down each tree, so that predictions cost no second look at the columns.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/ranked_table.hpp"
#include "learners/boosting/losses.hpp"
#include "tenfold/learners/boosting.hpp"
#include "trees/ordered/training_columns.hpp"
#include "trees/ordered/tree_growth.hpp"

namespace tenfold::boosting {

/// Whether sums of gradients are exact, so that the order of samples can't matter: they are 1 and -1.
[[nodiscard]] inline bool sums_are_exact(const BoostingSpec& spec) {
  return spec.loss == BoostingLoss::kAbsoluteError;
}

/// What is learnt: by training row, a number or the code of its class.
struct BoostedTarget {
  std::vector<double> values;
  std::size_t n_outputs = 1;
};

class Booster {
 public:
  /// `rows` of the table are followed, the training rows first; `raw` (row, output) is what they start from;
  /// empty `weights`: ones. All but the spec are viewed.
  Booster(const RankedTable& table, const ordered::TrainingColumns& columns, const BoostedTarget& target,
          const BoostingSpec& spec, const MersenneTwister& generator, std::span<const std::int64_t> rows,
          std::vector<double> raw, std::span<const double> weights);

  /// Adds a stage; its trees are those of `trees()`.
  void add_stage();

  [[nodiscard]] std::span<const double> raw() const { return raw_; }
  [[nodiscard]] std::span<const GrownTree> trees() const { return trees_; }
  [[nodiscard]] const MersenneTwister& generator() const { return generator_.engine(); }
  /// Mean loss of the training rows that are in the bag of the last stage, or out of it.
  [[nodiscard]] double mean_loss(bool in_bag);
  /// Draws the next stage's bag already, for who wants to know the loss before it.
  void draw_bag();

 private:
  void take_gradients();
  void prune_tree(GrownTree& tree);
  /// Sorts the rows in bag by leaf; `ends_` says where each leaf's end.
  template <typename Take>
  void gather_by_leaf(std::size_t n_nodes, Take&& take);
  void update_leaves(std::size_t output, GrownTree& tree);
  void update_sorted_leaves(GrownTree& tree);
  [[nodiscard]] double optimum(std::span<double> residuals);
  void set_delta();
  [[nodiscard]] bool draws_bags() const { return spec_.n_in_bag != 0; }

  const BoostedTarget& target_;
  const BoostingSpec spec_;
  const std::size_t n_train_;
  ParametrisedLoss loss_;
  LegacyGenerator generator_;
  std::span<const double> weights_;
  std::vector<ordered::PredictedRow> rows_;
  ordered::TreeGrowth<ordered::Moments> growth_;
  std::vector<double> raw_;

  bool has_bag_ = false;
  std::vector<std::uint8_t> in_bag_;  ///< by training row; empty: all are
  std::vector<double> tree_weights_;  ///< weights, without those out of bag; empty: ones
  double total_weight_ = 0.0;

  std::vector<double> negative_gradients_;  ///< (output, row)
  std::vector<GrownTree> trees_;
  std::vector<std::uint32_t> leaves_;
  // Working space of an update.
  std::vector<std::uint32_t> ends_;
  std::vector<double> numerators_;
  std::vector<double> denominators_;
  std::vector<double> leaf_weights_;
};

}  // namespace tenfold::boosting
