#include "metrics/pairwise_sum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace tenfold {
namespace {

std::vector<double> sines(std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<double>((i * 7919) % 1000) / 7.0 - 60.0;
  }
  return values;
}

double in_order(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) {
    sum += value;
  }
  return sum;
}

TEST(PairwiseSum, AddsInOrderBelowEight) {
  const std::vector<double> values = sines(7);
  EXPECT_EQ(numpy_sum(values.data(), values.size()), in_order(values));
}

// The expected values are numpy.sum's of the same numbers, NumPy 2.4.
TEST(PairwiseSum, IsNumPys) {
  EXPECT_EQ(numpy_sum(sines(8).data(), 8), 0x1.8800000000000p+7);
  EXPECT_EQ(numpy_sum(sines(15).data(), 15), 0x1.556db6db6db6dp+7);
  EXPECT_EQ(numpy_sum(sines(128).data(), 128), 0x1.6092492492492p+10);
  EXPECT_EQ(numpy_sum(sines(129).data(), 129), 0x1.6824924924925p+10);
  EXPECT_EQ(numpy_sum(sines(1000).data(), 1000), 0x1.62e9249249248p+13);
  EXPECT_EQ(numpy_sum(sines(4097).data(), 4097), 0x1.6adc924924924p+15);
}

TEST(PairwiseSum, IsNotTheSumInOrder) {
  const std::vector<double> values = sines(1000);
  EXPECT_NE(numpy_sum(values.data(), values.size()), in_order(values));
}

}  // namespace
}  // namespace tenfold
