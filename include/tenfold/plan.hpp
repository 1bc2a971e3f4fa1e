#pragma once

/// The planner: a table of candidates x splits in, families of cells that share work out.
///
/// Vocabulary:
///   cell     one spec on one split: a score that is wanted
///   family   cells of one split that are read off one growth: one sequence of trees
///   member   a distinct set of stopping rules within a family; several cells may read the same member
///   reading  how a cell is read off: after so many trees, from that member
///
/// Planning is pure: it looks at specs and sizes, fits nothing, and gives the same families whatever the
/// order of the cells. What may share a growth is decided by sharing rules, one file a rule in
/// `src/plan/`.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenfold/forest_spec.hpp"

namespace tenfold {

struct Cell {
  std::uint32_t spec = 0;
  std::uint32_t split = 0;
};

struct SplitSize {
  std::uint32_t n_train = 0;
  std::uint32_t n_test = 0;
};

struct PlanRequest {
  std::span<const ForestSpec> specs;
  std::span<const Cell> cells;
  std::span<const SplitSize> splits;
  std::uint32_t n_columns = 0;
  std::uint32_t n_classes = 0;
  double n_values = 2.0;  ///< distinct values of a column, on average
};

/// How one cell is read off its family.
struct Reading {
  std::uint32_t cell = 0;
  std::uint32_t member = 0;
  std::uint32_t n_estimators = 0;
};

struct Family {
  std::uint32_t split = 0;
  std::vector<ForestSpec> members;  ///< effective specs, distinct; they differ only where rules allow
  std::vector<Reading> readings;
  std::uint32_t n_trees = 0;            ///< trees to grow: the most that any reading wants
  double cost = 0.0;                    ///< predicted seconds on one core
  std::vector<std::string_view> rules;  ///< the sharing rules that brought its cells together

  /// True where members are read off whole trees that are pruned by cost complexity.
  bool prunes = false;

  [[nodiscard]] bool is_free() const { return members.front().seed_source == ForestSpec::kFree; }
};

struct Plan {
  std::vector<Family> families;  ///< longest predicted first

  /// Forests asked for: one a cell.
  [[nodiscard]] std::size_t n_fits() const;
  /// Trees that fitting every cell by itself would grow, and trees grown.
  [[nodiscard]] std::uint64_t n_trees_asked(std::span<const ForestSpec> specs,
                                            std::span<const Cell> cells) const;
  [[nodiscard]] std::uint64_t n_trees_grown() const;
};

/// Throws std::invalid_argument where a cell names a spec or split that is not there.
Plan make_plan(const PlanRequest& request);

}  // namespace tenfold
