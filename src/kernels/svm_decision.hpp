#pragma once

/// What trained support vector machines decide, with libsvm's sums: a row's kernel values times coefficients,
/// one support vector after the other. Rows do not touch each other, so several are summed side by side.
///
/// Source: svm_predict_values of sklearn/svm/src/libsvm/svm.cpp, the same in scikit-learn 1.5 to 1.9.

#include <cstddef>
#include <span>

namespace tenfold::kernels {

/// A trained machine, as scikit-learn keeps it.
struct Decision {
  std::span<const int> support;       ///< columns of the kernel
  std::span<const int> n_support;     ///< a class; empty of regression
  std::span<const double> dual;       ///< n_classes - 1 rows of support.size(), of regression one row
  std::span<const double> intercept;  ///< a pair
};

/// One decision a row of `kernel` (n_rows x n_columns) and a pair of classes, n_rows x intercept.size().
void decide(const double* kernel, std::size_t n_rows, std::size_t n_columns, const Decision& machine,
            double* out);

/// The class that most pairs vote for, the first of several, for each row of decisions.
void vote(const double* decisions, std::size_t n_rows, std::size_t n_classes, double* out);

}  // namespace tenfold::kernels
