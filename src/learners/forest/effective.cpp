/// Equal effective parameters are one fit.

#include <algorithm>

#include "learners/forest/rules.hpp"

namespace tenfold {

ForestSpec effective(const ForestSpec& spec, const SplitSize& split, std::size_t n_columns) {
  ForestSpec result = spec;
  result.max_features = static_cast<std::uint32_t>(std::min<std::size_t>(spec.max_features, n_columns));
  result.min_samples_leaf = std::max(spec.min_samples_leaf, std::uint32_t{1});
  // The builder splits only nodes that can give two leaves.
  result.min_samples_split =
      std::max({spec.min_samples_split, 2 * result.min_samples_leaf, std::uint32_t{2}});
  if (!spec.bootstrap) {
    result.max_samples = split.n_train;
  }
  // A tree over n rows is never deeper than n - 1.
  if (result.max_depth >= split.n_train) {
    result.max_depth = kUnlimitedDepth;
  }
  return result;
}

}  // namespace tenfold
