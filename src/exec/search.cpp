#include "tenfold/search.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "exec/family_run.hpp"
#include "trees/cost_complexity.hpp"

namespace tenfold {

namespace {

/// Some trees of one family, the unit that a thread takes.
struct Task {
  std::size_t family = 0;
  std::size_t first_tree = 0;
  std::size_t last_tree = 0;
  double cost = 0.0;
};

/// Runs `body(thread number)` on `n_threads` threads, this one among them, and leaves none behind.
template <typename Body>
void run_on_threads(std::size_t n_threads, Body&& body) {
  if (n_threads == 1) {
    body();  // no scheduler, so that a forked child of a threaded process can run
    return;
  }
  namespace tbb = oneapi::tbb;
  // The scheduler handle ends TBB's workers with the search: a process that forks later has none.
  tbb::task_scheduler_handle scheduler{tbb::attach{}};
  {
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, n_threads);
    tbb::task_arena arena(static_cast<int>(n_threads));
    arena.execute([&] {
      tbb::task_group group;
      for (std::size_t i = 1; i < n_threads; ++i) {
        group.run(body);
      }
      group.run_and_wait(body);
    });
  }
  tbb::finalize(scheduler, std::nothrow);
}

std::string at_spec(std::size_t spec) {
  return "spec " + std::to_string(spec) + ": ";
}

void check_spec(std::size_t index, const ForestSpec& spec, std::span<const SeedSource> sources) {
  if (spec.n_estimators == 0 || spec.max_features == 0) {
    throw std::invalid_argument(at_spec(index) + "n_estimators and max_features must be at least 1.");
  }
  if (!(spec.ccp_alpha >= 0.0)) {
    throw std::invalid_argument(at_spec(index) + "ccp_alpha is " + std::to_string(spec.ccp_alpha) +
                                "; must be at least 0.");
  }
  if (spec.bootstrap && spec.max_samples == 0) {
    throw std::invalid_argument(at_spec(index) + "max_samples must be at least 1 with bootstrap.");
  }
  if (spec.seed_source == ForestSpec::kFree) {
    return;
  }
  if (spec.seed_source < 0 || static_cast<std::size_t>(spec.seed_source) >= sources.size()) {
    throw std::invalid_argument(at_spec(index) + "seed_source is " + std::to_string(spec.seed_source) +
                                "; there are " + std::to_string(sources.size()) + " seed sources.");
  }
  const SeedSource& source = sources[static_cast<std::size_t>(spec.seed_source)];
  const std::size_t n_seeds = source.splitter_state ? 1 : source.tree_seeds.size();
  if (n_seeds < spec.n_estimators) {
    throw std::invalid_argument(at_spec(index) + "n_estimators is " + std::to_string(spec.n_estimators) +
                                "; its seed source has " + std::to_string(n_seeds) + " tree seeds.");
  }
}

void check_rows(std::span<const std::int64_t> rows, std::size_t n_rows) {
  if (rows.empty()) {
    throw std::invalid_argument("a split has no training or no test rows.");
  }
  for (const std::int64_t row : rows) {
    if (row < 0 || static_cast<std::size_t>(row) >= n_rows) {
      throw std::invalid_argument("a split names row " + std::to_string(row) + "; the data set has " +
                                  std::to_string(n_rows) + " rows.");
    }
  }
}

void check_dataset(const Dataset& dataset) {
  if (!dataset.all_finite()) {
    throw std::invalid_argument("X holds NaN or a value too large for float32.");
  }
  if (dataset.n_columns() == 0) {
    throw std::invalid_argument("X has no columns.");
  }
}

/// Distinct values of a column, on average.
double mean_values(const Dataset& dataset) {
  double sum = 0.0;
  for (std::size_t c = 0; c < dataset.n_columns(); ++c) {
    sum += static_cast<double>(dataset.column(c).values.size());
  }
  return sum / static_cast<double>(dataset.n_columns());
}

}  // namespace

