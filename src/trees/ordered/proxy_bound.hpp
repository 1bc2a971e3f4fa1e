#pragma once

/// What a squared error's proxy is held to without a division, and without sums in scikit-learn's order:
/// bounds that only discard.

#include <cstdint>
#include <limits>

#include "trees/ordered/moment_sample.hpp"

namespace tenfold::ordered {

/// Far above what underflow can lose of the bound, far below any sum that matters.
inline constexpr double kBoundUnderflow = 1e-280;

/// A position whose `sum_left**2 * weight_right + sum_right**2 * weight_left`, even a `kBoundUnderflow` more,
/// is less than this times `weight_left * weight_right` has a proxy below `best`, rounding included. Minus
/// infinity where that is not safe.
[[gnu::always_inline]] inline double bound_of(double best, double weight) {
  // Relative rounding of the bound and of the formula it stands for: less than ten operations of 2**-53 each.
  constexpr double kMargin = 1e-14;
  constexpr double kLargestProxy = 1e280;
  // The bound multiplies weights: beyond these it could overflow or underflow by itself.
  constexpr double kSmallestWeight = 1e-20;
  constexpr double kLargestWeight = 1e20;
  if (!(best < kLargestProxy) || weight < kSmallestWeight || weight > kLargestWeight) {
    return -std::numeric_limits<double>::infinity();
  }
  return best - kMargin * (best < 0.0 ? -best : best);
}

/// A node that is split by squared error.
struct SumNode {
  const MomentSample* samples = nullptr;
  std::uint32_t n = 0;
  std::uint32_t min_samples_leaf = 1;
  double sum = 0.0;        ///< in scikit-learn's order, as the weight
  double magnitude = 0.0;  ///< the sum of absolute values, or more
  double weight = 0.0;
  bool has_unit_weights = true;
};

/// Tells, from sums in any order, whether a position's proxy may be at least `best` if the sums are added up
/// in scikit-learn's order.
class AnyOrderBound {
 public:
  [[gnu::always_inline]] AnyOrderBound(const SumNode& node, double best)
      : sum_(node.sum), weight_(node.weight), bound_(bound_of(best, node.weight)) {
    // A sum of n terms in any order is off by at most n units of 2**-53 of the sum of magnitudes, a running
    // sum that turns back by at most three times that, and sums on the right are differences of two.
    const double relative = (8.0 * node.n + 16.0) * 0x1.2p-53;
    error_ = relative * node.magnitude;
    weight_error_ = relative * node.weight;
  }

  [[nodiscard, gnu::always_inline]] bool may_be_reached(double left, double weight_left) const {
    const double right = sum_ - left;
    const double largest_left = (left < 0.0 ? -left : left) + error_;
    const double largest_right = (right < 0.0 ? -right : right) + error_;
    const double least_left = weight_left - weight_error_;
    const double least_right = weight_ - weight_left - weight_error_;
    const double scaled =
        largest_left * largest_left * least_right + largest_right * largest_right * least_left;
    return !(least_left > 0.0 && least_right > 0.0 &&
             scaled + kBoundUnderflow < bound_ * (least_left * least_right));
  }

 private:
  double sum_;
  double weight_;
  double bound_;
  double error_ = 0.0;
  double weight_error_ = 0.0;
};

}  // namespace tenfold::ordered
