// Sums of quotients, beside NumPy's order of additions spelled out for a few lengths.

#include "kernels/row_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace tenfold::kernels {
namespace {

/// A number of any size and sign, so that each order of additions rounds differently.
double number(std::size_t i) {
  return std::sin(static_cast<double>(i * i + 1)) * std::pow(10.0, static_cast<double>(i % 7));
}

double by_eight(const std::vector<double>& q, std::size_t from, std::size_t to) {
  double r[8];
  for (std::size_t j = 0; j < 8; ++j) {
    r[j] = q[from + j];
    for (std::size_t i = from + 8 + j; i < from + (to - from) / 8 * 8; i += 8) {
      r[j] += q[i];
    }
  }
  double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (std::size_t i = from + (to - from) / 8 * 8; i < to; ++i) {
    sum += q[i];
  }
  return sum;
}

TEST(RowSums, AddInTheOrderOfNumPy) {
  for (const std::size_t n : {1U, 7U, 8U, 9U, 64U, 100U, 128U, 129U, 200U}) {
    const std::size_t n_rows = 3;
    std::vector<double> values(n_rows * n);
    std::vector<double> divisors(n);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = number(i);
    }
    for (std::size_t i = 0; i < n; ++i) {
      divisors[i] = 0.1 + std::abs(number(3 * i));
    }
    std::vector<double> found(n_rows);
    quotient_sums(values.data(), divisors.data(), n_rows, n, found.data());
    for (std::size_t row = 0; row < n_rows; ++row) {
      std::vector<double> q(n);
      for (std::size_t i = 0; i < n; ++i) {
        q[i] = values[row * n + i] / divisors[i];
      }
      double expected = 0.0;
      if (n < 8) {
        for (const double one : q) {
          expected += one;
        }
      } else if (n <= 128) {
        expected = by_eight(q, 0, n);
      } else {
        const std::size_t half = n / 2 - n / 2 % 8;
        expected = by_eight(q, 0, half) + by_eight(q, half, n);
      }
      EXPECT_EQ(found[row], expected) << n << " columns, row " << row;
    }
  }
}

}  // namespace
}  // namespace tenfold::kernels
