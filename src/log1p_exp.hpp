#pragma once

#include <cmath>

namespace tenfold {

/// log(1 + exp(x)) as scikit-learn has it (`_loss/_loss.pyx.tp`). Each file has its own copy, since some are
/// compiled for newer processors.
static inline double log1p_exp(double x) {
  if (x <= -37) {
    return std::exp(x);
  }
  if (x <= -2) {
    return std::log1p(std::exp(x));
  }
  if (x <= 18) {
    return std::log(1. + std::exp(x));
  }
  if (x <= 33.3) {
    return x + std::exp(-x);
  }
  return x;
}

}  // namespace tenfold
