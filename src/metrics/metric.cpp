#include "tenfold/metric.hpp"

#include <stdexcept>
#include <string>

namespace tenfold {

Metric metric_named(std::string_view name, LearningTask task) {
  if (name == "none") {
    return Metric::kNone;
  }
  if (name == "accuracy" && task == LearningTask::kClassification) {
    return Metric::kAccuracy;
  }
  const char* const allowed = task == LearningTask::kClassification ? "'none' or 'accuracy'" : "'none'";
  throw std::invalid_argument("metric is '" + std::string(name) + "'; must be " + allowed + " here.");
}

}  // namespace tenfold
