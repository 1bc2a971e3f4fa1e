#pragma once

/// Stochastic average gradient (SAG and SAGA) on dense rows, step for step and to the last bit as
/// scikit-learn's `sag64` goes, several candidates in step (lanes.hpp).
///
/// After `linear_model/_sag_fast.pyx.tp` of scikit-learn 1.9. Dense rows have no zeros that are skipped, so
/// each step of the average gradient is awaited by all columns alike and is at most one row old: of the
/// cumulative sums the last two are enough.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/lanes.hpp"

namespace tenfold::kernels {

enum class AverageLoss { kHalfBinomial, kMultinomial, kHalfSquared };

/// One candidate.
struct SagSettings {
  double step_size = 0.0;
  double alpha = 0.0;  ///< L2, divided by the number of rows
  double beta = 0.0;   ///< L1, likewise; SAGA alone looks at it
  double tol = 0.0;
  int max_iter = 1;
};

/// What all candidates have in common.
struct SagProblem {
  AverageLoss loss = AverageLoss::kHalfBinomial;
  std::size_t n_classes = 1;  ///< 1 but for the multinomial loss
  bool saga = false;
  bool fits_intercept = true;
  std::uint32_t seed = 1;
};

struct SagFit {
  std::vector<double> coef;  ///< a row a column of X, a column a class
  std::vector<double> intercept;
  int n_iter = 0;
  /// False where numbers overflowed, which scikit-learn raises for, or where it takes steps twice: where it
  /// rescales weights after the last row of an epoch.
  bool sound = true;
};

/// Descend for each candidate; the result of one does not depend on the others. Rows must be dense.
std::vector<SagFit> descend_sag(const DescentRows& rows, const SagProblem& problem,
                                std::span<const SagSettings> candidates);

}  // namespace tenfold::kernels
