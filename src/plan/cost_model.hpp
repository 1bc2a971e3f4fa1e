#pragma once

/// Predicted time of a family, for the order of tasks, the progress bar and `explain`.

#include <cstdint>

#include "tenfold/plan.hpp"

namespace tenfold {

/// What of the data set a prediction looks at.
struct DataShape {
  std::uint32_t n_classes = 0;
  double n_values = 2.0;  ///< distinct values of a column, on average
};

/// Seconds on one core for one tree of one member grown by itself.
double tree_cost(const ForestSpec& member, const SplitSize& split, const DataShape& data);

/// Seconds on one core for a whole family, its sharing taken into account.
double family_cost(const Family& family, const SplitSize& split, const DataShape& data);

}  // namespace tenfold
