#pragma once

/// Trees and forests that are grown in scikit-learn's order of samples: regression, and classification with
/// what makes sums of class weights inexact. What to grow; where the random numbers come from is as in
/// `forest.hpp`. A step is a tree.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tenfold/data.hpp"
#include "tenfold/learner.hpp"
#include "tenfold/learners/forest.hpp"
#include "tenfold/random.hpp"
#include "tenfold/split.hpp"
#include "tenfold/tree.hpp"

namespace tenfold {

enum class OrderedCriterion : std::uint8_t { kSquaredError, kPoisson, kGini, kEntropy };

/// What a forest does with the weights of its training rows.
enum class Weighting : std::uint8_t {
  kNone,
  kGrow,       ///< trees are grown with them (multiplied by bootstrap counts where rows are drawn)
  kDraw,       ///< bootstraps are drawn with them as probabilities, and trees grown with counts
  kSubsample,  ///< each tree weighs classes by their share of its bootstrap, drawn with weights if any
};

struct OrderedForestSpec {
  Splitter splitter = Splitter::kBest;
  OrderedCriterion criterion = OrderedCriterion::kSquaredError;
  std::uint32_t n_estimators = 1;
  std::uint32_t max_features = 1;
  std::uint32_t max_depth = kUnlimitedDepth;
  std::uint32_t min_samples_split = 2;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;
  double min_impurity_decrease = 0.0;
  std::uint32_t max_leaf_nodes = 0;  ///< 0: no limit
  double ccp_alpha = 0.0;
  bool bootstrap = false;
  std::uint32_t max_samples = 0;
  Weighting weighting = Weighting::kNone;
  std::int32_t weights = -1;  ///< which weights of the split, where there are any
  std::int32_t seed_source = kFreeSeed;
  /// By column: 1 where values (shares of the first of two classes) may only rise with it, -1 where they may
  /// only fall, 0 where they are free. Empty: no constraints.
  std::vector<std::int8_t> monotonic;

  [[nodiscard]] bool is_free() const noexcept { return seed_source == kFreeSeed; }

  friend auto operator<=>(const OrderedForestSpec&, const OrderedForestSpec&) = default;
};

/// The learner of these forests. Throws std::invalid_argument for parameters that no forest can have, weights
/// that are not there, and seed sources too short for their forests.
std::shared_ptr<const Learner> make_ordered_forest_learner(std::vector<OrderedForestSpec> specs,
                                                           std::vector<SeedSource> seed_sources,
                                                           SplitWeights weights);

/// The trees of a seeded forest over all rows of a data set, whole; `weights` as the spec's weighting says.
std::vector<GrownTree> grow_ordered_trees(const Data& data, const OrderedForestSpec& spec,
                                          const SeedSource& source, std::span<const double> weights,
                                          std::size_t n_threads);

/// One of the trees that an ensemble of somebody else's asks for.
struct MemberTree {
  std::uint32_t splitter_state = 0;    ///< the first number that its splitter draws
  std::span<const double> weights;     ///< of its rows, by which it is grown; empty: ones
  std::span<const std::int64_t> rows;  ///< of the data set, any of them more than once; empty: all, in order
  std::span<const std::int64_t> columns;  ///< the same of columns
};

/// Trees for such an ensemble, one after another or many at once: whoever draws rows and columns, weighs rows
/// and seeds trees, the data are prepared once.
class MemberTrees {
 public:
  /// `spec` says how each is grown; its number of trees, bootstrap, weights and seeds are not looked at. The
  /// data set must outlive this. Throws std::invalid_argument for what no tree can be grown by or on.
  MemberTrees(const Data& data, const OrderedForestSpec& spec);
  MemberTrees(MemberTrees&& other) noexcept;
  MemberTrees& operator=(MemberTrees&& other) noexcept;
  MemberTrees(const MemberTrees&) = delete;
  MemberTrees& operator=(const MemberTrees&) = delete;
  ~MemberTrees();

  /// The trees, as asked for. Throws std::invalid_argument for weights, rows and columns that are not of the
  /// data set.
  std::vector<GrownTree> grow(std::span<const MemberTree> asked, std::size_t n_threads);

  /// By row of the data set, the leaf that it falls into; of a tree over all columns.
  [[nodiscard]] std::vector<std::uint32_t> leaves(const GrownTree& tree) const;

  /// Numbers that a node holds.
  [[nodiscard]] std::size_t n_values() const;

 private:
  class State;

  std::unique_ptr<State> state_;
};

}  // namespace tenfold
