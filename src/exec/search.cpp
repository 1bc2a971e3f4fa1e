#include "tenfold/search.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "data/check.hpp"
#include "data/digest.hpp"
#include "exec/tasks.hpp"
#include "invariant.hpp"
#include "parallel/threads.hpp"

namespace tenfold {

namespace {

std::vector<SplitSize> sizes_of(std::span<const Split> splits) {
  std::vector<SplitSize> sizes;
  for (const Split& split : splits) {
    sizes.push_back(
        {static_cast<std::uint32_t>(split.train.size()), static_cast<std::uint32_t>(split.test.size())});
  }
  return sizes;
}

std::uint64_t bytes_of(const Outcome& outcome) {
  return (outcome.test_responses.size() + outcome.train_responses.size()) * sizeof(double);
}

}  // namespace

class Search::Impl final : public OutcomeSink {
 public:
  Impl(const Data& data, std::shared_ptr<const Learner> learner, std::vector<Split> splits,
       std::vector<Cell> cells, SearchOptions options)
      : data_(data),
        learner_(std::move(learner)),
        splits_(std::move(splits)),
        cells_(std::move(cells)),
        options_(std::move(options)),
        outcomes_(cells_.size()),
        is_finished_(cells_.size(), false) {
    if (learner_->needs().ranks) {
      check_finite(data);  // a column store has no missing values
    }
    for (const Split& split : splits_) {
      check_rows(split.train, data.n_rows());
      check_rows(split.test, data.n_rows());
    }
    data.build(learner_->needs());
    const std::vector<SplitSize> sizes = sizes_of(splits_);
    plan_ = make_plan(*learner_, {cells_, sizes, data.shape(), options_.plan});
    total_cost_ = plan_.cost();
    places_ = std::vector<Place>(plan_.families.size());
    make_draw_keys();
  }

  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void leave_out(std::span<const std::uint32_t> cells) {
    std::vector<bool> known(cells_.size(), false);
    for (const std::uint32_t cell : cells) {
      known.at(cell) = true;
    }
    for (std::size_t f = 0; f < plan_.families.size(); ++f) {
      const Family& family = plan_.families[f];
      places_[f].left_out =
          std::ranges::all_of(family.readings, [&](const Reading& reading) { return known[reading.cell]; });
      total_cost_ -= places_[f].left_out ? family.cost : 0.0;
    }
  }

  void start(std::size_t n_threads) {
    if (runner_.joinable() || done_) {
      throw std::logic_error("a search starts once only.");
    }
    n_threads = std::max<std::size_t>(n_threads, 1);
    tasks_ = cut_tasks(plan_.families, n_threads);
    std::erase_if(tasks_, [this](const Task& task) { return places_[task.family].left_out; });
    for (const Task& task : tasks_) {
      ++places_[task.family].n_tasks_left;
    }
    began_ = Clock::now();
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
    ask_to_stop();
    if (runner_.joinable()) {
      runner_.join();
    }
  }

  void done(std::uint32_t cell, Outcome outcome) override {
    const std::lock_guard lock(mutex_);
    invariant(cell < is_finished_.size() && !is_finished_[cell], "a cell is finished once");
    is_finished_[cell] = true;
    n_bytes_waiting_ += bytes_of(outcome);
    outcomes_[cell] = std::move(outcome);
    finished_.push_back(cell);
  }

  std::vector<std::uint32_t> take_finished() {
    const std::lock_guard lock(mutex_);
    return std::exchange(finished_, {});
  }

  std::vector<double> take_responses(std::size_t cell, bool train) {
    const std::lock_guard lock(mutex_);
    Outcome& outcome = outcomes_.at(cell);
    std::vector<double> taken = std::exchange(train ? outcome.train_responses : outcome.test_responses, {});
    n_bytes_waiting_ -= taken.size() * sizeof(double);
    has_room_.notify_all();
    return taken;
  }

  /// Two numbers of each cell's outcome.
  template <typename Read>
  std::vector<std::pair<double, double>> read_all(Read&& read) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<double, double>> values;
    values.reserve(outcomes_.size());
    std::ranges::transform(outcomes_, std::back_inserter(values), read);
    return values;
  }

  std::vector<double> family_seconds() const {
    const std::lock_guard lock(mutex_);
    std::vector<double> seconds;
    seconds.reserve(places_.size());
    for (const Place& place : places_) {
      seconds.push_back(place.seconds);
    }
    return seconds;
  }

