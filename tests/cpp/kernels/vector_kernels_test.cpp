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

TEST(Kernels, EachKindIsItsFormula) {
  EXPECT_EQ(kernel_of({Kind::kRbf, 2.0, 0.0, 0}, 0.3), std::exp(-2.0 * 0.3));
  EXPECT_EQ(kernel_of({Kind::kSigmoid, 2.0, 0.5, 0}, 0.7), std::tanh(2.0 * 0.7 + 0.5));
  EXPECT_EQ(kernel_of({Kind::kLinear, 0.0, 0.0, 0}, 0.3), 0.3);
  EXPECT_EQ(kernel_of({Kind::kPolynomial, 1.0, 0.0, 0}, -0.2), 1.0);
}

}  // namespace
}  // namespace tenfold::kernels
