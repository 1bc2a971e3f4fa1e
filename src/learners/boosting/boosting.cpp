/// The learner of boosted models.

#include "tenfold/learners/boosting.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "data/digest.hpp"
#include "data/ranked_table.hpp"
#include "learners/boosting/booster.hpp"
#include "learners/boosting/boosting_run.hpp"
#include "learners/boosting/rules.hpp"
#include "plan/grouping.hpp"

namespace tenfold {

namespace {

/// Parameters without effect set to one value, so that specs which fit the same models are equal.
BoostingSpec effective(const BoostingSpec& spec, std::uint32_t n_train, std::size_t n_columns) {
  BoostingSpec result = spec;
  if (spec.loss != BoostingLoss::kHuber && spec.loss != BoostingLoss::kQuantile) {
    result.alpha = 0.5;
  }
  result.max_features = std::min(spec.max_features, static_cast<std::uint32_t>(n_columns));
  result.min_samples_leaf = std::max(spec.min_samples_leaf, std::uint32_t{1});
  result.min_samples_split =
      std::max({spec.min_samples_split, 2 * result.min_samples_leaf, std::uint32_t{2}});
  if (result.max_depth >= n_train) {
    result.max_depth = kUnlimitedDepth;
  }
  return result;
}

void check_spec(const std::string& name, const BoostingSpec& spec, std::size_t n_generators) {
  const auto refuse = [&name](const std::string& text) { throw std::invalid_argument(name + text); };
  if (spec.n_estimators == 0 || spec.max_features == 0) {
    refuse("n_estimators and max_features must be at least 1.");
  }
  if (!std::isfinite(spec.learning_rate) || spec.learning_rate < 0.0) {
    refuse("learning_rate is " + std::to_string(spec.learning_rate) + "; must be a number from 0 on.");
  }
  if (!(spec.alpha > 0.0 && spec.alpha < 1.0)) {
    refuse("alpha is " + std::to_string(spec.alpha) + "; must lie between 0 and 1.");
  }
  if (spec.max_leaf_nodes == 1) {
    refuse("max_leaf_nodes is 1; must be 0 or at least 2.");
  }
  if (!spec.is_free() &&
      (spec.seed_source < 0 || static_cast<std::size_t>(spec.seed_source) >= n_generators)) {
    refuse("seed_source is " + std::to_string(spec.seed_source) + "; there are " +
           std::to_string(n_generators) + " generators.");
  }
}

void check_data(const Data& data, const BoostingSpec& spec, std::size_t n_train, bool weighs) {
  if (is_of_numbers(spec.loss) != (data.n_classes() == 0)) {
    throw std::invalid_argument("a loss is not one of the target's.");
  }
  if (spec.loss == BoostingLoss::kExponential && data.n_classes() != 2) {
    throw std::invalid_argument("the exponential loss is of two classes.");
  }
  if (data.ranked_table().has_infinite() || data.ranked_table().has_missing()) {
    throw std::invalid_argument("X holds a missing or an infinite value, or one too large for float32.");
  }
  if (sorts_leaves(spec.loss) && weighs) {
    throw std::invalid_argument("with this loss all rows must weigh alike.");
  }
  if (spec.n_in_bag > n_train) {
    throw std::invalid_argument("n_in_bag is " + std::to_string(spec.n_in_bag) + "; there are " +
                                std::to_string(n_train) + " training rows.");
  }
}

/// Seconds on one core for one stage.
double stage_cost(const BoostingSpec& spec, const SplitSize& split, const DataShape& shape) {
  const double rows = spec.n_in_bag == 0 ? split.n_train : spec.n_in_bag;
  const double leaf = std::max<double>(spec.min_samples_leaf, spec.min_samples_split / 2.0);
  double depth = std::min<double>(spec.max_depth, 1.0 + 1.3 * std::log2(std::max(2.0, rows / leaf)));
  if (spec.max_leaf_nodes != 0) {
    depth = std::min(depth, 2.0 + std::log2(static_cast<double>(spec.max_leaf_nodes)));
  }
  const double n_outputs = shape.n_classes > 2 ? static_cast<double>(shape.n_classes) : 1.0;
  const double followed = split.n_train + split.n_test;
  const auto dividing = static_cast<double>(shape.n_columns);
  return n_outputs *
         (2.5e-9 * rows * depth * (spec.max_features + dividing) + 3e-9 * followed * (depth + 4.0) + 1e-5);
}

/// Fills in what a family costs: stages, seconds, bytes, fits and steps.
void add_cost(Grouped<BoostingSpec>& group, const PlanRequest& request) {
  Family& family = group.family;
  const SplitSize& split = request.splits[family.split];
  const BoostingSpec& spec = group.members.front();
  const double cost = stage_cost(spec, split, request.shape);
  std::uint32_t longest = 0;
  for (const Reading& reading : family.readings) {
    longest = std::max(longest, reading.step);
    family.steps_asked += reading.step;
  }
  family.steps_done = longest;
  family.stages.push_back({longest, cost});
  family.cost = cost * longest;
  family.cost_apart = cost * static_cast<double>(family.steps_asked);
  family.one_after_another = true;
  const std::uint64_t n_outputs = request.shape.n_classes > 2 ? request.shape.n_classes : 1;
  const std::uint64_t n_followed = std::uint64_t{split.n_train} + split.n_test;
  // Raw predictions and gradients; followed rows and their leaves; of each sample and column its rank, its
  // place and its place in the node at work; samples and working space.
  family.n_bytes = sizeof(double) * n_outputs * (n_followed + split.n_train) + 20 * n_followed +
                   3 * sizeof(std::uint32_t) * request.shape.n_columns * split.n_train +
                   std::uint64_t{80} * split.n_train;
  family.contract = spec.is_free() ? Contract::kInDistribution : Contract::kBitEqual;
  const BoostingSpec& key = group.key;
  std::uint64_t digest = digest_of(std::uint64_t{group.repeat});
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(key.loss), std::uint64_t{key.n_in_bag}, std::uint64_t{key.max_features},
        std::uint64_t{key.max_depth}, std::uint64_t{key.min_samples_split},
        std::uint64_t{key.min_samples_leaf}, std::uint64_t{key.max_leaf_nodes},
        static_cast<std::uint64_t>(key.start), static_cast<std::uint64_t>(key.weights),
        std::uint64_t{key.n_estimators}}) {
    digest = digest_of(part, digest);
  }
  for (const double part :
       {key.learning_rate, key.alpha, key.ccp_alpha, key.min_weight_leaf, key.min_impurity_decrease}) {
    digest = digest_of(part, digest);
  }
  family.key = digest;
}

