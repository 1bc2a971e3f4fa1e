/// The learner of forests that are grown in scikit-learn's order of samples.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "data/check.hpp"
#include "data/digest.hpp"
#include "data/ranked_table.hpp"
#include "learners/forest/forest.hpp"
#include "learners/ordered_forest/ordered_forest.hpp"
#include "learners/ordered_forest/ordered_forest_run.hpp"
#include "learners/ordered_forest/rules.hpp"
#include "parallel/threads.hpp"
#include "plan/grouping.hpp"
#include "plan/stages.hpp"
#include "tenfold/learners/ordered_forest.hpp"

namespace tenfold {

OrderedForestSpec effective(const OrderedForestSpec& spec, std::uint32_t n_train, std::size_t n_columns) {
  OrderedForestSpec result = spec;
  result.max_features = std::min(spec.max_features, static_cast<std::uint32_t>(n_columns));
  result.min_samples_leaf = std::max(spec.min_samples_leaf, std::uint32_t{1});
  result.min_samples_split =
      std::max({spec.min_samples_split, 2 * result.min_samples_leaf, std::uint32_t{2}});
  if (!spec.bootstrap) {
    result.max_samples = 0;
  }
  if (result.max_depth >= n_train) {
    result.max_depth = kUnlimitedDepth;
  }
  return result;
}

void check_spec(std::size_t index, const OrderedForestSpec& spec, std::span<const SeedSource> sources,
                std::size_t n_weights) {
  const auto refuse = [index](const std::string& text) {
    throw std::invalid_argument("spec " + std::to_string(index) + ": " + text);
  };
  if (spec.n_estimators == 0 || spec.max_features == 0 || (spec.bootstrap && spec.max_samples == 0)) {
    refuse("n_estimators, max_features and max_samples must be at least 1.");
  }
  if (!(spec.ccp_alpha >= 0.0)) {
    refuse("ccp_alpha is " + std::to_string(spec.ccp_alpha) + "; must be at least 0.");
  }
  if (spec.max_leaf_nodes == 1) {
    refuse("max_leaf_nodes is 1; must be 0 or at least 2.");
  }
  const bool weighs = spec.weighting == Weighting::kGrow || spec.weighting == Weighting::kDraw;
  if ((weighs && spec.weights < 0) || spec.weights >= static_cast<std::int64_t>(n_weights)) {
    refuse("weights is " + std::to_string(spec.weights) + "; there are " + std::to_string(n_weights) + ".");
  }
  if (spec.is_free()) {
    return;
  }
  if (spec.seed_source < 0 || static_cast<std::size_t>(spec.seed_source) >= sources.size()) {
    refuse("seed_source is " + std::to_string(spec.seed_source) + "; there are " +
           std::to_string(sources.size()) + " seed sources.");
  }
  const SeedSource& source = sources[static_cast<std::size_t>(spec.seed_source)];
  if ((source.splitter_state ? 1 : source.tree_seeds.size()) < spec.n_estimators) {
    refuse("its seed source has too few tree seeds.");
  }
}

void check_data(const Data& data, const OrderedForestSpec& spec) {
  const bool of_numbers =
      spec.criterion == OrderedCriterion::kSquaredError || spec.criterion == OrderedCriterion::kPoisson;
  if (of_numbers != (data.n_classes() == 0)) {
    throw std::invalid_argument("a criterion is not one of the target's.");
  }
  if (!spec.monotonic.empty() && (spec.monotonic.size() != data.n_columns() || data.n_classes() > 2)) {
    throw std::invalid_argument("monotonic has " + std::to_string(spec.monotonic.size()) +
                                " entries; must be one a column, for numbers or two classes.");
  }
  if (data.ranked_table().has_infinite()) {
    throw std::invalid_argument("X holds an infinite value, or one too large for float32.");
  }
}

namespace {

/// Seconds on one core for one tree of one member grown by itself.
double tree_cost(const OrderedForestSpec& spec, const SplitSize& split) {
  const double rows = spec.bootstrap ? 0.64 * split.n_train : split.n_train;
  const double leaf = std::max<double>(spec.min_samples_leaf, spec.min_samples_split / 2.0);
  double depth = std::min<double>(spec.max_depth, 1.0 + 1.3 * std::log2(std::max(2.0, rows / leaf)));
  if (spec.max_leaf_nodes != 0) {
    depth = std::min(depth, 2.0 + std::log2(static_cast<double>(spec.max_leaf_nodes)));
  }
  return 4e-9 * rows * depth * (spec.max_features + 1.0) + 1e-6;
}

/// Fills in what a family costs: stages, seconds, bytes, fits and steps.
void add_cost(Grouped<OrderedForestSpec>& group, const PlanRequest& request) {
  Family& family = group.family;
  const SplitSize& split = request.splits[family.split];
  const bool free = group.members.front().is_free();
  const bool shares_all = free || group.members.front().max_leaf_nodes != 0 || group.key.ccp_alpha > 0.0;
  std::vector<double> costs;
  costs.reserve(group.members.size());
  for (const OrderedForestSpec& member : group.members) {
    costs.push_back(tree_cost(member, split));
  }
  add_stages(family, costs, [&](std::uint64_t live) {
    double largest = 0.0;
    double sum = 0.0;
    std::uint32_t n_fits = 0;
    for (std::size_t m = 0; m < costs.size(); ++m) {
      if ((live >> m & 1U) != 0) {
        largest = std::max(largest, costs[m]);
        sum += costs[m];
        ++n_fits;
      }
    }
    return shares_all ? StepTogether{largest, 1} : StepTogether{largest + 0.9 * (sum - largest), n_fits};
  });
  const std::uint64_t n_values = std::max<std::uint64_t>(request.shape.n_classes, 1);
  const std::uint64_t n_predicted = split.n_test + (request.options.score_train ? split.n_train : 0U);
  const std::uint64_t n_columns = request.shape.n_columns;
  // Sums of predictions; and of each sample and column, its rank and its place.
  family.n_bytes = group.members.size() * n_predicted * n_values * sizeof(double) +
                   2 * sizeof(std::uint32_t) * n_columns * split.n_train;
  family.n_bytes_a_thread = sizeof(std::uint32_t) * n_columns * split.n_train +
                            std::uint64_t{64} * split.n_train +
                            group.members.size() * n_predicted * n_values * sizeof(double);
  family.contract = free ? Contract::kInDistribution : Contract::kBitEqual;
  const OrderedForestSpec& key = group.key;
  std::uint64_t digest = digest_of(std::uint64_t{group.repeat});
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(key.splitter), static_cast<std::uint64_t>(key.criterion),
        std::uint64_t{key.max_features}, std::uint64_t{key.max_depth}, std::uint64_t{key.min_samples_split},
        std::uint64_t{key.min_samples_leaf}, std::uint64_t{key.max_leaf_nodes}, std::uint64_t{key.bootstrap},
        std::uint64_t{key.max_samples}, static_cast<std::uint64_t>(key.weighting),
        static_cast<std::uint64_t>(key.weights), std::uint64_t{key.n_estimators}}) {
    digest = digest_of(part, digest);
  }
  family.key = digest_of(key.min_impurity_decrease, digest_of(key.min_weight_leaf, digest));
  for (const std::int8_t direction : key.monotonic) {
    family.key = digest_of(static_cast<std::uint64_t>(direction + 1), family.key);
  }
  if (key.ccp_alpha != 0.0) {
    family.key = digest_of(key.ccp_alpha, family.key);
  }
}

