#include "metrics/accuracy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tenfold/metric.hpp"

namespace tenfold {
namespace {

TEST(PredictedClass, DividesBeforeItTakesTheLargest) {
  // Two sums one unit apart that a division by three makes equal: the first one wins.
  double large = 1.6;
  while (large / 3.0 != std::nextafter(large, 2.0) / 3.0) {
    large = std::nextafter(large, 2.0);
  }
  const double larger = std::nextafter(large, 2.0);
  EXPECT_EQ(predicted_class(std::vector<double>{large, larger}, 3.0), 0U);
  EXPECT_EQ(predicted_class(std::vector<double>{0.1, 0.2, 0.2}, 1.0), 1U);
}

TEST(PredictedClass, IsTheFirstLargestOfHoweverMany) {
  for (std::size_t n_classes = 1; n_classes < 40; ++n_classes) {
    for (std::size_t place = 0; place < n_classes; ++place) {
      std::vector<double> sums(n_classes, 0.25);
      sums[place] = sums.back() = 0.5;
      EXPECT_EQ(predicted_class(sums, 2.0), place);
    }
  }
}

TEST(Metric, IsChosenByTheTask) {
  EXPECT_EQ(metric_named("accuracy", LearningTask::kClassification), Metric::kAccuracy);
  EXPECT_EQ(metric_named("none", LearningTask::kRegression), Metric::kNone);
  EXPECT_THROW(metric_named("accuracy", LearningTask::kRegression), std::invalid_argument);
  EXPECT_THROW(metric_named("f1", LearningTask::kClassification), std::invalid_argument);
}

}  // namespace
}  // namespace tenfold
