#include "plan/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace tenfold {

namespace {

// Fitted on the digits and flights benchmarks; only ratios between families matter for scheduling.
constexpr double kSecondsPerVisit = 1.6e-9;  ///< a (node, feature, row) triple
constexpr double kSecondsPerSplit = 2.5e-7;  ///< a split node, its overhead and its children
constexpr double kSecondsPerSplitFeature = 6e-8;
/// How many more nodes a further member of a seeded family adds, and of a free one.
constexpr double kSeededShare = 0.75;
constexpr double kFreeShare = 0.25;

}  // namespace

double tree_cost(const ForestSpec& member, const SplitSize& split, std::uint32_t n_classes) {
  const double drawn = member.bootstrap ? member.max_samples : split.n_train;
  const double rows = member.bootstrap ? split.n_train * (1.0 - std::exp(-drawn / split.n_train)) : drawn;
  const double leaf = std::max<double>(member.min_samples_leaf, member.min_samples_split / 2.0);
  // Real data gives trees somewhat deeper than balanced ones, and leaves that turn pure before they are
  // small.
  const double depth = std::min<double>(member.max_depth, 1.0 + 1.3 * std::log2(std::max(2.0, rows / leaf)));
  const double splits = std::min(std::exp2(std::min(depth, 60.0)), rows / (4.0 * leaf) + 1.0) *
                        (1.0 + 0.1 * std::log2(std::max(1U, n_classes)));
  return rows * depth * member.max_features * kSecondsPerVisit +
         splits * (kSecondsPerSplit + kSecondsPerSplitFeature * member.max_features) +
         (rows + split.n_test) * depth * kSecondsPerVisit;
}

double family_cost(const Family& family, const SplitSize& split, std::uint32_t n_classes) {
  double longest = 0.0;
  double sum = 0.0;
  for (const ForestSpec& member : family.members) {
    const double cost = tree_cost(member, split, n_classes);
    longest = std::max(longest, cost);
    sum += cost;
  }
  const double share = family.is_free() ? kFreeShare : kSeededShare;
  return family.n_trees * (longest + share * (sum - longest));
}

}  // namespace tenfold