class OrderedForestLearner final : public Learner {
 public:
  OrderedForestLearner(std::vector<OrderedForestSpec> specs, std::vector<SeedSource> sources,
                       SplitWeights weights)
      : specs_(std::move(specs)), sources_(std::move(sources)), weights_(std::move(weights)) {
    for (std::size_t s = 0; s < specs_.size(); ++s) {
      check_spec(s, specs_[s], sources_, weights_.size());
    }
  }

  [[nodiscard]] std::string_view name() const override { return "ordered forest"; }
  [[nodiscard]] std::size_t n_specs() const override { return specs_.size(); }
  [[nodiscard]] DataNeeds needs() const override { return {.ranked_table = true}; }

  [[nodiscard]] std::vector<Family> plan(const PlanRequest& request) const override {
    const Sharing<OrderedForestSpec> sharing{
        ordered_forest_rules(), [](const OrderedForestSpec& spec) { return spec.n_estimators; },
        [](OrderedForestSpec& spec) { spec.n_estimators = 0; }, kMaxMembers};
    const auto effective_of = [&](const Cell& cell) {
      return effective(specs_[cell.spec], request.splits[cell.split].n_train, request.shape.n_columns);
    };
    return families_of(request, sharing, effective_of,
                       [&](Grouped<OrderedForestSpec>& group) { add_cost(group, request); });
  }

