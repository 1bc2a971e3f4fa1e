// One batch through a small network, beside the same written out.

#include "kernels/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tenfold::kernels {
namespace {

constexpr double kMargin = std::numeric_limits<double>::epsilon();

TEST(Network, LaysParametersOutAsMatricesAndThenIntercepts) {
  Network network({3, 4, 2}, 5, Activation::kRelu, Output::kNumbers);
  EXPECT_EQ(network.n_weights(), 3u * 4 + 4 * 2);
  EXPECT_EQ(network.parameters().size(), 3u * 4 + 4 * 2 + 4 + 2);
  EXPECT_EQ(network.activations(0).size(), 15u);
  EXPECT_EQ(network.deltas(0).size(), 0u);
  EXPECT_EQ(network.deltas(2).size(), 10u);
}

TEST(Network, TakesRowsInTheirOrder) {
  Network network({2, 1}, 3, Activation::kRelu, Output::kNumbers);
  const std::vector<double> X{0, 1, 2, 3, 4, 5};
  const std::vector<std::int64_t> rows{2, 0};
  network.take_rows(X.data(), rows);
  EXPECT_EQ(std::vector<double>(network.activations(0).begin(), network.activations(0).begin() + 4),
            (std::vector<double>{4, 5, 0, 1}));
}

TEST(Network, RectifiesHiddenLayersAndKeepsWhatIsMissing) {
  Network network({1, 3, 1}, 1, Activation::kRelu, Output::kNumbers);
  const auto intercepts = network.parameters().subspan(network.n_weights(), 3);
  intercepts[0] = 1;
  intercepts[1] = -1;
  const auto sums = network.activations(1);
  sums[0] = 2;
  sums[1] = 0.5;
  sums[2] = std::numeric_limits<double>::quiet_NaN();
  network.add_intercepts(1, 1);
  EXPECT_EQ(sums[0], 3);
  EXPECT_EQ(sums[1], 0);
  EXPECT_TRUE(std::isnan(sums[2]));
  const auto deltas = network.deltas(1);
  deltas[0] = deltas[1] = 7;
  network.differentiate(1, 1);
  EXPECT_EQ(deltas[0], 7);
  EXPECT_EQ(deltas[1], 0);
}

TEST(Network, FinishesClasses) {
  Network network({1, 3}, 2, Activation::kRelu, Output::kClasses);
  const std::vector<double> y{0, 1, 0, 1, 0, 0};
  const std::vector<std::int64_t> rows{0, 1};
  network.take_targets(y.data(), rows);
  const auto outputs = network.activations(1);
  const std::vector<double> sums{1, 5, 2, 4, 4, 3};
  std::copy(sums.begin(), sums.end(), outputs.begin());
  network.add_intercepts(1, 2);
  EXPECT_EQ(outputs[1], 0);
  EXPECT_EQ(outputs[0], -4);
  EXPECT_EQ(outputs[5], -1);
  const std::vector<double> powers{1, 2, 1, 0, 1, 1};
  std::copy(powers.begin(), powers.end(), outputs.begin());
  network.row_sums()[0] = 4;
  network.row_sums()[1] = 2;
  network.finish_outputs(2);
  EXPECT_EQ(network.losses()[0], 0.5);
  EXPECT_EQ(network.losses()[1], kMargin) << "no logarithm of nothing";
  EXPECT_EQ(network.deltas(1)[0], 0.25);
  EXPECT_EQ(network.deltas(1)[1], -0.5);
  EXPECT_EQ(network.deltas(1)[3], -1);
  std::vector<double> by_class(3);
  network.sum_by_class(2, by_class);
  EXPECT_EQ(by_class, (std::vector<double>{kMargin, 0.5, 0}));
}

TEST(Network, FinishesLabels) {
  Network network({1, 2}, 1, Activation::kRelu, Output::kLabels);
  const std::vector<double> y{1, 0};
  const std::vector<std::int64_t> rows{0};
  network.take_targets(y.data(), rows);
  network.activations(1)[0] = 0.25;
  network.activations(1)[1] = 1;
  network.finish_outputs(1);
  EXPECT_EQ(network.losses()[0], 0.25);
  EXPECT_EQ(network.losses()[1], 1 - (1 - kMargin));
  EXPECT_EQ(network.deltas(1)[0], -0.75);
  EXPECT_EQ(network.deltas(1)[1], 1);
}

TEST(Network, StepsOfAdamAreThoseWrittenOut) {
  Network network({1, 1}, 1, Activation::kRelu, Output::kNumbers);
  double weight = 0.3, m = 0, v = 0;
  network.parameters()[0] = weight;
  for (int step = 1; step < 4; ++step) {
    network.gradients()[0] = 0.7 * step;
    network.gradients()[1] = 0;
    network.step(AdamSettings{0.9, 0.99, 1e-8}, 0.1, 3, 0.01);
    const double gradient = (0.7 * step + 0.1 * weight) / 3;
    m = 0.9 * m + (1 - 0.9) * gradient;
    v = 0.99 * v + (1 - 0.99) * (gradient * gradient);
    weight += -0.01 * m / (std::sqrt(v) + 1e-8);
    EXPECT_EQ(network.parameters()[0], weight);
    EXPECT_EQ(network.parameters()[1], 0) << "intercepts do not decay";
  }
  EXPECT_TRUE(network.is_finite());
  network.second_moments()[1] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(network.is_finite());
}

TEST(Network, StepsWithMomentumAreThoseWrittenOut) {
  for (const bool nesterov : {false, true}) {
    Network network({1, 1}, 1, Activation::kTanh, Output::kNumbers);
    double weight = 0.3, velocity = 0;
    network.parameters()[0] = weight;
    for (int step = 1; step < 4; ++step) {
      network.gradients()[0] = 0.7 * step;
      network.step(MomentumSettings{0.9, nesterov}, 0.1, 3, 0.01);
      const double gradient = (0.7 * step + 0.1 * weight) / 3;
      velocity = 0.9 * velocity - 0.01 * gradient;
      weight += nesterov ? 0.9 * velocity - 0.01 * gradient : velocity;
      EXPECT_EQ(network.parameters()[0], weight);
    }
  }
}

}  // namespace
}  // namespace tenfold::kernels
