#pragma once

/// What to grow: plain descriptions of forests and of where their random numbers come from.
///
/// A spec holds what scikit-learn's builder receives, not what the user typed: fractions are resolved for
/// the training rows of a split, names are mapped, "unlimited" is the largest value. Specs are data; they
/// can be compared, copied, and sent to another process.

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace tenfold {

enum class Criterion : std::uint8_t { kGini, kEntropy };

/// How a node picks its threshold: the best of all, or one drawn at random a feature (extra-trees).
enum class Splitter : std::uint8_t { kBest, kRandom };

struct ForestSpec {
  static constexpr std::uint32_t kUnlimitedDepth = std::numeric_limits<std::int32_t>::max();
  /// `seed_source` of a forest without `random_state`.
  static constexpr std::int32_t kFree = -1;

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
  std::uint32_t max_samples = 0;     ///< rows drawn a tree; only with bootstrap
  std::int32_t seed_source = kFree;  ///< index into the seed sources of the request

  friend auto operator<=>(const ForestSpec&, const ForestSpec&) = default;
};

/// The random numbers of a seeded forest: `tree_seeds[t]` seeds NumPy's legacy generator of tree `t`.
/// A single tree that was given a `RandomState` has only the splitter's first draw from it.
struct SeedSource {
  std::vector<std::uint32_t> tree_seeds;
  std::optional<std::uint32_t> splitter_state;
};

}  // namespace tenfold
