#pragma once

/// Gradient boosting as `sklearn/ensemble/_gb.py` (1.9) does it: stage after stage, regression trees are
/// grown to the negative gradient of a loss, their leaves are updated, and the predictions move on by the
/// learning rate.
///
/// Vocabulary:
///   stage    one round: a tree for each output; a step of the learner
///   output   what is predicted of a row before any link: one number, or one a class where there are three
///            or more classes
///   raw      the sum of the stages so far, (row, output)
///   in bag   rows that a stage is grown on, where they are drawn (`subsample`)
///
/// Random numbers come from one generator, in this order a stage: one real number a row where rows are
/// drawn, then one integer a tree, which seeds its splitter.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tenfold/data.hpp"
#include "tenfold/learner.hpp"
#include "tenfold/random.hpp"
#include "tenfold/split.hpp"
#include "tenfold/tree.hpp"

namespace tenfold {

/// Losses by the names of scikit-learn's parameter.
enum class BoostingLoss : std::uint8_t {
  kSquaredError,
  kAbsoluteError,
  kHuber,
  kQuantile,
  kLogLoss,
  kExponential,
};

/// Whether the loss is of numbers, not of classes.
[[nodiscard]] constexpr bool is_of_numbers(BoostingLoss loss) {
  return loss != BoostingLoss::kLogLoss && loss != BoostingLoss::kExponential;
}
/// Whether leaves are updated by order statistics, which are known for rows of equal weight alone.
[[nodiscard]] constexpr bool sorts_leaves(BoostingLoss loss) {
  return is_of_numbers(loss) && loss != BoostingLoss::kSquaredError;
}

struct BoostingSpec {
  BoostingLoss loss = BoostingLoss::kSquaredError;
  double alpha = 0.9;  ///< the quantile of kHuber and kQuantile
  std::uint32_t n_estimators = 1;
  double learning_rate = 0.1;
  std::uint32_t n_in_bag = 0;  ///< rows drawn a stage; 0: all, and nothing is drawn
  std::uint32_t max_features = 1;
  std::uint32_t max_depth = 3;
  std::uint32_t min_samples_split = 2;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;
  double min_impurity_decrease = 0.0;
  std::uint32_t max_leaf_nodes = 0;  ///< 0: no limit
  double ccp_alpha = 0.0;
  std::int32_t start = 0;     ///< which raw predictions of the split it starts from
  std::int32_t weights = -1;  ///< which weights of the split; -1: none
  std::int32_t seed_source = kFreeSeed;

  [[nodiscard]] bool is_free() const noexcept { return seed_source == kFreeSeed; }

  friend auto operator<=>(const BoostingSpec&, const BoostingSpec&) = default;
};

/// The learner of these models. `starts` has, by kind and split, the raw prediction of a row before the first
/// stage, the same for all rows; `weights` those of its training rows. Throws std::invalid_argument for
/// parameters that no model can have, and for starts, weights and generators that are not there.
std::shared_ptr<const Learner> make_boosting_learner(std::vector<BoostingSpec> specs,
                                                     std::vector<MersenneTwister> generators,
                                                     SplitWeights starts, SplitWeights weights);

/// A model over all rows of a data set.
struct BoostedModel {
  std::size_t n_outputs = 1;
  std::vector<GrownTree> trees;      ///< (stage, output), leaves updated
  std::vector<double> train_losses;  ///< mean loss of the rows in bag, after each stage
  std::vector<double> other_losses;  ///< of the rows out of bag, before the first stage and after each
  MersenneTwister generator{0};      ///< as it stands after the last stage
};

/// Fits a model; `raw`, (row, output), is what it starts from. Empty `weights`: ones. `after_stage` is called
/// after each stage, and may throw to end the fit. Throws std::invalid_argument as `make_boosting_learner`.
BoostedModel boost(const Data& data, const BoostingSpec& spec, const MersenneTwister& generator,
                   std::span<const double> raw, std::span<const double> weights,
                   const std::function<void()>& after_stage);

/// The negative gradients of a loss at these raw predictions, (row, output): to be held against
/// scikit-learn's. `parameter`: the quantile of kQuantile, the delta of kHuber.
std::vector<double> negative_gradients(BoostingLoss loss, double parameter, std::size_t n_outputs,
                                       std::span<const double> targets, std::span<const double> raw);
/// The loss of each row.
std::vector<double> losses(BoostingLoss loss, double parameter, std::size_t n_outputs,
                           std::span<const double> targets, std::span<const double> raw);

}  // namespace tenfold
