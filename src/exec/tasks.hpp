#pragma once

/// Cutting a plan into tasks, the unit that a thread takes.

#include <cstddef>
#include <span>
#include <vector>

#include "tenfold/learner.hpp"
#include "tenfold/plan.hpp"

namespace tenfold {

/// Some steps of one family.
struct Task {
  std::size_t family = 0;
  Steps steps;
  double cost = 0.0;  ///< predicted seconds
};

/// Families are tasks of their own where there are plenty; otherwise they are cut into runs of steps, small
/// enough that the last to end does not end alone. Tasks of a family follow each other.
std::vector<Task> cut_tasks(std::span<const Family> families, std::size_t n_threads);

}  // namespace tenfold
