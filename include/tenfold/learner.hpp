#pragma once

/// What a learner is, to those who plan and run it.
///
/// The life of a learner's cells:
///   1. the learner is made of its specs, which it checks and owns
///   2. `plan`     groups cells into families and says what each costs (sharing rules: `src/plan/`)
///   3. `needs`    says which forms of the data are built before anything runs
///   4. `begin`    makes a family's run, when its first step is taken
///   5. `workspace`  is made by each thread that takes steps of it
///   6. `run`      takes some steps; whatever cells are complete with them go to the sink
///   7. the run is dropped with its last step
///
/// Nothing here is for one learner alone. To add one: a folder under `src/learners/`, its spec under
/// `include/tenfold/learners/`, and a line in `src/learners/all.cpp`.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tenfold/data.hpp"
#include "tenfold/metric.hpp"
#include "tenfold/plan.hpp"
#include "tenfold/split.hpp"

namespace tenfold {

/// Half-open range of steps, counted from zero.
struct Steps {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// What a finished cell holds.
struct Outcome {
  double test_score = 0.0;   ///< by the metric that was asked for; NaN where none was
  double train_score = 0.0;  ///< NaN unless the training rows are scored
  double fit_seconds = 0.0;  ///< the cell's share of the work that it was read off
  double score_seconds = 0.0;
  std::vector<double> test_responses;   ///< (n_test, n_outputs), if kept: probabilities, or predictions
  std::vector<double> train_responses;  ///< (n_train, n_outputs), if kept and scored
};

/// Takes the outcomes of cells as they are complete, from any thread.
class OutcomeSink {
 public:
  virtual void done(std::uint32_t cell, Outcome outcome) = 0;

 protected:
  ~OutcomeSink() = default;
};

/// What a run needs of the search around it; all of it outlives the run.
struct RunContext {
  const Data& data;
  const Split& split;
  std::uint64_t draw_key = 0;  ///< of unseeded draws: the master seed, the data and the split as one number
  Metric metric = Metric::kNone;
  bool score_train = false;
  bool keep_responses = false;
  const std::atomic<bool>& cancelled;
};

/// A thread's working space for one run.
class Workspace {
 public:
  virtual ~Workspace() = default;

 protected:
  Workspace() = default;
  Workspace(const Workspace&) = default;
  Workspace(Workspace&&) = default;
  Workspace& operator=(const Workspace&) = default;
  Workspace& operator=(Workspace&&) = default;
};

/// One family while it is being run. Threads may take different steps at the same time, in any order;
/// outcomes do not depend on who takes which.
class FamilyRun {
 public:
  virtual ~FamilyRun() = default;
  FamilyRun(const FamilyRun&) = delete;
  FamilyRun& operator=(const FamilyRun&) = delete;

  [[nodiscard]] virtual std::unique_ptr<Workspace> workspace() const = 0;
  /// Takes these steps, each of which is asked for once. `workspace` was made by this run.
  virtual void run(Steps steps, Workspace& workspace, OutcomeSink& sink) = 0;
  /// Seconds spent so far, by all threads together; valid when no thread is at work on it.
  [[nodiscard]] virtual double seconds() const = 0;

 protected:
  FamilyRun() = default;
};

/// A sharing rule to those who explain it.
struct RuleText {
  std::string_view name;
  std::string_view why;  ///< one sentence: what is shared, and why that is sound
};

class Learner {
 public:
  virtual ~Learner() = default;
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::size_t n_specs() const = 0;
  [[nodiscard]] virtual DataNeeds needs() const = 0;
  /// Families that have every cell once. The cells are known to name specs and splits that are there.
  /// Throws std::invalid_argument where a spec cannot be fitted to a split of that size.
  [[nodiscard]] virtual std::vector<Family> plan(const PlanRequest& request) const = 0;
  /// Begins a family of `plan`'s, as it was given by it.
  [[nodiscard]] virtual std::unique_ptr<FamilyRun> begin(const Family& family,
                                                         const RunContext& context) const = 0;

 protected:
  Learner() = default;
};

/// The sharing rules of all learners.
std::vector<RuleText> sharing_rules();

}  // namespace tenfold
