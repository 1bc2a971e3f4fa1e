#include "kernels/svm_training.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace tenfold::kernels {
namespace {

/// Rows of one problem, by the kernel matrix's numbers.
struct Rows {
  std::vector<int> rows;
  std::vector<double> targets;  ///< +1, -1, or numbers
  std::vector<double> weights;

  [[nodiscard]] std::size_t size() const { return rows.size(); }
};

DualProblem with_variables(std::size_t n, bool nu) {
  DualProblem problem;
  problem.rows.resize(n);
  problem.signs.resize(n);
  problem.p.resize(n);
  problem.upper.resize(n);
  problem.alpha.resize(n);
  problem.nu = nu;
  return problem;
}

/// alpha times the sign, a row; the solution's rho is that of the decision.
DualSolution solve_c_svc(Kernel& kernel, const Rows& data, double C_positive, double C_negative,
                         const SolverSettings& settings) {
  DualProblem problem = with_variables(data.size(), false);
  problem.rows = data.rows;
  for (std::size_t t = 0; t < data.size(); ++t) {
    const bool positive = data.targets[t] > 0;
    problem.signs[t] = positive ? 1.0 : -1.0;
    problem.p[t] = -1.0;
    problem.upper[t] = data.weights[t] * (positive ? C_positive : C_negative);
  }
  const std::vector<double> signs = problem.signs;
  DualSolution found = solve(kernel, std::move(problem), settings);
  for (std::size_t t = 0; t < data.size(); ++t) {
    found.alpha[t] *= signs[t];
  }
  return found;
}

DualSolution solve_nu_svc(Kernel& kernel, const Rows& data, double nu, const SolverSettings& settings) {
  DualProblem problem = with_variables(data.size(), true);
  problem.rows = data.rows;
  problem.upper = data.weights;
  double total = 0.0;
  for (const double weight : data.weights) {
    total += nu * weight;
  }
  double left_positive = total / 2;
  double left_negative = total / 2;
  for (std::size_t t = 0; t < data.size(); ++t) {
    const bool positive = data.targets[t] > 0;
    problem.signs[t] = positive ? 1.0 : -1.0;
    double& left = positive ? left_positive : left_negative;
    problem.alpha[t] = std::min(data.weights[t], left);
    left -= problem.alpha[t];
  }
  const std::vector<double> signs = problem.signs;
  DualSolution found = solve(kernel, std::move(problem), settings);
  for (std::size_t t = 0; t < data.size(); ++t) {
    found.alpha[t] *= signs[t] / found.r;
  }
  found.rho /= found.r;
  return found;
}

/// Regression's two variables a row, of which the difference is left.
DualSolution solve_svr(Kernel& kernel, const Rows& data, const MachineSettings& settings) {
  const std::size_t n = data.size();
  const bool nu = settings.machine == Machine::kNuSvr;
  DualProblem problem = with_variables(2 * n, nu);
  double left = 0.0;
  for (std::size_t t = 0; t < n; ++t) {
    problem.upper[t] = problem.upper[t + n] = data.weights[t] * settings.C;
    left += problem.upper[t] * settings.nu;
  }
  left /= 2;
  for (std::size_t t = 0; t < n; ++t) {
    problem.rows[t] = problem.rows[t + n] = data.rows[t];
    problem.signs[t] = 1.0;
    problem.signs[t + n] = -1.0;
    if (nu) {
      problem.alpha[t] = problem.alpha[t + n] = std::min(left, problem.upper[t]);
      left -= problem.alpha[t];
      problem.p[t] = -data.targets[t];
      problem.p[t + n] = data.targets[t];
    } else {
      problem.p[t] = settings.epsilon - data.targets[t];
      problem.p[t + n] = settings.epsilon + data.targets[t];
    }
  }
  DualSolution found = solve(kernel, std::move(problem), settings.solver);
  for (std::size_t t = 0; t < n; ++t) {
    found.alpha[t] -= found.alpha[t + n];
  }
  found.alpha.resize(n);
  return found;
}

Machines train_regression(Kernel& kernel, std::span<const double> targets, std::span<const double> weights,
                          const MachineSettings& settings) {
  Rows data;
  data.targets.assign(targets.begin(), targets.end());
  data.weights.assign(weights.begin(), weights.end());
  data.rows.resize(targets.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    data.rows[t] = static_cast<int>(t);
  }
  const DualSolution found = solve_svr(kernel, data, settings);
  Machines machines;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (std::fabs(found.alpha[t]) > 0) {
      machines.support.push_back(static_cast<int>(t));
      machines.dual.push_back(found.alpha[t]);
    }
  }
  const int n_support = static_cast<int>(machines.support.size());
  machines.n_support = {n_support, n_support};
  machines.rho = {found.rho};
  machines.n_iter = {found.n_iter};
  machines.stopped = found.stopped;
  return machines;
}

