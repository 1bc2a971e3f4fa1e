#pragma once

/// Kernels between rows, with libsvm's arithmetic as scikit-learn compiles it.
///
/// Words of this file:
///   product  what a kernel needs of a pair of rows and what no parameter changes: their dot product, or
///   their
///            squared distance
///   kernel   a function of a product and of parameters (gamma, coef0, degree)
///
/// libsvm computes the squared distance of an RBF kernel in two ways: from dot products where it trains, from
/// the difference of the rows where it predicts. The two differ in their last bits, and so there are two
/// (training_kernel.hpp has the other). Dot products are those of a BLAS that the caller hands in: which one
/// it is decides their bits.
///
/// Source: sklearn/svm/src/libsvm/svm.cpp of scikit-learn 1.9 (class Kernel), compiled with _DENSE_REP.

#include <cstddef>
#include <span>

namespace tenfold::kernels {

/// BLAS' ddot: n, x, increment of x, y, increment of y; nothing is written.
using Dot = double (*)(int*, double*, int*, double*, int*);

enum class Kind { kLinear, kPolynomial, kRbf, kSigmoid };

struct Parameters {
  Kind kind = Kind::kRbf;
  double gamma = 0.0;
  double coef0 = 0.0;
  int degree = 0;
};

/// Rows of doubles, one after the other.
struct Rows {
  double* data = nullptr;  // not written: BLAS has no const
  std::size_t n_rows = 0;
  std::size_t n_columns = 0;
};

/// The dot product of two rows.
double dot_of(Dot dot, double* x, double* y, std::size_t n);

/// The kernel of a product.
double kernel_of(const Parameters& parameters, double product);

/// Products of each of `rows` with those rows of `others` that `columns` names, as prediction has them; `out`
/// is rows.n_rows x others.n_rows, and only the named columns are written.
void prediction_products(Rows rows, Rows others, bool squared_distance, std::span<const int> columns, Dot dot,
                         double* out);

/// The kernel of the named columns of products, n_rows x n_columns.
void apply_columns(const Parameters& parameters, const double* products, std::size_t n_rows,
                   std::size_t n_columns, std::span<const int> columns, double* out);

}  // namespace tenfold::kernels
