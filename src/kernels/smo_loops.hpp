#pragma once

/// The loops over variables that a solver spends its time in. All arrays are in the order of places and
/// reach to the end of a block; what may not be chosen has a penalty of minus infinity, else of zero.

#include <cstddef>
#include <limits>

namespace tenfold::kernels {

inline constexpr std::size_t kBlock = 64;
inline constexpr double kNone = -std::numeric_limits<double>::infinity();
/// Libsvm's TAU: what takes the place of a curvature that is not positive.
inline constexpr double kTau = 1e-12;

inline std::size_t whole_blocks(std::size_t n) {
  return (n + kBlock - 1) / kBlock * kBlock;
}

/// The largest value, and the last place that has it.
struct Largest {
  double value = kNone;
  std::size_t place = 0;
};

/// What is known of the first of a pair, and of the kernel in its row.
struct First {
  double violation = kNone;  ///< Gmax of libsvm
  double diagonal = 0.0;
  const float* row = nullptr;
};

struct Second {
  double violation = kNone;  ///< Gmax2 of libsvm
  Largest gain;
};

/// gradient += row_i * delta_i + row_j * delta_j.
void add_rows(double* gradient, const float* row_i, double delta_i, const float* row_j, double delta_j,
              std::size_t n);

/// sums += factor * row.
void add_row(double* sums, double factor, const float* row, std::size_t n);

/// The last of the largest -sign * gradient + penalty.
Largest first_of_pair(const double* gradient, const double* signs, const double* penalties, std::size_t n);

/// The last of those that promise most beside the first, of second order.
Second second_of_pair(const double* gradient, const double* signs, const double* penalties,
                      const double* diagonal, const First& first, std::size_t n);

/// out[k] = signs[k] * row[places[k]].
void cut_row(const float* row, const int* places, const float* signs, float* out, std::size_t n);

}  // namespace tenfold::kernels
