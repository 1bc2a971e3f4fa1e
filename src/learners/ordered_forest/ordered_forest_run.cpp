#include "learners/ordered_forest/ordered_forest_run.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>

#include "learners/forest/forest.hpp"
#include "learners/forest/forest_rows.hpp"
#include "metrics/accuracy.hpp"
#include "plan/stages.hpp"
#include "trees/cost_complexity.hpp"
#include "trees/ordered/walk.hpp"

namespace tenfold::ordered {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

SearchRules search_rules(const OrderedForestSpec& spec, bool any_order) {
  return {spec.splitter == Splitter::kRandom,
          spec.max_features,
          spec.min_samples_leaf,
          spec.min_weight_leaf,
          any_order,
          spec.monotonic};
}

std::vector<GrowthMember> growth_members(std::span<const OrderedForestSpec> specs) {
  std::vector<GrowthMember> members;
  for (const OrderedForestSpec& spec : specs) {
    members.push_back(
        {spec.max_depth, spec.min_samples_split, spec.min_impurity_decrease, spec.max_leaf_nodes});
  }
  return members;
}

/// Weights in a tree, of each of a forest's trees.
class TreeWeights {
 public:
  TreeWeights(const TreeContext& context, const OrderedForestSpec& spec) : context_(context), spec_(spec) {}

  /// Draws the tree's rows. Returns the weights, valid until the next call; empty: ones.
  std::span<const double> draw(const TreeDraws& draws) {
    if (!spec_.bootstrap) {
      return spec_.weighting == Weighting::kGrow ? context_.weights : std::span<const double>{};
    }
    const auto n_rows = static_cast<std::uint32_t>(context_.samples.size());
    weights_.assign(n_rows, 0.0);
    const std::span<const double> by =
        spec_.weighting == Weighting::kNone ? std::span<const double>{} : context_.weights;
    if (draws.free) {
      std::uint64_t state = draws.free_state;
      for (std::uint32_t i = 0; i < spec_.max_samples; ++i) {
        state += 0x9e3779b97f4a7c15ULL;
        const std::size_t row = by.empty() ? static_cast<std::size_t>(((mix(state) >> 32U) * n_rows) >> 32U)
                                           : drawn_by(by, unit_real(mix(state)));
        weights_[row] += 1.0;
      }
    } else {
      LegacyGenerator generator(draws.bootstrap_seed);
      for (std::uint32_t i = 0; i < spec_.max_samples; ++i) {
        weights_[by.empty() ? generator.below(n_rows) : drawn_by(by, generator.real())] += 1.0;
      }
    }
    if (spec_.weighting == Weighting::kSubsample) {
      weigh_classes();
    }
    return weights_;
  }

 private:
  /// scikit-learn's "balanced" weights of the classes in the bootstrap, times the counts.
  void weigh_classes() {
    const std::vector<std::uint32_t>& labels = context_.samples.labels();
    std::vector<double> counts(context_.n_classes, 0.0);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      counts[labels[i]] += weights_[i];
    }
    const auto n_present =
        static_cast<double>(std::ranges::count_if(counts, [](double count) { return count > 0.0; }));
    for (double& count : counts) {
      count = count > 0.0 ? static_cast<double>(spec_.max_samples) / (n_present * count) : 0.0;
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      weights_[i] *= counts[labels[i]];
    }
  }

  const TreeContext& context_;
  const OrderedForestSpec& spec_;
  std::vector<double> weights_;
};

bool is_whole(double weight) {
  return weight == std::floor(weight) && weight < 1e9;
}

Presorting presorting_of(const OrderedForestSpec& spec, bool is_any_order) {
  if (spec.splitter == Splitter::kRandom) {
    return Presorting::kNone;
  }
  return is_any_order ? Presorting::kAll : Presorting::kMostly;
}

/// Walks rows down a whole tree; for a member the walk ends where its alpha makes a node a leaf.
void predict_pruned(const RankedTable& table, const GrownTree& tree, std::span<const double> alphas,
                    MemberSet live, std::span<const PredictedRow> rows, const Predictions& predictions) {
  const std::vector<double> levels = pruning_levels(tree);
  for (std::size_t m = 0; m < alphas.size(); ++m) {
    if ((live >> m & 1U) == 0) {
      continue;
    }
    for (const PredictedRow& row : rows) {
      std::size_t at = 0;
      while (tree.nodes[at].left_child != TreeNode::kLeaf && !(alphas[m] > 0.0 && levels[at] <= alphas[m])) {
        at = child_of(tree.nodes[at], table, row.row);
      }
      predictions.put(MemberSet{1} << m, std::span(&row, 1),
                      std::span(tree.values).subspan(at * predictions.n_values, predictions.n_values));
    }
  }
}