ordered::Presorting presorting_of(const BoostingSpec& spec) {
  return boosting::sums_are_exact(spec) ? ordered::Presorting::kAll : ordered::Presorting::kMostly;
}

/// The presorted columns of the splits that are at work: families of a split share them.
class ColumnsOfSplits {
 public:
  std::shared_ptr<const ordered::TrainingColumns> of(const Data& data, const Split& split,
                                                     ordered::Presorting presorting) {
    const std::lock_guard lock(building_);
    std::weak_ptr<const ordered::TrainingColumns>& known = known_[{&data, &split, presorting}];
    std::shared_ptr<const ordered::TrainingColumns> columns = known.lock();
    if (columns == nullptr) {
      columns =
          std::make_shared<const ordered::TrainingColumns>(data.ranked_table(), split.train, presorting);
      known = columns;
    }
    return columns;
  }

 private:
  std::mutex building_;
  std::map<std::tuple<const Data*, const Split*, ordered::Presorting>,
           std::weak_ptr<const ordered::TrainingColumns>>
      known_;
};

class BoostingLearner final : public Learner {
 public:
  BoostingLearner(std::vector<BoostingSpec> specs, std::vector<MersenneTwister> generators,
                  SplitWeights starts, SplitWeights weights)
      : specs_(std::move(specs)),
        generators_(std::move(generators)),
        starts_(std::move(starts)),
        weights_(std::move(weights)) {
    for (std::size_t s = 0; s < specs_.size(); ++s) {
      check_spec("spec " + std::to_string(s) + ": ", specs_[s], generators_.size());
    }
  }

  [[nodiscard]] std::string_view name() const override { return "boosting"; }
  [[nodiscard]] std::size_t n_specs() const override { return specs_.size(); }
  [[nodiscard]] DataNeeds needs() const override { return {.ranked_table = true}; }