  std::vector<Span> spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
  }

  const Data& data_;
  std::shared_ptr<const Learner> learner_;
  std::vector<Split> splits_;
  std::vector<Cell> cells_;
  SearchOptions options_;
  Plan plan_;
  std::vector<Outcome> outcomes_;
  std::vector<bool> is_finished_;  ///< by cell
  double total_cost_ = 0.0;
  std::atomic<double> done_cost_ = 0.0;

 private:
  /// Where a family's run stands while there is one: from its first task to its last.
  struct Place {
    std::shared_ptr<FamilyRun> run;
    std::size_t n_tasks_left = 0;
    double seconds = 0.0;
    bool left_out = false;  ///< its outcomes are known
  };
  /// What a thread holds on to while it stays with a family.
  struct AtWork {
    std::uint32_t thread = 0;
    std::size_t family = 0;
    std::shared_ptr<FamilyRun> run;
    std::unique_ptr<Workspace> workspace;
  };

  /// Unseeded draws depend on what is fitted to what, not on where it stands in a list.
  void make_draw_keys() {
    draw_keys_.assign(splits_.size(), 0);
    const bool draws = std::ranges::any_of(
        plan_.families, [](const Family& f) { return f.contract == Contract::kInDistribution; });
    if (!draws) {
      return;
    }
    const std::uint64_t base = digest_of(data_.digest(), digest_of(options_.free_seed));
    std::ranges::transform(splits_, draw_keys_.begin(), [base](const Split& split) {
      return digest_of(std::uint64_t{split.repeat},
                       digest_of(std::span<const std::int64_t>(split.train), base));
    });
  }

  void run(std::size_t n_threads) {
    try {
      run_on_threads(std::min(n_threads, std::max<std::size_t>(tasks_.size(), 1)), [this] { take_tasks(); });
    } catch (...) {
      fail();
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  void ask_to_stop() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    has_room_.notify_all();
  }

  void fail() {
    ask_to_stop();
    const std::lock_guard lock(mutex_);
    if (error_ == nullptr) {
      error_ = std::current_exception();
    }
  }

  /// Waits while too many responses are not taken yet.
  void wait_for_room() {
    if (options_.waiting_bytes != 0) {
      std::unique_lock lock(mutex_);
      has_room_.wait(lock, [this] { return cancelled_ || n_bytes_waiting_ <= options_.waiting_bytes; });
    }
  }

  /// A thread's life: the next task, until none is left.
  void take_tasks() {
    AtWork own;
    own.thread = next_thread_.fetch_add(1);
    try {
      while (true) {
        wait_for_room();
        const std::size_t index = next_task_.fetch_add(1);
        if (cancelled_ || index >= tasks_.size()) {
          return;
        }
        const Task& task = tasks_[index];
        turn_to(task.family, own);
        const double begin = seconds_so_far();
        own.run->run(task.steps, *own.workspace, *this);
        end(task, {static_cast<std::uint32_t>(task.family), own.thread, begin, seconds_so_far()});
      }
    } catch (...) {
      fail();
    }
  }

  /// Makes the thread ready for a family, which begins with the first thread that comes to it.
  void turn_to(std::size_t family, AtWork& own) {
    if (own.run != nullptr && own.family == family) {
      return;
    }
    own.run.reset();
    own.workspace.reset();
    {
      const std::lock_guard lock(beginning_);
      Place& place = places_[family];
      if (place.run == nullptr) {
        const Family& planned = plan_.families[family];
        place.run = learner_->begin(
            planned, {data_, splits_[planned.split], draw_keys_[planned.split], options_.metric,
                      options_.plan.score_train, options_.plan.keep_responses, cancelled_});
      }
      own.run = place.run;
    }
    own.family = family;
    own.workspace = own.run->workspace();
  }

  /// A task is done; with its last one a family's run is dropped.
  void end(const Task& task, const Span& span) {
    done_cost_.fetch_add(task.cost);
    const std::lock_guard begun(beginning_);
    Place& place = places_[task.family];
    const std::lock_guard lock(mutex_);
    spans_.push_back(span);
    if (--place.n_tasks_left == 0) {
      if constexpr (kInvariantsRun) {
        const auto is_finished = [this](const Reading& reading) { return is_finished_[reading.cell]; };
        invariant(cancelled_ || std::ranges::all_of(plan_.families[task.family].readings, is_finished),
                  "with its last step a family's cells are finished");
      }
      place.seconds = place.run->seconds();
      place.run.reset();
    }
  }

  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double seconds_so_far() const {
    return std::chrono::duration<double>(Clock::now() - began_).count();
  }

  Clock::time_point began_;
  std::atomic<std::uint32_t> next_thread_ = 0;
  std::vector<Span> spans_;
  std::vector<std::uint64_t> draw_keys_;  ///< by split
  std::vector<Task> tasks_;
  std::atomic<std::size_t> next_task_ = 0;
  std::atomic<bool> cancelled_ = false;
  std::mutex beginning_;
  std::vector<Place> places_;  ///< by family
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable has_room_;
  std::uint64_t n_bytes_waiting_ = 0;
  bool done_ = false;
  std::exception_ptr error_;
  std::vector<std::uint32_t> finished_;
  std::thread runner_;
};

Search::Search(const Data& data, std::shared_ptr<const Learner> learner, std::vector<Split> splits,
               std::vector<Cell> cells, SearchOptions options)
    : impl_(std::make_unique<Impl>(data, std::move(learner), std::move(splits), std::move(cells),
                                   std::move(options))) {}

Search::~Search() = default;

const Plan& Search::plan() const {
  return impl_->plan_;
}
void Search::leave_out(std::span<const std::uint32_t> cells) {
  impl_->leave_out(cells);
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
const Outcome& Search::outcome(std::size_t cell) const {
  return impl_->outcomes_.at(cell);
}
std::vector<double> Search::take_responses(std::size_t cell, bool train) {
  return impl_->take_responses(cell, train);
}
std::vector<std::pair<double, double>> Search::seconds() const {
  return impl_->read_all([](const Outcome& o) { return std::pair(o.fit_seconds, o.score_seconds); });
}
std::vector<std::pair<double, double>> Search::scores() const {
  return impl_->read_all([](const Outcome& o) { return std::pair(o.test_score, o.train_score); });
}
std::size_t Search::n_cells() const {
  return impl_->cells_.size();
}
const Data& Search::data() const {
  return impl_->data_;
}
std::vector<double> Search::family_seconds() const {
  return impl_->family_seconds();
}
std::vector<Span> Search::spans() const {
  return impl_->spans();
}

}  // namespace tenfold
