// The kernel between training rows, beside its formulas, whatever is asked for first.

#include "kernels/training_kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace tenfold::kernels {
namespace {

constexpr std::size_t kRows = 23;
constexpr std::size_t kColumns = 5;
int n_dots = 0;

double counted_dot(int* n, double* x, int* /*step*/, double* y, int* /*step*/) {
  ++n_dots;
  double sum = 0.0;
  for (int i = 0; i < *n; ++i) {
    sum += x[i] * y[i];
  }
  return sum;
}

std::vector<double> some_rows() {
  std::vector<double> rows(kRows * kColumns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = std::sin(static_cast<double>(i * i + 1)) + 100.0;
  }
  return rows;
}

TEST(TrainingKernel, RowsAreTheFormulaInSinglePrecisionInWhateverOrder) {
  std::vector<double> data = some_rows();
  for (const bool holds : {false, true}) {
    TrainingKernel kernel({data.data(), kRows, kColumns}, counted_dot, holds);
    for (const Parameters& parameters :
         {Parameters{Kind::kRbf, 0.7, 0.0, 0}, Parameters{Kind::kRbf, 0.1, 0.0, 0},
          Parameters{Kind::kLinear, 0.0, 0.0, 0}, Parameters{Kind::kPolynomial, 1e-4, 0.5, 3}}) {
      kernel.set(parameters);
      for (std::size_t step = 0; step < kRows; ++step) {
        const std::size_t i = step * 7 % kRows;
        const float* row = kernel.row(static_cast<int>(i));
        for (std::size_t j = 0; j < kRows; ++j) {
          EXPECT_EQ(row[j], static_cast<float>(kernel_of(parameters, kernel.product(i, j))));
        }
        EXPECT_EQ(kernel.diagonal()[i], kernel_of(parameters, kernel.product(i, i)));
        EXPECT_EQ(kernel.row(static_cast<int>(i)), row);
      }
    }
  }
}

TEST(TrainingKernel, ProductsAreComputedOnceAndOnlyWhereAsked) {
  std::vector<double> data = some_rows();
  TrainingKernel kernel({data.data(), kRows, kColumns}, counted_dot, true);
  n_dots = 0;
  kernel.set({Kind::kRbf, 0.7, 0.0, 0});
  kernel.row(3);
  EXPECT_EQ(n_dots, static_cast<int>(kRows));
  kernel.row(8);
  EXPECT_EQ(n_dots, static_cast<int>(2 * kRows));
  kernel.set({Kind::kRbf, 0.2, 0.0, 0});
  kernel.row(8);
  kernel.row(3);
  EXPECT_EQ(n_dots, static_cast<int>(2 * kRows));
}

TEST(TrainingKernel, TrainingAndPredictionRoundDistancesDifferently) {
  std::vector<double> data = some_rows();
  const Rows rows{data.data(), kRows, kColumns};
  TrainingKernel kernel(rows, counted_dot, true);
  kernel.set({Kind::kRbf, 1.0, 0.0, 0});
  std::vector<double> prediction(kRows * kRows);
  std::vector<int> columns(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    columns[i] = static_cast<int>(i);
  }
  prediction_products(rows, rows, true, columns, counted_dot, prediction.data());
  std::size_t n_different = 0;
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kRows; ++j) {
      EXPECT_NEAR(kernel.product(i, j), prediction[i * kRows + j], 1e-9);
      n_different += static_cast<std::size_t>(kernel.product(i, j) != prediction[i * kRows + j]);
    }
  }
  EXPECT_GT(n_different, kRows);
}

TEST(TrainingKernel, WhatIsTooLargeForSinglePrecisionThrows) {
  for (const double value : {2e19, std::nan("")}) {
    std::vector<double> data{value, 1.0};
    TrainingKernel kernel({data.data(), 2, 1}, counted_dot, true);
    kernel.set({Kind::kLinear, 0.0, 0.0, 0});
    EXPECT_THROW(kernel.row(0), std::range_error);
  }
}

}  // namespace
}  // namespace tenfold::kernels
