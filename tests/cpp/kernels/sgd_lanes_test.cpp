// Candidates that are descended in step, beside the same ones alone and beside the steps written out.

#include "kernels/sgd_lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace tenfold::kernels {
namespace {

constexpr std::size_t kRows = 57;
constexpr std::size_t kColumns = 5;

struct Data {
  std::vector<double> values, targets, weights;

  Data() : values(kRows * kColumns), targets(kRows), weights(kRows, 1.0) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = std::sin(static_cast<double>(i * i));
    }
    for (std::size_t i = 0; i < kRows; ++i) {
      targets[i] = values[i * kColumns] + values[i * kColumns + 1] > 0.1 ? 1.0 : -1.0;
    }
  }

  DescentRows rows() const {
    return {.values = values.data(), .targets = targets, .weights = weights, .n_columns = kColumns};
  }
};

std::vector<SgdSettings> some_candidates() {
  std::vector<SgdSettings> candidates;
  for (const double alpha : {1e-4, 1e-3, 1e-2, 0.1, 0.3}) {
    for (const bool truncates : {false, true}) {
      candidates.push_back({.loss_parameter = 1.0,
                            .truncates = truncates,
                            .alpha = alpha,
                            .l1_ratio = truncates ? 0.4 : 0.0,
                            .tol = 1e-3,
                            .max_iter = 40,
                            .n_iter_no_change = 3});
    }
  }
  return candidates;
}

/// Hinge loss and an L2 penalty, a row after the other.
std::vector<double> written_out(const Data& data, const SgdSettings& set, std::uint32_t seed) {
  std::vector<double> w(kColumns);
  double intercept = 0.0, scale = 1.0, t = 1.0;
  std::vector<int> order(kRows);
  std::iota(order.begin(), order.end(), 0);
  const double typical = std::sqrt(1.0 / std::sqrt(set.alpha));
  const double optimal_init = 1.0 / (typical * set.alpha);
  for (std::uint32_t epoch = 0; epoch < set.max_iter; ++epoch) {
    shuffle_order(order, seed);
    for (const int i : order) {
      const double* row = data.values.data() + static_cast<std::size_t>(i) * kColumns;
      const double y = data.targets[static_cast<std::size_t>(i)];
      double p = 0.0;
      for (std::size_t j = 0; j < kColumns; ++j) {
        p += w[j] * row[j];
      }
      p = p * scale + intercept;
      const double eta = 1.0 / (set.alpha * (optimal_init + t - 1));
      const double update = p * y <= 1.0 ? eta * y : 0.0;
      scale *= std::max(0.0, 1.0 - eta * set.alpha);
      for (std::size_t j = 0; update != 0.0 && j < kColumns; ++j) {
        w[j] += row[j] * (update / scale);
      }
      intercept += update;
      t += 1;
    }
  }
  for (double& one : w) {
    one *= scale;
  }
  return w;
}

TEST(SgdLanes, ACandidateIsTheSameInWhateverCompany) {
  if (!has_lanes()) {
    GTEST_SKIP() << "no AVX2";
  }
  const Data data;
  const auto candidates = some_candidates();
  const auto together = descend_sgd(data.rows(), candidates, true, 7, 1.0);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto alone = descend_sgd(data.rows(), std::span(candidates).subspan(i, 1), true, 7, 1.0);
    EXPECT_EQ(together[i].coef, alone[0].coef);
    EXPECT_EQ(together[i].intercept, alone[0].intercept);
    EXPECT_EQ(together[i].n_iter, alone[0].n_iter);
    EXPECT_TRUE(together[i].sound);
  }
}

TEST(SgdLanes, StepsAreThoseWrittenOut) {
  if (!has_lanes()) {
    GTEST_SKIP() << "no AVX2";
  }
  const Data data;
  std::vector<SgdSettings> candidates{some_candidates()[2], some_candidates()[4]};
  for (SgdSettings& one : candidates) {
    one.max_iter = 6;
    one.n_iter_no_change = 100;
  }
  const auto fits = descend_sgd(data.rows(), candidates, true, 3, 1.0);
  EXPECT_EQ(fits[0].coef, written_out(data, candidates[0], 3));
  EXPECT_EQ(fits[1].coef, written_out(data, candidates[1], 3));
}

TEST(SgdLanes, SparseRowsAreTheSameRows) {
  if (!has_lanes()) {
    GTEST_SKIP() << "no AVX2";
  }
  const Data data;
  std::vector<int> columns(data.values.size()), starts(kRows + 1);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i] = static_cast<int>(i % kColumns);
  }
  for (std::size_t i = 0; i <= kRows; ++i) {
    starts[i] = static_cast<int>(i * kColumns);
  }
  auto sparse = data.rows();
  sparse.columns = columns.data();
  sparse.starts = starts.data();
  const auto candidates = some_candidates();
  const auto from_dense = descend_sgd(data.rows(), candidates, true, 1, 1.0);
  const auto from_sparse = descend_sgd(sparse, candidates, true, 1, 1.0);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    EXPECT_EQ(from_dense[i].coef, from_sparse[i].coef);
  }
}

}  // namespace
}  // namespace tenfold::kernels