  [[nodiscard]] std::unique_ptr<FamilyRun> begin(const Family& family,
                                                 const RunContext& context) const override {
    std::vector<OrderedForestSpec> members;
    for (const std::uint32_t spec : family.members) {
      members.push_back(effective(specs_[spec], static_cast<std::uint32_t>(context.split.train.size()),
                                  context.data.n_columns()));
      members.back().n_estimators = 0;
    }
    const OrderedForestSpec& first = members.front();
    check_data(context.data, first);
    const std::span<const double> weights =
        weights_of_split(weights_, first.weights, family.split, context.split.train.size());
    const SeedSource* const source =
        first.is_free() ? nullptr : &sources_[static_cast<std::size_t>(first.seed_source)];
    return std::make_unique<ordered::OrderedForestRun>(context, family, std::move(members), weights, source);
  }

 private:
  std::vector<OrderedForestSpec> specs_;
  std::vector<SeedSource> sources_;
  SplitWeights weights_;
};

}  // namespace

std::shared_ptr<const Learner> make_ordered_forest_learner(std::vector<OrderedForestSpec> specs,
                                                           std::vector<SeedSource> seed_sources,
                                                           SplitWeights weights) {
  return std::make_shared<OrderedForestLearner>(std::move(specs), std::move(seed_sources),
                                                std::move(weights));
}

std::vector<GrownTree> grow_ordered_trees(const Data& data, const OrderedForestSpec& spec,
                                          const SeedSource& source, std::span<const double> weights,
                                          std::size_t n_threads) {
  OrderedForestSpec seeded = spec;
  seeded.seed_source = 0;
  seeded.weights = weights.empty() ? -1 : 0;
  check_spec(0, seeded, std::span(&source, 1), weights.empty() ? 0 : 1);
  check_data(data, seeded);
  seeded = effective(seeded, static_cast<std::uint32_t>(data.n_rows()), data.n_columns());
  std::vector<std::int64_t> rows(data.n_rows());
  std::iota(rows.begin(), rows.end(), 0);
  ordered::SplitSamples samples(data.ranked_table(), data.target(), rows);
  const ordered::TreeContext context{data.ranked_table(), samples, data.n_classes(), weights, &source, 0};
  std::vector<GrownTree> trees(seeded.n_estimators);
  std::atomic<std::uint32_t> next = 0;
  run_on_threads(std::clamp<std::size_t>(n_threads, 1, trees.size()), [&] {
    const auto worker = ordered::make_tree_worker(context, std::span(&seeded, 1));
    for (std::uint32_t i = next++; i < trees.size(); i = next++) {
      worker->grow(i, 1, {}, {}, &trees[i]);
    }
  });
  return trees;
}

}  // namespace tenfold
