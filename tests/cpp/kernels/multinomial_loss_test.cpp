// Losses and gradients of a few rows, beside the same written out.

#include "kernels/multinomial_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace tenfold::kernels {
namespace {

TEST(MultinomialLoss, IsThatWrittenOut) {
  const std::vector<double> given{0.5, -1, 2, 3, 3, 1};
  const std::vector<double> intercepts{0.25, 1, -0.5};
  const std::vector<double> classes{2, 0};
  const std::vector<double> weights{2, 0.3};
  for (const bool weighs : {false, true}) {
    for (const bool adds : {false, true}) {
      std::vector<double> scores = given, losses(2), sums(3), expected_sums(3);
      multinomial_loss({.n_classes = 3,
                        .classes = classes,
                        .weights = weighs ? std::span<const double>(weights) : std::span<const double>(),
                        .total = 2.3},
                       scores.data(), adds ? std::span<const double>(intercepts) : std::span<const double>(),
                       losses.data(), sums.data());
      for (std::size_t i = 0; i < 2; ++i) {
        double row[3], powers[3], sum = 0, largest = -100;
        for (std::size_t k = 0; k < 3; ++k) {
          row[k] = given[3 * i + k] + (adds ? intercepts[k] : 0);
          largest = std::fmax(largest, row[k]);
        }
        for (std::size_t k = 0; k < 3; ++k) {
          powers[k] = std::exp(row[k] - largest);
          sum += powers[k];
        }
        const double weight = weighs ? weights[i] : 1;
        const auto own = static_cast<std::size_t>(classes[i]);
        EXPECT_EQ(losses[i], (std::log(sum) + largest - row[own]) * weight);
        for (std::size_t k = 0; k < 3; ++k) {
          const double gradient = (powers[k] / sum - (k == own ? 1 : 0)) * weight / 2.3;
          EXPECT_EQ(scores[3 * i + k], gradient);
          expected_sums[k] += gradient;
        }
      }
      EXPECT_EQ(sums, expected_sums);
    }
  }
}

}  // namespace
}  // namespace tenfold::kernels
