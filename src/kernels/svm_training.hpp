#pragma once

/// Support vector machines on a kernel matrix, as libsvm trains them: the dual problem of each kind, and
/// classes one against one.
///
/// Source: solve_c_svc, solve_nu_svc, solve_epsilon_svr, solve_nu_svr and svm_train of
/// sklearn/svm/src/libsvm/svm.cpp, the same in scikit-learn 1.5 to 1.9.

#include <span>
#include <vector>

#include "kernels/smo_solver.hpp"

namespace tenfold::kernels {

enum class Machine { kCSvc, kNuSvc, kEpsilonSvr, kNuSvr };

struct MachineSettings {
  Machine machine = Machine::kCSvc;
  double C = 1.0;
  double nu = 0.5;
  double epsilon = 0.1;
  std::span<const double> class_weights;  ///< one a class, or none
  SolverSettings solver;
};

/// What training gives. Of classes there are pairs: (0, 1), (0, 2) ... (1, 2) ...
struct Machines {
  std::vector<int> support;    ///< rows, grouped by class
  std::vector<int> n_support;  ///< a class; of regression twice all
  std::vector<double> dual;    ///< n_classes - 1 rows of support.size(), of regression one row
  std::vector<double> rho;     ///< a pair
  std::vector<int> n_iter;     ///< a pair
  bool stopped = false;        ///< by max_iter, in any pair
};

/// Trains. `targets` are classes 0, 1 ... of which each is there, or numbers; `weights` are positive.
/// Throws std::invalid_argument where nu is infeasible.
Machines train(Kernel& kernel, std::span<const double> targets, std::span<const double> weights,
               const MachineSettings& settings);

}  // namespace tenfold::kernels
