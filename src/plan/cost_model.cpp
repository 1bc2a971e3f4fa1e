#include "plan/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace tenfold {

namespace {

// Fitted on the digits and flights benchmarks and on generated data of 1,000 to 60,000 rows, columns of 100
// values and of as many as rows; only ratios between families matter for scheduling.
constexpr double kSecondsPerVisit = 1.6e-9;  ///< a (node, feature, row) triple, in a small node of few values
constexpr double kSecondsPerSplit = 2.5e-7;  ///< a split node, its overhead and its children
constexpr double kSecondsPerSplitFeature = 6e-8;
/// How many more nodes a further member of a seeded family adds, and of a free one.
constexpr double kSeededShare = 0.75;
constexpr double kFreeShare = 0.25;

/// How many times as long a visit takes in a node of so many rows. Histograms, or sorting, of many values
/// cost more with their number; where rows are many, each is a miss of the cache.
double visit_factor(double rows, double n_values) {
  const double values = std::log2(std::max(1.0, std::min(n_values, rows) / 64.0));
  const double misses = 2.0 * std::log2(std::max(1.0, rows / 1000.0));
  return 1.0 + std::max(values * values, misses);
}

/// The visit factors of all levels of a tree, added up: nodes are half as large with each level.
double visits_by_level(double rows, double depth, double n_values) {
  double sum = 0.0;
  double left = depth;
  double size = rows;
  while (left > 0.0 && size >= 64.0) {
    sum += std::min(1.0, left) * visit_factor(size, n_values);
    left -= 1.0;
    size /= 2.0;
  }
  return sum + std::max(0.0, left);
}

}  // namespace

double tree_cost(const ForestSpec& member, const SplitSize& split, const DataShape& data) {
  const double drawn = member.bootstrap ? member.max_samples : split.n_train;
  const double rows = member.bootstrap ? split.n_train * (1.0 - std::exp(-drawn / split.n_train)) : drawn;
  const double leaf = std::max<double>(member.min_samples_leaf, member.min_samples_split / 2.0);
  // Real data gives trees somewhat deeper than balanced ones, and leaves that turn pure before they are
  // small.
  const double depth = std::min<double>(member.max_depth, 1.0 + 1.3 * std::log2(std::max(2.0, rows / leaf)));
  const double splits = std::min(std::exp2(std::min(depth, 60.0)), rows / (4.0 * leaf) + 1.0) *
                        (1.0 + 0.1 * std::log2(std::max(1U, data.n_classes)));
  return rows * visits_by_level(rows, depth, data.n_values) * member.max_features * kSecondsPerVisit +
         splits * (kSecondsPerSplit + kSecondsPerSplitFeature * member.max_features) +
         (rows + split.n_test) * depth * kSecondsPerVisit;
}

double family_cost(const Family& family, const SplitSize& split, const DataShape& data) {
  double longest = 0.0;
  double sum = 0.0;
  for (const ForestSpec& member : family.members) {
    const double cost = tree_cost(member, split, data);
    longest = std::max(longest, cost);
    sum += cost;
  }
  const double share = family.is_free() ? kFreeShare : kSeededShare;
  return family.n_trees * (longest + share * (sum - longest));
}

}  // namespace tenfold