template <class Statistics>
class Worker final : public TreeWorker {
 public:
  Worker(const TreeContext& context, std::span<const OrderedForestSpec> members, bool is_any_order)
      : context_(context),
        spec_(members.front()),
        weights_(context_, spec_),
        growth_(context.table, context.samples.columns(presorting_of(spec_, is_any_order)),
                search_rules(spec_, is_any_order), growth_members(members), spec_.is_free()) {
    for (const OrderedForestSpec& member : members) {
      alphas_.push_back(member.ccp_alpha);
    }
    prunes_ = std::ranges::any_of(alphas_, [](double alpha) { return alpha > 0.0; });
  }

  void grow(std::uint32_t tree_number, MemberSet live, std::span<const PredictedRow> rows,
            const Predictions& predictions, GrownTree* tree) override {
    const TreeDraws draws = context_.source != nullptr ? seeded_draws(*context_.source, tree_number)
                                                       : free_draws(context_.free_key, tree_number);
    const std::span<const double> weights = weights_.draw(draws);
    if constexpr (std::is_same_v<Statistics, Moments> || std::is_same_v<Statistics, PoissonSums>) {
      growth_.statistics().set_samples(context_.samples.targets(), weights);
    } else {
      growth_.statistics().set_samples(context_.samples.labels(), context_.n_classes, weights);
    }
    auto total = static_cast<double>(context_.samples.size());
    if (!weights.empty()) {
      total = 0.0;
      for (const double weight : weights) {
        total += weight;
      }
    }
    if (!prunes_) {
      growth_.grow({draws.splitter_state, weights, total, live}, rows, predictions, tree);
      return;
    }
    GrownTree whole;
    growth_.grow({draws.splitter_state, weights, total, 1}, {}, {}, &whole);
    if (tree != nullptr) {
      *tree = prune(whole, context_.n_values(), alphas_.front());
    }
    if (!rows.empty()) {
      predict_pruned(context_.table, whole, alphas_, live, rows, predictions);
    }
  }

 private:
  const TreeContext context_;
  const OrderedForestSpec spec_;
  TreeWeights weights_;
  TreeGrowth<Statistics> growth_;
  std::vector<double> alphas_;  ///< by member, which differ in them alone where any is positive
  bool prunes_ = false;
};

}  // namespace

bool any_order(const TreeContext& context, const OrderedForestSpec& spec) {
  // Losses of the Poisson deviance are sums of logarithms.
  if (spec.weighting == Weighting::kSubsample || spec.criterion == OrderedCriterion::kPoisson) {
    return false;
  }
  double total =
      spec.bootstrap ? static_cast<double>(spec.max_samples) : static_cast<double>(context.samples.size());
  if (spec.weighting == Weighting::kGrow) {
    if (!std::ranges::all_of(context.weights, is_whole)) {
      return false;
    }
    total = std::accumulate(context.weights.begin(), context.weights.end(), 0.0);
  }
  if (spec.criterion != OrderedCriterion::kSquaredError) {
    return total < 0x1.0p52;
  }
  return context.samples.sums_are_exact(total);
}

std::unique_ptr<TreeWorker> make_tree_worker(const TreeContext& context,
                                             std::span<const OrderedForestSpec> members) {
  const OrderedForestSpec& first = members.front();
  const bool is_any_order = any_order(context, first);
  switch (first.criterion) {
    case OrderedCriterion::kPoisson:
      return std::make_unique<Worker<PoissonSums>>(context, members, is_any_order);
    case OrderedCriterion::kGini:
      return std::make_unique<Worker<ClassWeights<false>>>(context, members, is_any_order);
    case OrderedCriterion::kEntropy:
      return std::make_unique<Worker<ClassWeights<true>>>(context, members, is_any_order);
    default:
      return std::make_unique<Worker<Moments>>(context, members, is_any_order);
  }
}

const TrainingColumns& SplitSamples::columns(Presorting presorting) {
  const std::lock_guard lock(building_);
  std::unique_ptr<TrainingColumns>& built = columns_[presorting];
  if (built == nullptr) {
    built = std::make_unique<TrainingColumns>(table_, rows_, presorting, chosen_, copies_are_alike_);
  }
  return *built;
}

const std::vector<double>& SplitSamples::targets() {
  const std::lock_guard lock(building_);
  if (targets_.empty()) {
    for (const std::int64_t row : rows_) {
      targets_.push_back(target_.reals()[static_cast<std::size_t>(row)]);
    }
  }
  return targets_;
}

const std::vector<std::uint32_t>& SplitSamples::labels() {
  const std::lock_guard lock(building_);
  if (labels_.empty()) {
    for (const std::int64_t row : rows_) {
      labels_.push_back(target_.codes()[static_cast<std::size_t>(row)]);
    }
  }
  return labels_;
}

bool SplitSamples::sums_are_exact(double total_weight) {
  return ordered::sums_are_exact(targets(), total_weight);
}

