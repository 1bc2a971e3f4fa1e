#pragma once

/// NumPy's sum of contiguous doubles, addition by addition (`pairwise_sum` of
/// `numpy/_core/src/umath/loops_utils.h.src`): eight sums side by side in blocks of up to 128, halves beyond.

#include <array>
#include <cstddef>

namespace tenfold {

inline double pairwise_sum(const double* values, std::size_t n) {
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kBlock = 128;
  if (n < kLanes) {
    double sum = -0.0;
    for (std::size_t i = 0; i < n; ++i) {
      sum += values[i];
    }
    return sum;
  }
  if (n <= kBlock) {
    std::array<double, kLanes> lanes;  // NOLINT(*-member-init): filled right below
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = values[lane];
    }
    std::size_t i = kLanes;
    for (; i < n - n % kLanes; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        lanes[lane] += values[i + lane];
      }
    }
    double sum =
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    for (; i < n; ++i) {
      sum += values[i];
    }
    return sum;
  }
  std::size_t half = n / 2;
  half -= half % kLanes;
  return pairwise_sum(values, half) + pairwise_sum(values + half, n - half);
}

/// `numpy.sum`: it starts from zero.
inline double numpy_sum(const double* values, std::size_t n) {
  return 0.0 + pairwise_sum(values, n);
}

}  // namespace tenfold
