#pragma once

/// Running a plan: tasks on oneTBB threads, longest first, with progress and cancellation.
///
/// A search owns its plan and its outcomes, shares the learner and borrows the data set. It runs in the
/// background: `start` returns at once, `wait` says when all is done, `take_finished` which cells are. One
/// core or many, the outcomes are the same.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tenfold/data.hpp"
#include "tenfold/learner.hpp"
#include "tenfold/metric.hpp"
#include "tenfold/plan.hpp"
#include "tenfold/split.hpp"

namespace tenfold {

/// A stretch of time that a thread spent on some steps of one family, in seconds since the search began.
struct Span {
  std::uint32_t family = 0;
  std::uint32_t thread = 0;
  double begin = 0.0;
  double end = 0.0;
};

struct SearchOptions {
  std::uint64_t free_seed = 0;  ///< master seed of specs without a seed
  Metric metric = Metric::kNone;
  PlanOptions plan;
  /// Responses that nobody has taken yet may hold so many bytes before threads wait to take further tasks;
  /// zero: no limit. What is being computed when the limit is reached comes on top.
  std::uint64_t waiting_bytes = 0;
};

class Search {
 public:
  /// `data` must outlive the search. Throws std::invalid_argument for rows, specs or cells that are not
  /// there, and for data that the learner cannot use.
  Search(const Data& data, std::shared_ptr<const Learner> learner, std::vector<Split> splits,
         std::vector<Cell> cells, SearchOptions options);
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  [[nodiscard]] const Plan& plan() const;

  /// Cells whose outcomes somebody has already: they are there so that the others are planned, and draw, as
  /// they were. Families that have no other cells are not run. Before `start`.
  void leave_out(std::span<const std::uint32_t> cells);
  /// Begins in the background on at most `n_threads` threads. Once only.
  void start(std::size_t n_threads);
  /// Waits at most so long; true when no thread of the search is left. Rethrows what a task threw.
  bool wait(double seconds);
  /// Asks the tasks to stop, and waits until they have.
  void cancel();
  /// Share of the predicted cost that is done, in [0, 1].
  [[nodiscard]] double progress() const;
  /// Cells finished since the last call.
  std::vector<std::uint32_t> take_finished();
  /// The outcome of a finished cell; of any other, one of nothing.
  [[nodiscard]] const Outcome& outcome(std::size_t cell) const;
  /// Moves the responses of a finished cell out, to its test or its training rows.
  std::vector<double> take_responses(std::size_t cell, bool train);
  /// Fit and score seconds of every cell; zeros where it is not finished.
  [[nodiscard]] std::vector<std::pair<double, double>> seconds() const;
  /// Test and train scores of every cell; zeros where it is not finished.
  [[nodiscard]] std::vector<std::pair<double, double>> scores() const;
  [[nodiscard]] std::size_t n_cells() const;
  [[nodiscard]] const Data& data() const;
  /// Seconds spent on each family of the plan, on all threads together; complete when all is done.
  [[nodiscard]] std::vector<double> family_seconds() const;
  /// What threads did so far, in the order in which they ended it.
  [[nodiscard]] std::vector<Span> spans() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenfold
