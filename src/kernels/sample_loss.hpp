#pragma once

/// Losses of one row and their derivatives, by the expressions and libm calls of scikit-learn's compiled code
/// (`_loss/_loss.pyx.tp` and `linear_model/_sgd_fast.pyx.tp` of 1.9), so that each bit is its own.
/// Each file has its own copy, since some are compiled for newer processors (lane_vectors.hpp).

#include <cmath>

#include "log1p_exp.hpp"

namespace tenfold::kernels {

enum class SampleLoss {
  kHinge,
  kSquaredHinge,
  kModifiedHuber,
  kHalfBinomial,
  kHalfSquared,
  kHuber,
  kEpsilonInsensitive,
  kSquaredEpsilonInsensitive,
};

/// The derivative of the logistic loss of a class in {0, 1} by the raw prediction.
static inline double half_binomial_gradient(double y, double p) {
  if (p > -37) {
    const double e = std::exp(-p);
    return ((1 - y) - y * e) / (1 + e);
  }
  return std::exp(p) - y;
}

/// A loss; ``parameter`` is the threshold of a hinge, and the epsilon of what has one.
static inline double loss_of(SampleLoss loss, double parameter, double y, double p) {
  switch (loss) {
    case SampleLoss::kHinge: {
      const double z = p * y;
      return z <= parameter ? parameter - z : 0.0;
    }
    case SampleLoss::kSquaredHinge: {
      const double z = parameter - p * y;
      return z > 0 ? z * z : 0.0;
    }
    case SampleLoss::kModifiedHuber: {
      const double z = p * y;
      return z >= 1.0 ? 0.0 : z >= -1.0 ? (1.0 - z) * (1.0 - z) : -4.0 * z;
    }
    case SampleLoss::kHalfBinomial:
      return log1p_exp(p) - y * p;
    case SampleLoss::kHalfSquared:
      return 0.5 * (p - y) * (p - y);
    case SampleLoss::kHuber: {
      const double off = std::fabs(y - p);
      return off <= parameter ? 0.5 * (off * off) : parameter * (off - 0.5 * parameter);
    }
    case SampleLoss::kEpsilonInsensitive: {
      const double off = std::fabs(y - p) - parameter;
      return off > 0 ? off : 0;
    }
    case SampleLoss::kSquaredEpsilonInsensitive: {
      const double off = std::fabs(y - p) - parameter;
      return off > 0 ? off * off : 0;
    }
  }
  return 0.0;
}

/// Its derivative by the prediction p.
static inline double gradient_of(SampleLoss loss, double parameter, double y, double p) {
  switch (loss) {
    case SampleLoss::kHinge:
      return p * y <= parameter ? -y : 0.0;
    case SampleLoss::kSquaredHinge: {
      const double z = parameter - p * y;
      return z > 0 ? -2 * y * z : 0.0;
    }
    case SampleLoss::kModifiedHuber: {
      const double z = p * y;
      return z >= 1.0 ? 0.0 : z >= -1.0 ? 2.0 * (1.0 - z) * -y : -4.0 * y;
    }
    case SampleLoss::kHalfBinomial:
      return half_binomial_gradient(y, p);
    case SampleLoss::kHalfSquared:
      return p - y;
    case SampleLoss::kHuber: {
      const double off = p - y;
      return std::fabs(off) <= parameter ? off : off >= 0 ? parameter : -parameter;
    }
    case SampleLoss::kEpsilonInsensitive:
      return y - p > parameter ? -1 : p - y > parameter ? 1 : 0;
    case SampleLoss::kSquaredEpsilonInsensitive: {
      const double z = y - p;
      return z > parameter ? -2 * (z - parameter) : z < -parameter ? 2 * (-z - parameter) : 0;
    }
  }
  return 0.0;
}

}  // namespace tenfold::kernels
