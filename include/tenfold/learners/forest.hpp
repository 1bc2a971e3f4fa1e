#pragma once

/// Classification trees and forests: what to grow, and where the random numbers come from.
///
/// A spec holds what scikit-learn's builder receives, not what the user typed: fractions are resolved for
/// the training rows of a split, names are mapped, "unlimited" is the largest value. Specs are data; they
/// can be compared, copied, and sent to another process. A step of a forest is a tree.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tenfold/data.hpp"
#include "tenfold/learner.hpp"
#include "tenfold/random.hpp"
#include "tenfold/split.hpp"
#include "tenfold/tree.hpp"

namespace tenfold {

struct ForestSpec {
  Splitter splitter = Splitter::kBest;
  Criterion criterion = Criterion::kGini;
  std::uint32_t n_estimators = 1;
  std::uint32_t max_features = 1;  ///< features to draw a node
  std::uint32_t max_depth = kUnlimitedDepth;
  std::uint32_t min_samples_split = 2;  ///< rows
  std::uint32_t min_samples_leaf = 1;   ///< rows
  double min_weight_leaf = 0.0;         ///< weight, not a fraction
  double min_impurity_decrease = 0.0;
  double ccp_alpha = 0.0;
  bool bootstrap = false;
  std::uint32_t max_samples = 0;         ///< rows drawn a tree; only with bootstrap
  std::int32_t seed_source = kFreeSeed;  ///< index into the seed sources of the learner
  std::int32_t drawn_by = -1;            ///< probabilities by which bootstraps are drawn; -1: all rows alike

  [[nodiscard]] bool is_free() const noexcept { return seed_source == kFreeSeed; }

  friend auto operator<=>(const ForestSpec&, const ForestSpec&) = default;
};

/// The random numbers of a seeded forest: `tree_seeds[t]` seeds NumPy's legacy generator of tree `t`.
/// A single tree that was given a `RandomState` has only the splitter's first draw from it.
struct SeedSource {
  std::vector<std::uint32_t> tree_seeds;
  std::optional<std::uint32_t> splitter_state;
};

/// The learner of these forests. Throws std::invalid_argument for parameters that no forest can have, and
/// for seed sources too short for their forests.
std::shared_ptr<const Learner> make_forest_learner(std::vector<ForestSpec> specs,
                                                   std::vector<SeedSource> seed_sources,
                                                   SplitWeights probabilities = {});

/// The most draws of a tree's bootstrap from so many rows for which the count of every row fits its 16 bits
/// (surely, or but for a chance that no computer will meet), and class weights stay exact when squared.
std::uint64_t largest_bootstrap(std::uint64_t n_rows);

/// Grows trees [first_tree, spec.n_estimators) of a seeded forest over `rows` and returns them whole.
std::vector<GrownTree> grow_trees(const Data& data, const ForestSpec& spec, const SeedSource& source,
                                  std::span<const std::int64_t> rows, std::size_t n_threads,
                                  std::size_t first_tree = 0, std::span<const double> probabilities = {});

/// Grows trees over all rows, of which each takes every row as often as its counts say; a tree begins with
/// this state of its splitter. The spec's number of trees, bootstrap and seeds are not looked at. Throws
/// std::invalid_argument for counts that class weights are not exact with.
std::vector<GrownTree> grow_counted_trees(const Data& data, const ForestSpec& spec,
                                          std::span<const std::uint32_t> splitter_states,
                                          std::span<const std::span<const std::int64_t>> counts,
                                          std::size_t n_threads);

}  // namespace tenfold
