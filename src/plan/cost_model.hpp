#pragma once

/// Predicted time of a family, for the order of tasks, the progress bar and `explain`.

#include <cstdint>

#include "tenfold/plan.hpp"

namespace tenfold {

/// Seconds on one core for one tree of one member grown by itself.
double tree_cost(const ForestSpec& member, const SplitSize& split, std::uint32_t n_classes);

/// Seconds on one core for a whole family, its sharing taken into account.
double family_cost(const Family& family, const SplitSize& split, std::uint32_t n_classes);

}  // namespace tenfold
