#include "trees/ordered/ordered_search.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "trees/ordered/ordered_plan.hpp"

namespace tenfold::ordered {

namespace {

/// Runs `body` on so many threads, this one among them, and leaves none behind.
template <typename Body>
void run_on_threads(std::size_t n_threads, Body&& body) {
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < n_threads; ++i) {
    others.emplace_back(body);
  }
  body();
  for (std::thread& thread : others) {
    thread.join();
  }
}

void check_spec(const OrderedForestSpec& spec, const RankedTable& table, const OrderedTarget& target,
                std::span<const SeedSource> sources, std::size_t n_weights) {
  if (spec.n_estimators == 0 || spec.max_features == 0 || (spec.bootstrap && spec.max_samples == 0)) {
    throw std::invalid_argument("n_estimators, max_features and max_samples must be at least 1.");
  }
  if ((spec.criterion == OrderedCriterion::kSquaredError) != (target.n_classes == 0)) {
    throw std::invalid_argument("the criterion is not one of the target's.");
  }
  if (spec.max_leaf_nodes == 1) {
    throw std::invalid_argument("max_leaf_nodes must be 0 or at least 2.");
  }
  const bool weighs = spec.weighting == Weighting::kGrow || spec.weighting == Weighting::kDraw;
  if (weighs && (spec.weights < 0 || static_cast<std::size_t>(spec.weights) >= n_weights)) {
    throw std::invalid_argument("a spec names weights that are not there.");
  }
  if (spec.seed_source != ForestSpec::kFree) {
    if (spec.seed_source < 0 || static_cast<std::size_t>(spec.seed_source) >= sources.size()) {
      throw std::invalid_argument("a spec names a seed source that is not there.");
    }
    const SeedSource& source = sources[static_cast<std::size_t>(spec.seed_source)];
    if ((source.splitter_state ? 1 : source.tree_seeds.size()) < spec.n_estimators) {
      throw std::invalid_argument("a seed source has too few tree seeds.");
    }
  }
  if (table.has_infinite() || table.n_columns() == 0 || target.values.size() != table.n_rows()) {
    throw std::invalid_argument("X holds a value too large for float32, has no columns, or differs from y.");
  }
}

void check_rows(std::span<const std::int64_t> rows, std::size_t n_rows) {
  const auto outside = [n_rows](std::int64_t row) {
    return row < 0 || static_cast<std::size_t>(row) >= n_rows;
  };
  if (rows.empty() || std::ranges::any_of(rows, outside)) {
    throw std::invalid_argument("a split has no rows, or rows outside of the data set.");
  }
}

}  // namespace

class OrderedSearch::Impl {
 public:
  Impl(const RankedTable& table, const OrderedTarget& target, std::vector<OrderedForestSpec> specs,
       std::vector<SeedSource> sources, std::vector<Split> splits, std::vector<Cell> cells,
       SplitWeights weights, OrderedOptions options)
      : table_(table),
        target_(target),
        specs_(std::move(specs)),
        sources_(std::move(sources)),
        splits_(std::move(splits)),
        weights_(std::move(weights)),
        results_(cells.size()) {
    for (const OrderedForestSpec& spec : specs_) {
      check_spec(spec, table, target, sources_, weights_.size());
    }
    std::vector<SplitSize> sizes;
    for (const Split& split : splits_) {
      check_rows(split.train, table.n_rows());
      check_rows(split.test, table.n_rows());
      sizes.push_back(
          {static_cast<std::uint32_t>(split.train.size()), static_cast<std::uint32_t>(split.test.size())});
      samples_.emplace_back(table_, target_, split.train);
    }
    families_ = plan_ordered(specs_, cells, sizes, static_cast<std::uint32_t>(table.n_columns()));
    for (std::size_t f = 0; f < families_.size(); ++f) {
      const OrderedFamily& family = families_[f];
      const OrderedForestSpec& first = family.members.front();
      const Split& split = splits_[family.split];
      std::span<const double> split_weights;
      if (first.weights >= 0) {
        const auto& by_split = weights_[static_cast<std::size_t>(first.weights)];
        if (family.split >= by_split.size() || by_split[family.split].size() != split.train.size()) {
          throw std::invalid_argument("weights are not those of a split's training rows.");
        }
        split_weights = by_split[family.split];
      }
      const SeedSource* const source =
          family.is_free() ? nullptr : &sources_[static_cast<std::size_t>(first.seed_source)];
      runs_.push_back(std::make_unique<FamilyAtWork>(
          FamilyContext{table_, target_, samples_[family.split], split.train, split.test, split_weights,
                        source, mix(mix(options.free_seed) ^ family.split) ^ f, options.score_train},
          family));
      total_cost_ += family.cost;
    }
  }

  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start(std::size_t n_threads) {
    if (runner_.joinable() || done_) {
      throw std::logic_error("a search starts once only.");
    }
    n_threads = std::max<std::size_t>(n_threads, 1);
    cut_tasks(n_threads);
    runner_ = std::thread([this, n_threads] { run(n_threads); });
  }

