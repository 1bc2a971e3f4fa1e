/// Equal effective parameters are one fit.

#include <algorithm>

#include "plan/sharing_rule.hpp"

namespace tenfold {

ForestSpec effective(const ForestSpec& spec, const SplitSize& split, std::uint32_t n_columns) {
  ForestSpec result = spec;
  result.max_features = std::min(spec.max_features, n_columns);
  result.min_samples_leaf = std::max(spec.min_samples_leaf, std::uint32_t{1});
  // The builder splits only nodes that can give two leaves.
  result.min_samples_split =
      std::max({spec.min_samples_split, 2 * result.min_samples_leaf, std::uint32_t{2}});
  if (!spec.bootstrap) {
    result.max_samples = split.n_train;
  }
  // A tree over n rows is never deeper than n - 1.
  if (result.max_depth >= split.n_train) {
    result.max_depth = ForestSpec::kUnlimitedDepth;
  }
  return result;
}

}  // namespace tenfold
