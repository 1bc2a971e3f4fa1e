#pragma once

/// The plan: a table of candidates x splits in, families of cells that share work out.
///
/// Vocabulary:
///   cell     one spec on one split: a score that is wanted
///   family   cells of one split that are read off one piece of work
///   member   a distinct spec of a family once what the sharing rules cover is erased; several cells may
///            read the same member
///   step     how far the work has gone when a cell is read off: trees, rounds, places on a path
///   reading  how a cell is read off: from that member, after so many steps
///
/// Planning is pure: it looks at specs and sizes, fits nothing, and gives the same families whatever the
/// order of the cells. Which specs may share work, and what the work costs, is the learner's to say
/// (`learner.hpp`); a plan is plain data and can be had without a search.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenfold/data.hpp"
#include "tenfold/split.hpp"

namespace tenfold {

class Learner;

struct Cell {
  std::uint32_t spec = 0;  ///< of the learner's
  std::uint32_t split = 0;
};

/// What may be said of a score beside the one of the same candidate fitted alone by scikit-learn.
enum class Contract : std::uint8_t { kBitEqual, kWithinTolerance, kInDistribution };

struct Reading {
  std::uint32_t cell = 0;
  std::uint32_t member = 0;
  std::uint32_t step = 0;
};

/// Steps of a family that cost alike: those up to `last_step` that no stage before has.
struct Stage {
  std::uint32_t last_step = 0;
  double cost_per_step = 0.0;  ///< predicted seconds on one core
};

struct Family {
  std::uint32_t split = 0;
  std::vector<Reading> readings;
  std::vector<std::uint32_t> members;   ///< per member, a spec of the learner's that is one of its own
  std::vector<std::string_view> rules;  ///< the sharing rules that brought its cells together
  std::vector<Stage> stages;            ///< by last step; the last one ends with the last reading
  double cost = 0.0;                    ///< predicted seconds on one core
  double cost_apart = 0.0;              ///< the same, were every cell fitted alone
  std::uint64_t n_bytes = 0;            ///< held from its first step to its last
  std::uint64_t n_bytes_a_thread = 0;   ///< held by each thread that is at work on it
  Contract contract = Contract::kBitEqual;
  bool one_after_another = false;  ///< each step begins where the one before it ended
  std::uint32_t n_fits = 1;        ///< fits that are done for it; those that share in part count whole
  std::uint64_t steps_asked = 0;   ///< steps if every cell were fitted alone
  std::uint64_t steps_done = 0;    ///< steps of all its fits
  /// What tells families apart that would otherwise draw the same unseeded numbers: the learner's spec
  /// without what its rules cover, as a number.
  std::uint64_t key = 0;

  /// Steps to take: the most that any reading wants.
  [[nodiscard]] std::uint32_t n_steps() const { return stages.empty() ? 0 : stages.back().last_step; }
};

/// What else a plan depends on.
struct PlanOptions {
  bool score_train = false;     ///< the training rows are predicted too
  bool keep_responses = false;  ///< responses are kept until they are taken
  bool share = true;            ///< false: every cell is fitted alone
  std::vector<std::string> disabled_rules;

  [[nodiscard]] bool is_disabled(std::string_view rule) const;
};

struct PlanRequest {
  std::span<const Cell> cells;
  std::span<const SplitSize> splits;
  DataShape shape;
  PlanOptions options;
};

struct Plan {
  std::vector<Family> families;  ///< longest predicted first; where alike, by their cells

  [[nodiscard]] double cost() const;
  [[nodiscard]] std::uint64_t steps_asked() const;
  [[nodiscard]] std::uint64_t steps_done() const;
};

/// The learner's families for these cells, verified and in order; where a family is predicted to cost more
/// than its cells apart, they are fitted apart. Throws std::invalid_argument where a cell
/// names a spec or split that is not there, and where a spec cannot be fitted to a split of that size.
Plan make_plan(const Learner& learner, const PlanRequest& request);

}  // namespace tenfold