/// Rows of each class, in their order.
std::vector<Rows> by_class(std::span<const double> targets, std::span<const double> weights) {
  std::vector<Rows> classes;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const auto which = static_cast<std::size_t>(targets[t]);
    if (which >= classes.size()) {
      classes.resize(which + 1);
    }
    classes[which].rows.push_back(static_cast<int>(t));
    classes[which].weights.push_back(weights[t]);
  }
  return classes;
}

void need_feasible(const std::vector<Rows>& classes, double nu) {
  std::vector<double> totals;
  for (const Rows& one : classes) {
    double total = 0.0;
    for (const double weight : one.weights) {
      total += weight;
    }
    totals.push_back(total);
  }
  for (std::size_t i = 0; i < totals.size(); ++i) {
    for (std::size_t j = i + 1; j < totals.size(); ++j) {
      if (nu * (totals[i] + totals[j]) / 2 > std::min(totals[i], totals[j])) {
        throw std::invalid_argument("specified nu is infeasible");
      }
    }
  }
}

Rows pair_of(const Rows& first, const Rows& second) {
  Rows pair = first;
  pair.rows.insert(pair.rows.end(), second.rows.begin(), second.rows.end());
  pair.weights.insert(pair.weights.end(), second.weights.begin(), second.weights.end());
  pair.targets.assign(first.size(), 1.0);
  pair.targets.resize(pair.size(), -1.0);
  return pair;
}

/// Which rows of each class support any pair.
using Supports = std::vector<std::vector<bool>>;

void mark(Supports& supports, std::size_t i, std::size_t j, const std::vector<double>& alpha) {
  const std::size_t n_first = supports[i].size();
  for (std::size_t t = 0; t < alpha.size(); ++t) {
    if (std::fabs(alpha[t]) > 0) {
      t < n_first ? supports[i][t] = true : supports[j][t - n_first] = true;
    }
  }
}

/// Of one class's coefficients in a pair, those of rows that support any pair.
void write_coefficients(std::span<const double> alpha, const std::vector<bool>& supports,
                        std::span<double> out) {
  std::size_t n_written = 0;
  for (std::size_t t = 0; t < supports.size(); ++t) {
    if (supports[t]) {
      out[n_written++] = alpha[t];
    }
  }
}

Machines train_classes(Kernel& kernel, std::span<const double> targets, std::span<const double> weights,
                       const MachineSettings& settings) {
  const std::vector<Rows> classes = by_class(targets, weights);
  const std::size_t n_classes = classes.size();
  std::vector<double> penalty(n_classes, settings.C);
  for (std::size_t c = 0; c < settings.class_weights.size() && c < n_classes; ++c) {
    penalty[c] *= settings.class_weights[c];
  }
  const bool nu = settings.machine == Machine::kNuSvc;
  if (nu) {
    need_feasible(classes, settings.nu);
  }
  Machines machines;
  Supports supports;
  for (const Rows& one : classes) {
    supports.emplace_back(one.size());
  }
  std::vector<std::vector<double>> alphas;
  for (std::size_t i = 0; i < n_classes; ++i) {
    for (std::size_t j = i + 1; j < n_classes; ++j) {
      const Rows pair = pair_of(classes[i], classes[j]);
      DualSolution found = nu ? solve_nu_svc(kernel, pair, settings.nu, settings.solver)
                              : solve_c_svc(kernel, pair, penalty[i], penalty[j], settings.solver);
      mark(supports, i, j, found.alpha);
      machines.rho.push_back(found.rho);
      machines.n_iter.push_back(found.n_iter);
      machines.stopped = machines.stopped || found.stopped;
      alphas.push_back(std::move(found.alpha));
    }
  }
  std::vector<std::size_t> starts;
  for (std::size_t c = 0; c < n_classes; ++c) {
    starts.push_back(machines.support.size());
    for (std::size_t t = 0; t < classes[c].size(); ++t) {
      if (supports[c][t]) {
        machines.support.push_back(classes[c].rows[t]);
      }
    }
    machines.n_support.push_back(static_cast<int>(machines.support.size() - starts[c]));
  }
  // Of the pair (i, j) the coefficients of i stand in row j - 1, those of j in row i.
  const std::size_t n_support = machines.support.size();
  machines.dual.resize((n_classes - 1) * n_support);
  const std::span<double> dual(machines.dual);
  auto pair = alphas.cbegin();
  for (std::size_t i = 0; i < n_classes; ++i) {
    for (std::size_t j = i + 1; j < n_classes; ++j, ++pair) {
      const std::span<const double> alpha(*pair);
      write_coefficients(alpha, supports[i], dual.subspan((j - 1) * n_support + starts[i]));
      write_coefficients(alpha.subspan(supports[i].size()), supports[j],
                         dual.subspan(i * n_support + starts[j]));
    }
  }
  return machines;
}

}  // namespace

Machines train(Kernel& kernel, std::span<const double> targets, std::span<const double> weights,
               const MachineSettings& settings) {
  const bool regresses = settings.machine == Machine::kEpsilonSvr || settings.machine == Machine::kNuSvr;
  return regresses ? train_regression(kernel, targets, weights, settings)
                   : train_classes(kernel, targets, weights, settings);
}

}  // namespace tenfold::kernels
