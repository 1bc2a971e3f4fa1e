#pragma once

/// Running a plan: tasks on oneTBB threads, longest first, with progress and cancellation.
///
/// A search owns its plan and its results and borrows the data set. It runs in the background: `start`
/// returns at once, `wait` says when all is done, `finished` which cells are. One core or many, the
/// scores are the same: a forest's trees are always added up in their order.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tenfold/dataset.hpp"
#include "tenfold/forest_spec.hpp"
#include "tenfold/grown_tree.hpp"
#include "tenfold/plan.hpp"

namespace tenfold {

/// A split as row numbers of the data set; a row may occur more than once.
struct Split {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
};

struct SearchOptions {
  std::uint64_t free_seed = 0;      ///< master seed of specs without a seed source
  bool score_train = false;         ///< predict the training rows too
  bool keep_probabilities = false;  ///< keep class probabilities until they are taken
};

/// What a finished cell holds.
struct CellResult {
  double test_accuracy = 0.0;
  double train_accuracy = 0.0;  ///< NaN unless the training rows are scored
  double fit_seconds = 0.0;     ///< the cell's share of the growth it was read off
  double score_seconds = 0.0;
  std::vector<double> test_probabilities;   ///< n_test x n_classes, if kept
  std::vector<double> train_probabilities;  ///< n_train x n_classes, if kept and scored
};

class Search {
 public:
  /// `dataset` must outlive the search. Throws std::invalid_argument for rows, specs or cells that are
  /// not there, seed sources too short for their forests, or parameters no learner can use.
  Search(const Dataset& dataset, std::vector<ForestSpec> specs, std::vector<SeedSource> seed_sources,
         std::vector<Split> splits, std::vector<Cell> cells, SearchOptions options);
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  [[nodiscard]] const Plan& plan() const;

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
  /// The result of a finished cell.
  [[nodiscard]] CellResult& result(std::size_t cell);
  [[nodiscard]] std::size_t n_cells() const;
  [[nodiscard]] std::size_t n_classes() const;
  /// Seconds spent on each family of the plan, on all threads together; valid when all is done.
  [[nodiscard]] std::vector<double> family_seconds() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Grows trees [first_tree, spec.n_estimators) of a seeded forest over `rows` and returns them whole.
std::vector<GrownTree> grow_trees(const Dataset& dataset, const ForestSpec& spec, const SeedSource& source,
                                  std::span<const std::int64_t> rows, std::size_t n_threads,
                                  std::size_t first_tree = 0);

/// The instruction set that the hot loops run with on this processor.
const char* instruction_set();

}  // namespace tenfold