  bool wait(double seconds) {
    std::unique_lock lock(mutex_);
    const bool done =
        changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return done_; });
    lock.unlock();
    if (!done) {
      return false;
    }
    if (runner_.joinable()) {
      runner_.join();
    }
    if (error_ != nullptr) {
      std::rethrow_exception(std::exchange(error_, nullptr));
    }
    return true;
  }

  void stop() {
    cancelled_ = true;
    if (runner_.joinable()) {
      runner_.join();
    }
  }

  std::vector<std::uint32_t> take_finished() {
    const std::lock_guard lock(mutex_);
    return std::exchange(finished_, {});
  }

  const RankedTable& table_;
  const OrderedTarget& target_;
  std::vector<OrderedForestSpec> specs_;
  std::vector<SeedSource> sources_;
  std::vector<Split> splits_;
  SplitWeights weights_;
  std::deque<SplitSamples> samples_;
  std::vector<OrderedFamily> families_;
  std::vector<std::unique_ptr<FamilyAtWork>> runs_;
  std::vector<OrderedResult> results_;
  double total_cost_ = 0.0;
  std::atomic<double> done_cost_ = 0.0;

 private:
  struct Task {
    std::size_t family = 0;
    std::uint32_t first_tree = 0;
    std::uint32_t last_tree = 0;
    double cost = 0.0;
  };

  void cut_tasks(std::size_t n_threads) {
    constexpr double kTasksPerThread = 8;
    const double small = total_cost_ / (static_cast<double>(n_threads) * kTasksPerThread);
    for (std::size_t f = 0; f < families_.size(); ++f) {
      const OrderedFamily& family = families_[f];
      const double tree_cost = family.cost / family.n_trees;
      const std::uint32_t step =
          n_threads == 1 ? family.n_trees
                         : static_cast<std::uint32_t>(std::clamp<double>(small / tree_cost, 1, family.n_trees));
      for (std::uint32_t first = 0; first < family.n_trees; first += step) {
        const std::uint32_t last = std::min(first + step, family.n_trees);
        tasks_.push_back({f, first, last, tree_cost * (last - first)});
      }
    }
  }

  void run(std::size_t n_threads) {
    try {
      run_on_threads(std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(tasks_.size(), 1)),
                     [this] { take_tasks(); });
    } catch (...) {
      error_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  void take_tasks() {
    std::unique_ptr<FamilyWorker> worker;
    while (!cancelled_) {
      const std::size_t index = next_task_.fetch_add(1);
      if (index >= tasks_.size()) {
        return;
      }
      const Task& task = tasks_[index];
      try {
        const auto finished =
            runs_[task.family]->grow(task.first_tree, task.last_tree, cancelled_, worker, results_);
        const std::lock_guard lock(mutex_);
        finished_.insert(finished_.end(), finished.begin(), finished.end());
      } catch (...) {
        cancelled_ = true;
        const std::lock_guard lock(mutex_);
        if (error_ == nullptr) {
          error_ = std::current_exception();
        }
      }
      done_cost_.fetch_add(task.cost);
    }
  }

  std::vector<Task> tasks_;
  std::atomic<std::size_t> next_task_ = 0;
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::exception_ptr error_;
  std::vector<std::uint32_t> finished_;
  std::thread runner_;
};

OrderedSearch::OrderedSearch(const RankedTable& table, const OrderedTarget& target,
                             std::vector<OrderedForestSpec> specs, std::vector<SeedSource> sources,
                             std::vector<Split> splits, std::vector<Cell> cells, SplitWeights weights,
                             OrderedOptions options)
    : impl_(std::make_unique<Impl>(table, target, std::move(specs), std::move(sources), std::move(splits),
                                   std::move(cells), std::move(weights), options)) {}

OrderedSearch::~OrderedSearch() = default;

const std::vector<OrderedFamily>& OrderedSearch::families() const {
  return impl_->families_;
}
void OrderedSearch::start(std::size_t n_threads) {
  impl_->start(n_threads);
}
bool OrderedSearch::wait(double seconds) {
  return impl_->wait(seconds);
}
void OrderedSearch::cancel() {
  impl_->stop();
}
double OrderedSearch::progress() const {
  return impl_->total_cost_ > 0.0 ? std::min(1.0, impl_->done_cost_ / impl_->total_cost_) : 1.0;
}
std::vector<std::uint32_t> OrderedSearch::take_finished() {
  return impl_->take_finished();
}
OrderedResult& OrderedSearch::result(std::size_t cell) {
  return impl_->results_.at(cell);
}
std::size_t OrderedSearch::n_cells() const {
  return impl_->results_.size();
}
std::size_t OrderedSearch::n_values() const {
  return impl_->target_.n_values();
}
std::vector<double> OrderedSearch::family_seconds() const {
  std::vector<double> seconds;
  for (const auto& run : impl_->runs_) {
    seconds.push_back(run->seconds());
  }
  return seconds;
}

std::vector<GrownTree> grow_ordered_trees(const RankedTable& table, const OrderedTarget& target,
                                          const OrderedForestSpec& spec, const SeedSource& source,
                                          std::span<const double> weights, std::size_t n_threads) {
  OrderedForestSpec seeded = spec;
  seeded.seed_source = 0;
  seeded.weights = weights.empty() ? -1 : 0;
  check_spec(seeded, table, target, std::span(&source, 1), 1);
  std::vector<std::int64_t> rows(table.n_rows());
  std::iota(rows.begin(), rows.end(), 0);
  SplitSamples samples(table, target, rows);
  const FamilyContext context{table, target, samples, rows, {}, weights, &source, 0, false};
  std::vector<GrownTree> trees(seeded.n_estimators);
  std::atomic<std::uint32_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  run_on_threads(std::clamp<std::size_t>(n_threads, 1, trees.size()), [&] {
    try {
      std::unique_ptr<FamilyWorker> worker;
      for (std::uint32_t i = next++; i < trees.size(); i = next++) {
        trees[i] = grow_whole_tree(context, seeded, i, worker);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      error = std::current_exception();
    }
  });
  if (error != nullptr) {
    std::rethrow_exception(error);
  }
  return trees;
}

}  // namespace tenfold::ordered
