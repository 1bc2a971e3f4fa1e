#pragma once

/// An epoch of stochastic gradient descent, four, eight or twelve candidates in step.

#include <cstddef>

#include "kernels/lanes.hpp"
#include "kernels/sgd_lanes.hpp"

namespace tenfold::kernels {

/// What the candidates of a block are at. Arrays of numbers have one a candidate.
struct SgdBlock {
  std::size_t width = 0;        ///< 4, 8 or 12: numbers in a row of weights
  std::size_t n_lanes = 0;      ///< candidates, at most ``width``
  double* weights = nullptr;    ///< a row a column of X
  double* penalties = nullptr;  ///< q of the truncated gradient, likewise
  const SgdSettings* const* settings = nullptr;
  const double* optimal_init = nullptr;
  double* wscale = nullptr;
  double* sq_norm = nullptr;
  double* l1_norm = nullptr;
  double* intercept = nullptr;
  double* u = nullptr;
  double* eta = nullptr;
  double* objective = nullptr;  ///< of this epoch, summed over rows
  /// Set where all weights are scaled to nothing: BLAS libraries differ in what a product with zero is.
  bool* vanished = nullptr;
  double t = 1.0;
};

/// Only where :cpp:func:`has_lanes`.
void run_sgd_epoch(const DescentRows& rows, const int* order, std::size_t n_rows, double intercept_decay,
                   SgdBlock& block);

}  // namespace tenfold::kernels
