#pragma once

/// The losses of gradient boosting, in the operations of `sklearn/_loss/_loss.pyx.tp` (1.5 to 1.9), which are
/// those of the C library: `exp`, `log` and `log1p` must not be replaced by vectorised forms of them.

#include <cmath>
#include <cstddef>

#include "log1p_exp.hpp"
#include "tenfold/learners/boosting.hpp"

namespace tenfold::boosting {

/// What scikit-learn's `HalfSquaredError` computes.
struct HalfSquaredError {
  static double loss(double y, double raw) { return 0.5 * (raw - y) * (raw - y); }
  static double gradient(double y, double raw) { return raw - y; }
};

/// What `AbsoluteError` computes.
struct AbsoluteError {
  static double loss(double y, double raw) { return std::abs(raw - y); }
  static double gradient(double y, double raw) { return raw > y ? 1. : -1.; }
};

/// What `PinballLoss` computes.
struct Pinball {
  double quantile = 0.5;

  [[nodiscard]] double loss(double y, double raw) const {
    return y >= raw ? quantile * (y - raw) : (1. - quantile) * (raw - y);
  }
  [[nodiscard]] double gradient(double y, double raw) const { return y >= raw ? -quantile : 1. - quantile; }
};

/// What `HuberLoss` computes.
struct Huber {
  double delta = 0.5;

  [[nodiscard]] double loss(double y, double raw) const {
    const double error = std::abs(y - raw);
    return error <= delta ? 0.5 * (error * error) : delta * (error - 0.5 * delta);
  }
  [[nodiscard]] double gradient(double y, double raw) const {
    const double residual = raw - y;
    if (std::abs(residual) <= delta) {
      return residual;
    }
    return residual >= 0 ? delta : -delta;
  }
};

/// What `HalfBinomialLoss` computes; `y` is 0 or 1.
struct HalfBinomial {
  static double loss(double y, double raw) { return log1p_exp(raw) - y * raw; }
  static double gradient(double y, double raw) {
    if (raw > -37) {
      const double e = std::exp(-raw);
      return ((1 - y) - y * e) / (1 + e);
    }
    return std::exp(raw) - y;
  }
};

/// What `ExponentialLoss` computes; `y` is 0 or 1.
struct Exponential {
  static double loss(double y, double raw) {
    const double e = std::exp(raw);
    return y / e + (1 - y) * e;
  }
  static double gradient(double y, double raw) {
    const double e = std::exp(raw);
    return -y / e + (1 - y) * e;
  }
};

/// What `HalfMultinomialLoss` computes of one row; `y` is a class code.
struct HalfMultinomial {
  static double loss(double y, const double* raw, std::size_t n_classes) {
    const double largest = largest_of(raw, n_classes);
    double sum = 0;
    for (std::size_t k = 0; k < n_classes; ++k) {
      sum += std::exp(raw[k] - largest);
    }
    return std::log(sum) + largest - raw[static_cast<std::size_t>(y)];
  }
  static void gradient(double y, const double* raw, std::size_t n_classes, double* result) {
    const double largest = largest_of(raw, n_classes);
    double sum = 0;
    for (std::size_t k = 0; k < n_classes; ++k) {
      result[k] = std::exp(raw[k] - largest);
      sum += result[k];
    }
    for (std::size_t k = 0; k < n_classes; ++k) {
      result[k] = result[k] / sum - static_cast<double>(y == static_cast<double>(k));
    }
  }

 private:
  static double largest_of(const double* raw, std::size_t n_classes) {
    double largest = raw[0];
    for (std::size_t k = 1; k < n_classes; ++k) {
      if (largest < raw[k]) {
        largest = raw[k];
      }
    }
    return largest;
  }
};

/// A loss, and its parameter: the quantile of kQuantile, the delta of kHuber.
struct ParametrisedLoss {
  BoostingLoss loss = BoostingLoss::kSquaredError;
  double parameter = 0.5;

  /// Calls `visit` with the loss of one output, by its type; not for several outputs.
  template <typename Visit>
  void visit(Visit&& visit) const {
    switch (loss) {
      case BoostingLoss::kLogLoss:
        visit(HalfBinomial{});
        break;
      case BoostingLoss::kExponential:
        visit(Exponential{});
        break;
      case BoostingLoss::kAbsoluteError:
        visit(AbsoluteError{});
        break;
      case BoostingLoss::kQuantile:
        visit(Pinball{parameter});
        break;
      case BoostingLoss::kHuber:
        visit(Huber{parameter});
        break;
      case BoostingLoss::kSquaredError:
        visit(HalfSquaredError{});
    }
  }
};

}  // namespace tenfold::boosting