  [[nodiscard]] std::vector<Family> plan(const PlanRequest& request) const override {
    const Sharing<BoostingSpec> sharing{boosting_rules(),
                                        [](const BoostingSpec& spec) { return spec.n_estimators; },
                                        [](BoostingSpec& spec) { spec.n_estimators = 0; }, 1};
    const auto effective_of = [&](const Cell& cell) {
      return effective(specs_[cell.spec], request.splits[cell.split].n_train, request.shape.n_columns);
    };
    return families_of(request, sharing, effective_of,
                       [&](Grouped<BoostingSpec>& group) { add_cost(group, request); });
  }

  [[nodiscard]] std::unique_ptr<FamilyRun> begin(const Family& family,
                                                 const RunContext& context) const override {
    const std::size_t n_train = context.split.train.size();
    const BoostingSpec spec = effective(specs_[family.members.front()], static_cast<std::uint32_t>(n_train),
                                        context.data.n_columns());
    check_data(context.data, spec, n_train, spec.weights >= 0);
    const std::size_t n_outputs = context.data.n_classes() > 2 ? context.data.n_classes() : 1;
    const std::span<const double> start = weights_of_split(starts_, spec.start, family.split, n_outputs);
    const std::span<const double> weights = weights_of_split(weights_, spec.weights, family.split, n_train);
    const MersenneTwister generator =

        spec.is_free() ? MersenneTwister(static_cast<std::uint32_t>(mix(context.draw_key ^ family.key)))
                       : generators_[static_cast<std::size_t>(spec.seed_source)];
    return std::make_unique<boosting::BoostingRun>(
        context, family, spec, generator, start, weights,

        columns_.of(context.data, context.split, presorting_of(spec)));
  }

 private:
  std::vector<BoostingSpec> specs_;
  std::vector<MersenneTwister> generators_;
  SplitWeights starts_;
  SplitWeights weights_;

  mutable ColumnsOfSplits columns_;
};

}  // namespace

std::shared_ptr<const Learner> make_boosting_learner(std::vector<BoostingSpec> specs,
                                                     std::vector<MersenneTwister> generators,
                                                     SplitWeights starts, SplitWeights weights) {
  return std::make_shared<BoostingLearner>(std::move(specs), std::move(generators), std::move(starts),
                                           std::move(weights));
}

BoostedModel boost(const Data& data, const BoostingSpec& spec, const MersenneTwister& generator,
                   std::span<const double> raw, std::span<const double> weights,
                   const std::function<void()>& after_stage) {
  const std::size_t n_rows = data.n_rows();
  std::vector<std::int64_t> rows(n_rows);
  std::iota(rows.begin(), rows.end(), 0);
  BoostingSpec used = effective(spec, static_cast<std::uint32_t>(n_rows), data.n_columns());
  used.seed_source = 0;
  check_spec("", used, 1);
  check_data(data, used, n_rows, !weights.empty());
  const boosting::BoostedTarget target = boosting::target_of(data, rows);
  if (raw.size() != n_rows * target.n_outputs || (!weights.empty() && weights.size() != n_rows)) {
    throw std::invalid_argument("raw or weights are not of as many rows as the data.");
  }

  const ordered::TrainingColumns columns(data.ranked_table(), rows, presorting_of(used));
  boosting::Booster booster(data.ranked_table(), columns, target, used, generator, rows,
                            {raw.begin(), raw.end()}, weights);
  BoostedModel model;
  model.n_outputs = target.n_outputs;
  const bool draws = used.n_in_bag != 0 && used.n_in_bag < n_rows;
  for (std::uint32_t stage = 0; stage < used.n_estimators; ++stage) {
    if (stage == 0 && draws) {
      booster.draw_bag();
      model.other_losses.push_back(booster.mean_loss(false));
    }
    booster.add_stage();
    model.trees.insert(model.trees.end(), booster.trees().begin(), booster.trees().end());
    model.train_losses.push_back(booster.mean_loss(true));
    if (draws) {
      model.other_losses.push_back(booster.mean_loss(false));
    }
    after_stage();
  }
  model.generator = booster.generator();
  return model;
}

}  // namespace tenfold
