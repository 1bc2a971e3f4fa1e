#pragma once

/// Libsvm's sequential minimal optimisation over a kernel matrix, step for step and bit for bit.
///
/// Words of this file:
///   row       a training row, and the row of the kernel matrix that belongs to it
///   variable  a dual variable alpha; regression has two a row, of opposite signs
///   sign      y of libsvm: +1 or -1, of a variable
///   place     where a variable stands: shrinking moves variables, those that are active to the front
///   side      variables that may be paired: all of them, or with nu those of one sign
///   Q         sign * sign * kernel, in single precision
///
/// What libsvm does in doubles and in which order decides its result, so all of that is kept: which pair is
/// taken where several are as good (the last in the order of places), when it shrinks and what it swaps then,
/// the order of each sum. What cannot be seen in a result is done otherwise: rows of Q are cut from one
/// matrix of floats that all problems share, loops over variables run in blocks that a compiler turns into
/// vectors, the first half of selecting a pair runs with the update before it, and rows in the order of
/// places are dropped when the places change, where libsvm swaps elements of every cached row.
///
/// Source: class Solver, Solver_NU and the Q matrices of sklearn/svm/src/libsvm/svm.cpp, the same in
/// scikit-learn 1.5 to 1.9. R.-E. Fan, P.-H. Chen, C.-J. Lin. Working set selection using second order
/// information for training support vector machines. JMLR 6 (2005). LIBSVM's terms
/// stand in LIBSVM_COPYRIGHT.

#include <cstddef>
#include <span>
#include <vector>

namespace tenfold::kernels {

/// A symmetric kernel between training rows.
class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Its values in one row, rounded; finite and below 1e38. They stay.
  virtual const float* row(int number) = 0;
  /// Not rounded.
  [[nodiscard]] virtual std::span<const double> diagonal() const = 0;
};

/// What one call solves: min 1/2 a'Qa + p'a with sign'a constant and 0 <= a <= upper.
struct DualProblem {
  std::vector<int> rows;      ///< of each variable
  std::vector<double> signs;  ///< +1.0 or -1.0
  std::vector<double> p;
  std::vector<double> upper;  ///< libsvm's C
  std::vector<double> alpha;  ///< where to begin
  bool nu = false;            ///< whether pairs must be of one sign
};

struct SolverSettings {
  double tol = 1e-3;
  bool shrinking = true;
  int max_iter = -1;  ///< -1: no limit
  /// Rows in the order of places take no more memory than this, or four rows.
  std::size_t most_bytes = std::size_t{128} << 20;
};

struct DualSolution {
  std::vector<double> alpha;
  double rho = 0.0;
  double r = 0.0;  ///< of nu
  int n_iter = 0;
  bool stopped = false;  ///< by max_iter
};

/// Solves.
DualSolution solve(Kernel& kernel, DualProblem problem, const SolverSettings& settings);

}  // namespace tenfold::kernels
