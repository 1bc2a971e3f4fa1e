// Kernels between rows, beside the formulas of libsvm.

#include "kernels/vector_kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace tenfold::kernels {
namespace {

double plain_dot(int* n, double* x, int* /*step*/, double* y, int* /*step*/) {
  double sum = 0.0;
  for (int i = 0; i < *n; ++i) {
    sum += x[i] * y[i];
  }
  return sum;
}

std::vector<double> some_rows(std::size_t n_rows, std::size_t n_columns) {
  std::vector<double> rows(n_rows * n_columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = std::sin(static_cast<double>(i * i + 1)) + 100.0;
  }
  return rows;
}

TEST(Kernels, TrainingAndPredictionRoundDistancesDifferently) {
  const std::size_t n = 130;  // more than a tile
  std::vector<double> data = some_rows(n, 5);
  const Rows rows{data.data(), n, 5};
  std::vector<double> training(n * n);
  std::vector<double> prediction(n * n);
  std::vector<int> columns(n);
  for (std::size_t i = 0; i < n; ++i) {
    columns[i] = static_cast<int>(i);
  }
  training_products(rows, true, plain_dot, training.data());
  prediction_products(rows, rows, true, columns, plain_dot, prediction.data());
  std::size_t n_different = 0;
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_EQ(training[i * n + i], 0.0);
    for (std::size_t j = 0; j < n; ++j) {
      EXPECT_EQ(training[i * n + j], training[j * n + i]);
      EXPECT_NEAR(training[i * n + j], prediction[i * n + j], 1e-9);
      n_different += static_cast<std::size_t>(training[i * n + j] != prediction[i * n + j]);
    }
  }
  EXPECT_GT(n_different, n);
}

TEST(Kernels, OnlyNamedColumnsAreWritten) {
  std::vector<double> data = some_rows(7, 3);
  const Rows rows{data.data(), 7, 3};
  std::vector<double> products(49, -1.0);
  std::vector<double> kernel(49, -1.0);
  const std::vector<int> columns{2, 5};
  prediction_products(rows, rows, false, columns, plain_dot, products.data());
  apply_columns({Kind::kPolynomial, 0.5, 1.0, 3}, products.data(), 7, 7, columns, kernel.data());
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      const double value = kernel[i * 7 + j];
      if (j == 2 || j == 5) {
        const double base = 0.5 * products[i * 7 + j] + 1.0;
        EXPECT_EQ(value, base * (base * base));
      } else {
        EXPECT_EQ(value, -1.0);
      }
    }
  }
}

TEST(Kernels, EachKindIsItsFormulaInSinglePrecision) {
  const std::vector<double> products{0.3, -0.2, -0.2, 0.7};
  std::vector<float> out(4);
  std::vector<double> diagonal(2);
  const auto apply = [&](const Parameters& parameters) {
    return apply_symmetric(parameters, products.data(), 2, out.data(), diagonal.data());
  };
  EXPECT_TRUE(apply({Kind::kRbf, 2.0, 0.0, 0}));
  EXPECT_EQ(out[0], static_cast<float>(std::exp(-2.0 * 0.3)));
  EXPECT_EQ(out[2], out[1]);
  EXPECT_EQ(diagonal[1], std::exp(-2.0 * 0.7));
  EXPECT_TRUE(apply({Kind::kSigmoid, 2.0, 0.5, 0}));
  EXPECT_EQ(out[3], static_cast<float>(std::tanh(2.0 * 0.7 + 0.5)));
  EXPECT_TRUE(apply({Kind::kLinear, 0.0, 0.0, 0}));
  EXPECT_EQ(diagonal, (std::vector{0.3, 0.7}));
  EXPECT_TRUE(apply({Kind::kPolynomial, 1.0, 0.0, 0}));
  EXPECT_EQ(out[1], 1.0F);
}

TEST(Kernels, WhatIsTooLargeForSinglePrecisionIsTold) {
  std::vector<float> out(1);
  std::vector<double> diagonal(1);
  for (const double value : {2e38, -2e38, std::nan("")}) {
    EXPECT_FALSE(apply_symmetric({Kind::kLinear, 0.0, 0.0, 0}, &value, 1, out.data(), diagonal.data()));
  }
}

}  // namespace
}  // namespace tenfold::kernels
