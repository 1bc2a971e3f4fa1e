#pragma once

/// Stochastic gradient descent of linear models as scikit-learn's `_plain_sgd64` does it, step for step and
/// to the last bit, several candidates in step (lanes.hpp).
///
/// After `linear_model/_sgd_fast.pyx.tp` and `utils/_weight_vector.pyx.tp` of scikit-learn 1.9. Not followed:
/// averages, early stopping on rows set aside, passive-aggressive steps, one-class models.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/lanes.hpp"
#include "kernels/sample_loss.hpp"

namespace tenfold::kernels {

enum class LearningRate { kConstant, kOptimal, kInverseScaling, kAdaptive };

/// One candidate.
struct SgdSettings {
  SampleLoss loss = SampleLoss::kHinge;
  double loss_parameter = 0.0;
  bool scales = true;      ///< the penalty has an L2 part: weights are scaled down
  bool truncates = false;  ///< the penalty has an L1 part
  double alpha = 0.0;
  double l1_ratio = 0.0;  ///< 0 where there is no L1 part, 1 where there is no other
  LearningRate rate = LearningRate::kOptimal;
  double eta0 = 0.0;
  double power_t = 0.0;
  double tol = 0.0;  ///< minus infinity: never stops before max_iter
  std::uint32_t max_iter = 1;
  int n_iter_no_change = 1;
  bool fits_intercept = true;
  double positive_weight = 1.0;
  double negative_weight = 1.0;
};

struct SgdFit {
  std::vector<double> coef;
  double intercept = 0.0;
  std::uint32_t n_iter = 0;
  /// False where numbers overflowed, which scikit-learn raises for, or where a weight was scaled to nothing.
  bool sound = true;
};

/// Descend for each candidate; in any case the result of one does not depend on the others.
std::vector<SgdFit> descend_sgd(const DescentRows& rows, std::span<const SgdSettings> candidates,
                                bool shuffles, std::uint32_t seed, double intercept_decay);

}  // namespace tenfold::kernels
