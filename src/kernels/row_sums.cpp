#include "kernels/row_sums.hpp"

#include "clones.hpp"

namespace tenfold::kernels {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kBlock = 128;

/// At most kBlock quotients.
inline __attribute__((always_inline)) double sum_of_block(const double* values, const double* divisors,
                                                          std::size_t n) {
  if (n < kLanes) {
    double sum = -0.0;
    for (std::size_t i = 0; i < n; ++i) {
      sum += values[i] / divisors[i];
    }
    return sum;
  }
  double lanes[kLanes];
  for (std::size_t j = 0; j < kLanes; ++j) {
    lanes[j] = values[j] / divisors[j];
  }
  std::size_t i = kLanes;
  for (; i < n - n % kLanes; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) {
      lanes[j] += values[i + j] / divisors[i + j];
    }
  }
  double sum =
      ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  for (; i < n; ++i) {
    sum += values[i] / divisors[i];
  }
  return sum;
}

TENFOLD_HOT void sums_of_blocks(const double* values, const double* divisors, std::size_t stride,
                                std::size_t n_rows, std::size_t n, double* out) {
  for (std::size_t row = 0; row < n_rows; ++row) {
    out[row] = sum_of_block(values + row * stride, divisors, n);
  }
}

double sum_of_halves(const double* values, const double* divisors, std::size_t n) {
  if (n <= kBlock) {
    double sum = 0.0;
    sums_of_blocks(values, divisors, n, 1, n, &sum);
    return sum;
  }
  std::size_t half = n / 2;
  half -= half % kLanes;
  const double first = sum_of_halves(values, divisors, half);
  return first + sum_of_halves(values + half, divisors + half, n - half);
}

}  // namespace

void quotient_sums(const double* values, const double* divisors, std::size_t n_rows, std::size_t n_columns,
                   double* out) {
  if (n_columns <= kBlock) {
    sums_of_blocks(values, divisors, n_columns, n_rows, n_columns, out);
    return;
  }
  for (std::size_t row = 0; row < n_rows; ++row) {
    out[row] = sum_of_halves(values + row * n_columns, divisors, n_columns);
  }
}

}  // namespace tenfold::kernels
