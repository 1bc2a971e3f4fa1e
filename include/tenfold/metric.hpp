#pragma once

/// Scores that are computed natively, chosen by the task.

#include <cstdint>
#include <string_view>

#include "tenfold/target.hpp"

namespace tenfold {

enum class Metric : std::uint8_t {
  kNone,      ///< no score: responses alone are asked for
  kAccuracy,  ///< share of rows whose class is predicted
};

/// The metric of that name. Throws std::invalid_argument for a name that is none, and for a metric of
/// another task.
Metric metric_named(std::string_view name, LearningTask task);

}  // namespace tenfold
