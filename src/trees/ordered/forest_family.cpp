#include "trees/ordered/forest_family.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "trees/forest_rows.hpp"

namespace tenfold::ordered {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// NumPy's `RandomState(seed).random_sample()`.
class LegacyReals {
 public:
  explicit LegacyReals(std::uint32_t seed) : engine_(seed) {}
  double next() {
    const auto high = static_cast<double>(static_cast<std::uint32_t>(engine_()) >> 5U);
    const auto low = static_cast<double>(static_cast<std::uint32_t>(engine_()) >> 6U);
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

 private:
  std::mt19937 engine_;
};

SearchRules search_rules(const OrderedForestSpec& spec, bool any_order) {
  return {spec.splitter == Splitter::kRandom, spec.max_features, spec.min_samples_leaf, spec.min_weight_leaf,
          any_order};
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
  TreeWeights(const FamilyContext& context, const OrderedForestSpec& spec) : context_(context), spec_(spec) {}

  /// Draws the tree's rows. Returns the weights, valid until the next call; empty: ones.
  std::span<const double> draw(const TreeDraws& draws) {
    if (!spec_.bootstrap) {
      return spec_.weighting == Weighting::kGrow ? context_.weights : std::span<const double>{};
    }
    const auto n_rows = static_cast<std::uint32_t>(context_.train.size());
    weights_.assign(n_rows, 0.0);
    if (draws.free) {
      std::uint64_t state = draws.free_state;
      for (std::uint32_t i = 0; i < spec_.max_samples; ++i) {
        state += 0x9e3779b97f4a7c15ULL;
        if (spec_.weighting == Weighting::kDraw) {
          weights_[drawn(static_cast<double>(mix(state) >> 11U) * 0x1.0p-53)] += 1.0;
        } else {
          weights_[static_cast<std::size_t>(((mix(state) >> 32U) * n_rows) >> 32U)] += 1.0;
        }
      }
    } else if (spec_.weighting == Weighting::kDraw) {
      LegacyReals generator(draws.bootstrap_seed);
      for (std::uint32_t i = 0; i < spec_.max_samples; ++i) {
        weights_[drawn(generator.next())] += 1.0;
      }
    } else {
      LegacyGenerator generator(draws.bootstrap_seed);
      for (std::uint32_t i = 0; i < spec_.max_samples; ++i) {
        weights_[generator.below(n_rows)] += 1.0;
      }
    }
    if (spec_.weighting == Weighting::kSubsample) {
      weigh_classes();
    }
    return weights_;
  }

 private:
  /// `cdf.searchsorted(u, side="right")`.
  [[nodiscard]] std::size_t drawn(double u) const {
    const auto at = std::ranges::upper_bound(context_.weights, u);
    return std::min<std::size_t>(static_cast<std::size_t>(at - context_.weights.begin()),
                                 context_.weights.size() - 1);
  }

  /// scikit-learn's "balanced" weights of the classes in the bootstrap, times the counts.
  void weigh_classes() {
    const std::vector<std::uint32_t>& labels = context_.samples.labels();
    std::vector<double> counts(context_.target.n_classes, 0.0);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      counts[labels[i]] += weights_[i];
    }
    const auto n_present = static_cast<double>(
        std::ranges::count_if(counts, [](double count) { return count > 0.0; }));
    for (double& count : counts) {
      count = count > 0.0 ? static_cast<double>(spec_.max_samples) / (n_present * count) : 0.0;
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      weights_[i] *= counts[labels[i]];
    }
  }

