// Candidates of SAG and SAGA that are descended in step, beside the same ones alone.

#include "kernels/sag_lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace tenfold::kernels {
namespace {

constexpr std::size_t kRows = 43;
constexpr std::size_t kColumns = 4;

TEST(SagLanes, ACandidateIsTheSameInWhateverCompany) {
  if (!has_lanes()) {
    GTEST_SKIP() << "no AVX2";
  }
  std::vector<double> values(kRows * kColumns), targets(kRows);
  const std::vector<double> weights(kRows, 1.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(static_cast<double>(i * i));
  }
  for (const std::size_t n_classes : {std::size_t{1}, std::size_t{3}}) {
    for (std::size_t i = 0; i < kRows; ++i) {
      targets[i] = static_cast<double>((i * i) % (n_classes == 1 ? 2 : n_classes));
    }
    const DescentRows rows{
        .values = values.data(), .targets = targets, .weights = weights, .n_columns = kColumns};
    const SagProblem problem{.loss = n_classes == 1 ? AverageLoss::kHalfBinomial : AverageLoss::kMultinomial,
                             .n_classes = n_classes,
                             .saga = true,
                             .seed = 5};
    std::vector<SagSettings> candidates;
    for (const double alpha : {1e-4, 1e-2, 0.1, 1e6}) {  // the last one rescales its weights within an epoch
      for (const double beta : {0.0, 1e-3, 0.1}) {
        candidates.push_back(
            {.step_size = 0.1 / (1.0 + alpha), .alpha = alpha, .beta = beta, .tol = 1e-3, .max_iter = 20});
      }
    }
    const auto together = descend_sag(rows, problem, candidates);
    bool stopped = false;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const auto alone = descend_sag(rows, problem, std::span(candidates).subspan(i, 1));
      EXPECT_EQ(together[i].coef, alone[0].coef);
      EXPECT_EQ(together[i].intercept, alone[0].intercept);
      EXPECT_EQ(together[i].n_iter, alone[0].n_iter);
      EXPECT_EQ(together[i].sound, alone[0].sound);
      stopped |= alone[0].n_iter < 20;
    }
    EXPECT_TRUE(stopped);
  }
}

}  // namespace
}  // namespace tenfold::kernels