class Search::Impl {
 public:
  Impl(const Dataset& dataset, std::vector<ForestSpec> specs, std::vector<SeedSource> seed_sources,
       std::vector<Split> splits, std::vector<Cell> cells, SearchOptions options)
      : dataset_(dataset),
        specs_(std::move(specs)),
        seed_sources_(std::move(seed_sources)),
        splits_(std::move(splits)),
        cells_(std::move(cells)),
        options_(options),
        results_(cells_.size()) {
    check_dataset(dataset);
    for (std::size_t s = 0; s < specs_.size(); ++s) {
      check_spec(s, specs_[s], seed_sources_);
    }
    std::vector<SplitSize> sizes;
    for (const Split& split : splits_) {
      check_rows(split.train, dataset.n_rows());
      check_rows(split.test, dataset.n_rows());
      sizes.push_back(
          {static_cast<std::uint32_t>(split.train.size()), static_cast<std::uint32_t>(split.test.size())});
    }
    plan_ = make_plan({specs_, cells_, sizes, static_cast<std::uint32_t>(dataset.n_columns()),
                       static_cast<std::uint32_t>(dataset.n_classes()), mean_values(dataset)});
    const RunContext context{dataset_, seed_sources_, options_, cancelled_};
    for (const Family& family : plan_.families) {
      runs_.push_back(std::make_unique<FamilyRun>(context, family, splits_[family.split]));
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

  const Dataset& dataset_;
  std::vector<ForestSpec> specs_;
  std::vector<SeedSource> seed_sources_;
  std::vector<Split> splits_;
  std::vector<Cell> cells_;
  SearchOptions options_;
  Plan plan_;
  std::vector<CellResult> results_;
  std::vector<std::unique_ptr<FamilyRun>> runs_;
  double total_cost_ = 0.0;
  std::atomic<double> done_cost_ = 0.0;

 private:
  /// Families are tasks of their own where there are plenty; otherwise they are cut into runs of trees,
  /// small enough that the last to end does not end alone.
  void cut_tasks(std::size_t n_threads) {
    constexpr std::size_t kTasksPerThread = 8;
    const double small = total_cost_ / static_cast<double>(n_threads * kTasksPerThread);
    for (std::size_t f = 0; f < plan_.families.size(); ++f) {
      const Family& family = plan_.families[f];
      const double tree_cost = family.cost / family.n_trees;
      std::size_t step = family.n_trees;
      if (n_threads > 1 && family.cost > small) {
        step = std::clamp<std::size_t>(static_cast<std::size_t>(small / tree_cost), 1, family.n_trees);
      }
      for (std::size_t first = 0; first < family.n_trees; first += step) {
        const std::size_t last = std::min<std::size_t>(first + step, family.n_trees);
        tasks_.push_back({f, first, last, tree_cost * static_cast<double>(last - first)});
      }
    }
  }

  void run(std::size_t n_threads) {
    try {
      run_on_threads(std::min(n_threads, std::max<std::size_t>(tasks_.size(), 1)), [this] { take_tasks(); });
    } catch (...) {
      error_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  /// A thread's life: the next task, until none is left. Tasks of a family follow each other, so that
  /// its trees are counted soon after they are grown.
  void take_tasks() {
    std::unique_ptr<FamilyWorker> worker;
    while (!cancelled_) {
      const std::size_t index = next_task_.fetch_add(1);
      if (index >= tasks_.size()) {
        return;
      }
      const Task& task = tasks_[index];
      try {
        const auto finished = runs_[task.family]->grow(task.first_tree, task.last_tree, worker, results_);
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

Search::Search(const Dataset& dataset, std::vector<ForestSpec> specs, std::vector<SeedSource> seed_sources,
               std::vector<Split> splits, std::vector<Cell> cells, SearchOptions options)
    : impl_(std::make_unique<Impl>(dataset, std::move(specs), std::move(seed_sources), std::move(splits),
                                   std::move(cells), options)) {}

Search::~Search() = default;

const Plan& Search::plan() const {
  return impl_->plan_;
}
void Search::start(std::size_t n_threads) {
  impl_->start(n_threads);
}
bool Search::wait(double seconds) {
  return impl_->wait(seconds);
}
void Search::cancel() {
  impl_->stop();
}
double Search::progress() const {
  return impl_->total_cost_ > 0.0 ? std::min(1.0, impl_->done_cost_ / impl_->total_cost_) : 1.0;
}
std::vector<std::uint32_t> Search::take_finished() {
  return impl_->take_finished();
}
CellResult& Search::result(std::size_t cell) {
  return impl_->results_.at(cell);
}
std::size_t Search::n_cells() const {
  return impl_->cells_.size();
}
std::size_t Search::n_classes() const {
  return impl_->dataset_.n_classes();
}

std::vector<double> Search::family_seconds() const {
  std::vector<double> seconds;
  for (const auto& run : impl_->runs_) {
    seconds.push_back(run->seconds());
  }
  return seconds;
}

std::vector<GrownTree> grow_trees(const Dataset& dataset, const ForestSpec& spec, const SeedSource& source,
                                  std::span<const std::int64_t> rows, std::size_t n_threads,
                                  std::size_t first_tree) {
  check_dataset(dataset);
  check_rows(rows, dataset.n_rows());
  ForestSpec seeded = spec;
  seeded.seed_source = 0;
  check_spec(0, seeded, std::span(&source, 1));

  const GrowthRules rules = growth_rules(std::span(&seeded, 1));
  std::vector<GrownTree> trees(seeded.n_estimators - std::min<std::size_t>(first_tree, seeded.n_estimators));
  std::atomic<std::size_t> next = 0;
  const auto take_trees = [&] {
    ForestRows forest_rows(dataset, rows, seeded);
    TreeGrower grower(dataset, rules, seeded.bootstrap ? seeded.max_samples : rows.size());
    NoLeaves sink;
    for (std::size_t i = next++; i < trees.size(); i = next++) {
      const TreeDraws draws = seeded_draws(source, first_tree + i);
      TreeRecorder recorder;
      grower.grow(forest_rows.of_tree(draws), {}, draws.splitter_state, sink, &recorder);
      trees[i] = seeded.ccp_alpha > 0.0 ? prune(recorder.tree(), dataset.n_classes(), seeded.ccp_alpha)
                                        : std::move(recorder.tree());
    }
  };
  run_on_threads(std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(trees.size(), 1)), take_trees);
  return trees;
}

const char* instruction_set() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512vl") != 0) {
    return "avx512";
  }
  if (__builtin_cpu_supports("avx2") != 0) {
    return "avx2";
  }
#endif
  return "baseline";
}

}  // namespace tenfold