  const FamilyContext& context_;
  const OrderedForestSpec& spec_;
  std::vector<double> weights_;
};

bool is_whole(double weight) {
  return weight == std::floor(weight) && weight < 1e9;
}

/// Whether the order of samples can't matter to any tree of a family.
bool any_order(const FamilyContext& context, const OrderedForestSpec& spec) {
  if (spec.weighting == Weighting::kSubsample) {
    return false;
  }
  double total = spec.bootstrap ? static_cast<double>(spec.max_samples)
                                : static_cast<double>(context.train.size());
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

Presorting presorting_of(const OrderedForestSpec& spec, bool is_any_order) {
  if (spec.splitter == Splitter::kRandom) {
    return Presorting::kNone;
  }
  return is_any_order ? Presorting::kAll : Presorting::kMostly;
}

template <class Statistics>
class Worker final : public FamilyWorker {
 public:
  Worker(const void* owner, const FamilyContext& context, std::span<const OrderedForestSpec> members,
         bool is_any_order)
      : FamilyWorker(owner),
        context_(context),
        spec_(members.front()),
        weights_(context_, spec_),
        growth_(context.table, context.samples.columns(presorting_of(spec_, is_any_order)),
                search_rules(spec_, is_any_order), growth_members(members),
                spec_.seed_source == ForestSpec::kFree) {}

  void grow(std::uint32_t tree_number, MemberSet live, std::span<const PredictedRow> rows,
            const Predictions& predictions, GrownTree* tree) override {
    const TreeDraws draws = context_.source != nullptr
                                ? seeded_draws(*context_.source, tree_number)
                                : free_draws(context_.free_seed, 0, 0, tree_number);
    const std::span<const double> weights = weights_.draw(draws);
    if constexpr (std::is_same_v<Statistics, Moments>) {
      growth_.statistics().set_samples(context_.samples.targets(), weights);
    } else {
      growth_.statistics().set_samples(context_.samples.labels(), context_.target.n_classes, weights);
    }
    double total = static_cast<double>(context_.train.size());
    if (!weights.empty()) {
      total = 0.0;
      for (const double weight : weights) {
        total += weight;
      }
    }
    growth_.grow({draws.splitter_state, weights, total, live}, rows, predictions, tree);
  }

 private:
  const FamilyContext context_;
  const OrderedForestSpec spec_;
  TreeWeights weights_;
  TreeGrowth<Statistics> growth_;
};

std::unique_ptr<FamilyWorker> make_worker(const void* owner, const FamilyContext& context,
                                          std::span<const OrderedForestSpec> members) {
  const OrderedForestSpec& first = members.front();
  const bool is_any_order = any_order(context, first);
  switch (first.criterion) {
    case OrderedCriterion::kGini:
      return std::make_unique<Worker<ClassWeights<false>>>(owner, context, members, is_any_order);
    case OrderedCriterion::kEntropy:
      return std::make_unique<Worker<ClassWeights<true>>>(owner, context, members, is_any_order);
    default:
      return std::make_unique<Worker<Moments>>(owner, context, members, is_any_order);
  }
}

}  // namespace

const TrainingColumns& SplitSamples::columns(Presorting presorting) {
  const std::lock_guard lock(building_);
  std::unique_ptr<TrainingColumns>& built = columns_[presorting];
  if (built == nullptr) {
    built = std::make_unique<TrainingColumns>(table_, rows_, presorting);
  }
  return *built;
}

const std::vector<double>& SplitSamples::targets() {
  const std::lock_guard lock(building_);
  if (targets_.empty()) {
    for (const std::int64_t row : rows_) {
      targets_.push_back(target_.values[static_cast<std::size_t>(row)]);
    }
  }
  return targets_;
}

const std::vector<std::uint32_t>& SplitSamples::labels() {
  const std::lock_guard lock(building_);
  if (labels_.empty()) {
    for (const std::int64_t row : rows_) {
      labels_.push_back(static_cast<std::uint32_t>(target_.values[static_cast<std::size_t>(row)]));
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

FamilyAtWork::FamilyAtWork(const FamilyContext& context, const OrderedFamily& family)
    : context_(context), family_(family) {
  std::vector<std::uint32_t> last(family.members.size(), 0);
  for (const OrderedReading& reading : family.readings) {
    last[reading.member] = std::max(last[reading.member], reading.n_estimators);
  }
  live_.assign(family.n_trees, 0);
  for (std::size_t m = 0; m < last.size(); ++m) {
    for (std::uint32_t tree = 0; tree < last[m]; ++tree) {
      live_[tree] |= MemberSet{1} << m;
    }
  }
}

FamilyAtWork::~FamilyAtWork() = default;

void FamilyAtWork::prepare() {
  const std::lock_guard lock(counting_);
  if (!predicted_.empty()) {
    return;
  }
  const auto add = [&](std::span<const std::int64_t> rows) {
    for (const std::int64_t row : rows) {
      predicted_.push_back({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(predicted_.size())});
    }
  };
  add(context_.test);
  if (context_.score_train) {
    add(context_.train);
  }
  sums_.assign(family_.members.size() * predicted_.size() * context_.target.n_values(), 0.0);
}

std::vector<std::uint32_t> FamilyAtWork::grow(std::uint32_t first, std::uint32_t last,
                                              const std::atomic<bool>& cancelled,
                                              std::unique_ptr<FamilyWorker>& worker,
                                              std::span<OrderedResult> results) {
  prepare();
  if (worker == nullptr || worker->owner() != this) {
    worker = make_worker(this, context_, family_.members);
  }
  std::vector<std::uint32_t> finished;
  const std::size_t n_values = context_.target.n_values();
  for (std::uint32_t tree = first; tree < last && !cancelled.load(std::memory_order_relaxed); ++tree) {
    const auto start = Clock::now();
    Grown grown;
    grown.values.resize(family_.members.size() * predicted_.size() * n_values);
    worker->grow(tree, live_[tree], predicted_, {grown.values.data(), predicted_.size(), n_values}, nullptr);
    grown.seconds = seconds_since(start);
    const std::lock_guard lock(counting_);
    waiting_.emplace(tree, std::move(grown));
    while (!waiting_.empty() && waiting_.begin()->first == next_tree_) {
      count(waiting_.begin()->second, results, finished);
      waiting_.erase(waiting_.begin());
    }
  }
  return finished;
}

/// Adds a tree's predictions to the sums, and reads off the forests that end with it. scikit-learn adds the
/// trees of a forest in their order.
void FamilyAtWork::count(const Grown& grown, std::span<OrderedResult> results,
                         std::vector<std::uint32_t>& finished) {
  const std::size_t n_values = context_.target.n_values();
  const std::size_t size = predicted_.size() * n_values;
  for (MemberSet left = live_[next_tree_]; left != 0; left &= left - 1) {
    const std::size_t first = static_cast<std::size_t>(std::countr_zero(left)) * size;
    for (std::size_t i = first; i < first + size; ++i) {
      sums_[i] += grown.values[i];
    }
  }
  ++next_tree_;
  seconds_ += grown.seconds;
  share_so_far_ += grown.seconds / static_cast<double>(family_.readings.size() - next_reading_);
  for (; next_reading_ < family_.readings.size() &&
         family_.readings[next_reading_].n_estimators == next_tree_;
       ++next_reading_) {
    const OrderedReading& reading = family_.readings[next_reading_];
    OrderedResult& result = results[reading.cell];
    const double* const sums = sums_.data() + reading.member * size;
    const auto n_trees = static_cast<double>(reading.n_estimators);
    const std::size_t n_test = context_.test.size() * n_values;
    const auto share = [n_trees](double sum) { return sum / n_trees; };
    result.test.resize(n_test);
    std::transform(sums, sums + n_test, result.test.begin(), share);
    result.train.resize(size - n_test);
    std::transform(sums + n_test, sums + size, result.train.begin(), share);
    result.fit_seconds = share_so_far_;
    finished.push_back(reading.cell);
  }
  if (next_reading_ == family_.readings.size()) {
    sums_ = {};
  }
}

GrownTree grow_whole_tree(const FamilyContext& context, const OrderedForestSpec& spec,
                          std::uint32_t tree_number, std::unique_ptr<FamilyWorker>& worker) {
  if (worker == nullptr) {
    worker = make_worker(&spec, context, std::span(&spec, 1));
  }
  GrownTree tree;
  worker->grow(tree_number, 1, {}, {}, &tree);
  return tree;
}

}  // namespace tenfold::ordered
