// Support vector machines: what a solution must fulfil, whatever finds it. That it is libsvm's to the last
// bit is for the Python tests, which have libsvm.

#include "kernels/svm_training.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

namespace tenfold::kernels {
namespace {

/// Rows on a noisy line, and an RBF kernel between them.
struct Data {
  /// The kernel as a matrix.
  struct Matrix final : Kernel {
    explicit Matrix(const Data& data) : data_(data) {}
    const float* row(int number) override {
      return data_.values.data() + static_cast<std::size_t>(number) * data_.diagonal.size();
    }
    [[nodiscard]] std::span<const double> diagonal() const override { return data_.diagonal; }

   private:
    const Data& data_;
  };

  explicit Data(std::size_t n) : values(n * n), diagonal(n, 1.0), targets(n), weights(n, 1.0) {
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = std::sin(static_cast<double>(7 * i * i + 1)) * 3.0;
      targets[i] = std::sin(static_cast<double>(13 * i * i + 2)) + x[i] > 0 ? 1.0 : 0.0;
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        values[i * n + j] = static_cast<float>(std::exp(-(x[i] - x[j]) * (x[i] - x[j])));
      }
    }
  }

  [[nodiscard]] Matrix kernel() const { return Matrix(*this); }

  /// The dual problem of C-SVC.
  [[nodiscard]] DualProblem problem(double C) const {
    DualProblem problem;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      problem.rows.push_back(static_cast<int>(i));
      problem.signs.push_back(targets[i] > 0 ? 1.0 : -1.0);
      problem.p.push_back(-1.0);
      problem.upper.push_back(C);
      problem.alpha.push_back(0.0);
    }
    return problem;
  }

  std::vector<float> values;
  std::vector<double> diagonal;
  std::vector<double> targets;
  std::vector<double> weights;
};

/// How far the best pair is from the optimum: libsvm's Gmax + Gmax2, all gradients anew.
double violation(const Data& data, const std::vector<double>& alpha, double C) {
  const std::size_t n = alpha.size();
  double up = -HUGE_VAL;
  double down = -HUGE_VAL;
  for (std::size_t i = 0; i < n; ++i) {
    const double sign = data.targets[i] > 0 ? 1.0 : -1.0;
    double gradient = -1.0;
    for (std::size_t j = 0; j < n; ++j) {
      gradient +=
          alpha[j] * sign * (data.targets[j] > 0 ? 1.0 : -1.0) * static_cast<double>(data.values[i * n + j]);
    }
    if (sign > 0 ? alpha[i] < C : alpha[i] > 0) {
      up = std::max(up, -sign * gradient);
    }
    if (sign > 0 ? alpha[i] > 0 : alpha[i] < C) {
      down = std::max(down, sign * gradient);
    }
  }
  return up + down;
}

TEST(SmoSolver, NoPairViolatesByMoreThanTheTolerance) {
  const Data data(150);
  for (const double C : {0.1, 10.0, 1000.0}) {
    for (const bool shrinking : {false, true}) {
      SolverSettings settings;
      settings.tol = 1e-4;
      settings.shrinking = shrinking;
      auto kernel = data.kernel();
      const DualSolution found = solve(kernel, data.problem(C), settings);
      double sum = 0.0;
      for (std::size_t i = 0; i < found.alpha.size(); ++i) {
        EXPECT_GE(found.alpha[i], 0.0);
        EXPECT_LE(found.alpha[i], C);
        sum += data.targets[i] > 0 ? found.alpha[i] : -found.alpha[i];
      }
      EXPECT_NEAR(sum, 0.0, 1e-9 * C);
      EXPECT_LT(violation(data, found.alpha, C), 1.01e-4);
      EXPECT_GT(found.n_iter, 0);
      EXPECT_FALSE(found.stopped);
    }
  }
}

TEST(SmoSolver, MemoryForRowsChangesNothing) {
  const Data data(200);
  SolverSettings ample;
  SolverSettings scarce;
  scarce.most_bytes = 0;  // four rows
  for (const double C : {100.0, 1000.0}) {
    auto kernel = data.kernel();
    const DualSolution a = solve(kernel, data.problem(C), ample);
    const DualSolution b = solve(kernel, data.problem(C), scarce);
    EXPECT_EQ(a.alpha, b.alpha);
    EXPECT_EQ(a.rho, b.rho);
    EXPECT_EQ(a.n_iter, b.n_iter);
    EXPECT_GT(a.n_iter, 200);  // it has shrunk
  }
}

TEST(SmoSolver, StopsWhereItIsTold) {
  const Data data(100);
  SolverSettings settings;
  settings.max_iter = 7;
  auto kernel = data.kernel();
  const DualSolution found = solve(kernel, data.problem(1.0), settings);
  EXPECT_EQ(found.n_iter, 7);
  EXPECT_TRUE(found.stopped);
}

TEST(SvmTraining, CoefficientsOfThreeClassesStandWhereLibsvmHasThem) {
  Data data(60);
  for (std::size_t i = 0; i < 60; ++i) {
    data.targets[i] = static_cast<double>(i % 3);
  }
  MachineSettings settings;
  auto kernel = data.kernel();
  const Machines found = train(kernel, data.targets, data.weights, settings);
  EXPECT_EQ(found.rho.size(), 3U);
  ASSERT_EQ(found.n_support.size(), 3U);
  const std::size_t n = found.support.size();
  EXPECT_EQ(found.dual.size(), 2 * n);
  std::size_t at = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    for (int k = 0; k < found.n_support[c]; ++k, ++at) {
      EXPECT_EQ(static_cast<std::size_t>(found.support[at]) % 3, c);
    }
  }
  // The first class is the positive one of both its pairs, the last the negative one of both.
  for (std::size_t k = 0; k < static_cast<std::size_t>(found.n_support[0]); ++k) {
    EXPECT_GE(found.dual[k], 0.0);
    EXPECT_GE(found.dual[n + k], 0.0);
  }
  for (std::size_t k = n - static_cast<std::size_t>(found.n_support[2]); k < n; ++k) {
    EXPECT_LE(found.dual[k], 0.0);
    EXPECT_LE(found.dual[n + k], 0.0);
  }
}

TEST(SvmTraining, NuThatIsInfeasibleIsRefused) {
  Data data(20);
  std::ranges::fill(data.targets, 0.0);
  data.targets[0] = 1.0;
  MachineSettings settings;
  settings.machine = Machine::kNuSvc;
  settings.nu = 0.5;
  auto kernel = data.kernel();
  EXPECT_THROW(train(kernel, data.targets, data.weights, settings), std::invalid_argument);
}

}  // namespace
}  // namespace tenfold::kernels
