#pragma once

/// The loss of a multinomial logistic regression and its gradient by scores, a pass over the rows.
///
/// Element by element and sum by sum as `CyHalfMultinomialLoss` of scikit-learn's `_loss/_loss.pyx.tp` (1.5
/// to 1.9) has them, with the C library's `exp` and `log`; with what `_linear_loss.py` does before and after:
/// the intercepts added, means made of sums, and gradients of intercepts summed in the order of the rows.

#include <cstddef>
#include <span>

namespace tenfold::kernels {

struct MultinomialRows {
  std::size_t n_classes = 0;
  std::span<const double> classes;  ///< of each row, its number
  std::span<const double> weights;  ///< of each row, or empty
  double total = 1.0;               ///< of weights, or the number of rows
};

/// @param scores (n_rows, n_classes); their gradients, divided by the total, come into their place
/// @param intercepts one a class, or empty
/// @param losses one a row, not divided
/// @param intercept_gradients one a class
void multinomial_loss(const MultinomialRows& rows, double* scores, std::span<const double> intercepts,
                      double* losses, double* intercept_gradients);

}  // namespace tenfold::kernels
