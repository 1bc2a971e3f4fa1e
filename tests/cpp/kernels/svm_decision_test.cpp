// Decisions of support vector machines, beside the sums written out.

#include "kernels/svm_decision.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace tenfold::kernels {
namespace {

constexpr std::size_t kRows = 19;  // no multiple of what is summed side by side
constexpr std::size_t kColumns = 12;
const std::vector<int> kSupport{0, 2, 3, 5, 7, 8, 11};

std::vector<double> some_numbers(std::size_t n, double phase) {
  std::vector<double> numbers(n);
  for (std::size_t i = 0; i < n; ++i) {
    numbers[i] = std::sin(static_cast<double>(i * i) + phase) * std::exp(static_cast<double>(i % 7));
  }
  return numbers;
}

/// Sum after sum, from one support vector to another.
double sum(const double* row, const double* coefficients, std::size_t from, std::size_t to, double start) {
  for (std::size_t k = from; k < to; ++k) {
    start += coefficients[k] * row[kSupport[k]];
  }
  return start;
}

TEST(SvmDecision, ThreeClassesAreSummedPairByPair) {
  const auto kernel = some_numbers(kRows * kColumns, 0.0);
  const auto dual = some_numbers(2 * kSupport.size(), 1.0);
  const std::vector<int> n_support{3, 2, 2};
  const std::vector<double> intercept{0.5, -1.5, 2.5};
  std::vector<double> out(kRows * 3);
  decide(kernel.data(), kRows, kColumns, {kSupport, n_support, dual, intercept}, out.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    const double* row = kernel.data() + r * kColumns;
    const double* second = dual.data() + kSupport.size();
    EXPECT_EQ(out[r * 3], sum(row, dual.data(), 3, 5, sum(row, dual.data(), 0, 3, 0.0)) + 0.5);
    EXPECT_EQ(out[r * 3 + 1], sum(row, dual.data(), 5, 7, sum(row, second, 0, 3, 0.0)) - 1.5);
    EXPECT_EQ(out[r * 3 + 2], sum(row, second, 5, 7, sum(row, second, 3, 5, 0.0)) + 2.5);
  }
}

TEST(SvmDecision, RegressionIsOneSum) {
  const auto kernel = some_numbers(kRows * kColumns, 2.0);
  const auto dual = some_numbers(kSupport.size(), 3.0);
  const std::vector<double> intercept{0.25};
  std::vector<double> out(kRows);
  decide(kernel.data(), kRows, kColumns, {kSupport, {}, dual, intercept}, out.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    EXPECT_EQ(out[r], sum(kernel.data() + r * kColumns, dual.data(), 0, kSupport.size(), 0.0) + 0.25);
  }
}

TEST(SvmDecision, TheFirstOfTheMostVotedIsTaken) {
  const std::vector<double> decisions{1, 1, 1, /**/ -1, -1, 1, /**/ 1, -1, 1, /**/ 0, -1, -1};
  std::vector<double> out(4);
  vote(decisions.data(), 4, 3, out.data());
  EXPECT_EQ(out, (std::vector<double>{0, 1, 0, 2}));
}

}  // namespace
}  // namespace tenfold::kernels
