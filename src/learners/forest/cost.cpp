/// What a family of forests costs: predicted time, for the order of tasks, the progress bar and `explain`,
/// and bytes.

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <vector>

#include "data/digest.hpp"
#include "learners/forest/forest.hpp"
#include "learners/forest/forest_run.hpp"
#include "learners/forest/votes.hpp"
#include "plan/stages.hpp"

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

/// Seconds on one core for one tree of one member grown by itself.
double tree_cost(const ForestSpec& member, const SplitSize& split, const DataShape& data) {
  const double drawn = member.bootstrap ? member.max_samples : split.n_train;
  const double rows = member.bootstrap ? split.n_train * (1.0 - std::exp(-drawn / split.n_train)) : drawn;
  const double leaf = std::max<double>(member.min_samples_leaf, member.min_samples_split / 2.0);
  // Real data gives trees somewhat deeper than balanced ones, and leaves that turn pure before they are
  // small.
  const double depth = std::min<double>(member.max_depth, 1.0 + 1.3 * std::log2(std::max(2.0, rows / leaf)));
  const double splits = std::min(std::exp2(std::min(depth, 60.0)), rows / (4.0 * leaf) + 1.0) *
                        (1.0 + 0.1 * std::log2(std::max<double>(1.0, static_cast<double>(data.n_classes))));
  return rows * visits_by_level(rows, depth, data.n_values) * member.max_features * kSecondsPerVisit +
         splits * (kSecondsPerSplit + kSecondsPerSplitFeature * member.max_features) +
         (rows + split.n_test) * depth * kSecondsPerVisit;
}

/// Seconds on one core for one step of these members together.
double step_cost(std::span<const double> members, bool free) {
  double longest = 0.0;
  double sum = 0.0;
  for (const double cost : members) {
    longest = std::max(longest, cost);
    sum += cost;
  }
  return longest + (free ? kFreeShare : kSeededShare) * (sum - longest);
}

/// What tells members apart of which each is a fit: without a seed those that stop earlier are read off,
/// and those that may choose other splits are grown.
ForestSpec fit_of(const ForestSpec& member) {
  ForestSpec fit = member;
  fit.ccp_alpha = 0.0;
  if (member.is_free()) {
    fit.max_depth = 0;
    fit.min_samples_split = 0;
    fit.min_impurity_decrease = 0.0;
  }
  return fit;
}

std::uint64_t key_digest(const ForestSpec& key, std::uint32_t repeat) {
  std::uint64_t digest = digest_of(std::uint64_t{repeat});
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(key.splitter), static_cast<std::uint64_t>(key.criterion),
        std::uint64_t{key.n_estimators}, std::uint64_t{key.max_features}, std::uint64_t{key.max_depth},
        std::uint64_t{key.min_samples_split}, std::uint64_t{key.min_samples_leaf},
        std::uint64_t{key.bootstrap}, std::uint64_t{key.max_samples},
        static_cast<std::uint64_t>(std::int64_t{key.seed_source}),
        static_cast<std::uint64_t>(std::int64_t{key.drawn_by})}) {
    digest = digest_of(part, digest);
  }
  for (const double part : {key.min_weight_leaf, key.min_impurity_decrease, key.ccp_alpha}) {
    digest = digest_of(part, digest);
  }
  return digest;
}

/// Bytes that votes take: a double a member, predicted row and class, rows rounded up to whole vectors.
std::uint64_t votes_bytes(std::size_t n_members, std::uint64_t n_predicted, std::size_t n_classes) {
  return n_members * Votes::n_bytes(n_predicted, n_classes);
}

}  // namespace

void add_cost(Grouped<ForestSpec>& group, const PlanRequest& request) {
  Family& family = group.family;
  const SplitSize& split = request.splits[family.split];
  const bool free = group.members.front().is_free();
  std::vector<double> costs;
  costs.reserve(group.members.size());
  for (const ForestSpec& member : group.members) {
    costs.push_back(tree_cost(member, split, request.shape));
  }
  add_stages(family, costs, [&](std::uint64_t live) {
    std::vector<double> at_work;
    std::set<ForestSpec> fits;
    for (std::size_t m = 0; m < group.members.size(); ++m) {
      if ((live >> m & 1U) != 0) {
        at_work.push_back(costs[m]);
        fits.insert(fit_of(group.members[m]));
      }
    }
    return StepTogether{step_cost(at_work, free), static_cast<std::uint32_t>(fits.size())};
  });
  const std::uint64_t n_predicted = split.n_test + (request.options.score_train ? split.n_train : 0U);
  family.n_bytes = votes_bytes(group.members.size(), n_predicted, request.shape.n_classes);
  family.n_bytes_a_thread = ForestRun::workspace_bytes(group.members.front(), split.n_train, n_predicted);
  family.contract = free ? Contract::kInDistribution : Contract::kBitEqual;
  family.key = key_digest(group.key, group.repeat);
}

}  // namespace tenfold