bool sums_are_exact(std::span<const double> targets, double total_weight) {
  int lowest = 4000;  // exponent of the least significant bit that is set anywhere
  double largest = 0.0;
  for (const double target : targets) {
    if (target == 0.0) {
      continue;
    }
    if (!std::isfinite(target)) {
      return false;
    }
    int exponent = 0;
    const double fraction = std::frexp(target, &exponent);
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 53));
    lowest = std::min(lowest, exponent - 53 + std::countr_zero(static_cast<std::uint64_t>(mantissa)));
    largest = std::max(largest, std::abs(target));
  }
  if (lowest < -400 || (largest != 0.0 && lowest > 400)) {
    return largest == 0.0;
  }
  const double in_units = largest == 0.0 ? 0.0 : std::ldexp(largest, -lowest);
  constexpr double kExact = 0x1.0p53;
  return in_units * in_units * total_weight < kExact && in_units * total_weight < kExact;
}

OrderedForestRun::OrderedForestRun(const RunContext& context, const Family& family,
                                   std::vector<OrderedForestSpec> members, std::span<const double> weights,
                                   const SeedSource* source)
    : context_(context),
      family_(family),
      members_(std::move(members)),
      samples_(context.data.ranked_table(), context.data.target(), context.split.train),
      trees_{context.data.ranked_table(),       samples_, context.data.n_classes(), weights, source,
             mix(context.draw_key ^ family.key)},
      order_(family.readings.size()) {
  const auto add = [&](std::span<const std::int64_t> rows) {
    for (const std::int64_t row : rows) {
      predicted_.push_back({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(predicted_.size())});
    }
  };
  add(context.split.test);
  if (context.score_train) {
    add(context.split.train);
  }
  sums_.assign(members_.size() * predicted_.size() * trees_.n_values(), 0.0);
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t reading) { return family.readings[reading].step; });
}

std::unique_ptr<Workspace> OrderedForestRun::workspace() const {
  return make_tree_worker(trees_, members_);
}

void OrderedForestRun::run(Steps steps, Workspace& workspace, OutcomeSink& sink) {
  auto& worker = static_cast<TreeWorker&>(workspace);
  const std::size_t n_values = trees_.n_values();
  for (std::uint32_t tree = steps.first; tree < steps.last; ++tree) {
    if (context_.cancelled.load(std::memory_order_relaxed)) {
      return;
    }
    const auto start = Clock::now();
    Grown grown;
    grown.values.resize(members_.size() * predicted_.size() * n_values);
    worker.grow(tree, members_beyond(family_, tree), predicted_,
                {grown.values.data(), predicted_.size(), n_values}, nullptr);
    grown.seconds = seconds_since(start);
    const std::lock_guard lock(counting_);
    waiting_.emplace(tree, std::move(grown));
    while (!waiting_.empty() && waiting_.begin()->first == next_tree_) {
      count(waiting_.begin()->second, sink);
      waiting_.erase(waiting_.begin());
    }
  }
}

/// Adds a tree's predictions to the sums, and reads off the forests that end with it. scikit-learn adds the
/// trees of a forest in their order.
void OrderedForestRun::count(const Grown& grown, OutcomeSink& sink) {
  const std::size_t n_values = trees_.n_values();
  const std::size_t size = predicted_.size() * n_values;
  for (MemberSet left = members_beyond(family_, next_tree_); left != 0; left &= left - 1) {
    const std::size_t first = static_cast<std::size_t>(std::countr_zero(left)) * size;
    for (std::size_t i = first; i < first + size; ++i) {
      sums_[i] += grown.values[i];
    }
  }
  ++next_tree_;
  seconds_ += grown.seconds;
  share_so_far_ += grown.seconds / static_cast<double>(order_.size() - next_reading_);
  for (; next_reading_ < order_.size() && family_.readings[order_[next_reading_]].step == next_tree_;
       ++next_reading_) {
    const Reading& reading = family_.readings[order_[next_reading_]];
    Outcome outcome;
    outcome.test_score = outcome.train_score = std::numeric_limits<double>::quiet_NaN();
    outcome.fit_seconds = share_so_far_;
    const double* const sums = sums_.data() + reading.member * size;
    const auto n_trees = static_cast<double>(reading.step);
    if (context_.metric == Metric::kAccuracy) {
      const std::size_t n_test = context_.split.test.size();
      const auto score = [&](std::size_t first, std::size_t last) {
        return accuracy(sums, n_values, n_values, first, last, n_trees,
                        [&](std::size_t i) { return context_.data.target().codes()[predicted_[i].row]; });
      };
      outcome.test_score = score(0, n_test);
      if (context_.score_train) {
        outcome.train_score = score(n_test, predicted_.size());
      }
    }
    if (context_.keep_responses) {
      const std::size_t n_test = context_.split.test.size() * n_values;
      const auto share = [n_trees](double sum) { return sum / n_trees; };
      outcome.test_responses.resize(n_test);
      std::transform(sums, sums + n_test, outcome.test_responses.begin(), share);
      outcome.train_responses.resize(size - n_test);
      std::transform(sums + n_test, sums + size, outcome.train_responses.begin(), share);
    }
    sink.done(reading.cell, std::move(outcome));
  }
  if (next_reading_ == order_.size()) {
    sums_ = {};
  }
}

}  // namespace tenfold::ordered
