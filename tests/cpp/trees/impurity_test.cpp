#include "trees/impurity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tenfold {
namespace {

using Counts = std::vector<std::uint32_t>;

double total(const Counts& counts) {
  double sum = 0.0;
  for (const std::uint32_t count : counts) {
    sum += count;
  }
  return sum;
}

TEST(Impurity, KnownValues) {
  EXPECT_EQ(gini(Counts{5, 5}, 10), 0.5);
  EXPECT_EQ(gini(Counts{7, 0}, 7), 0.0);
  EXPECT_EQ(entropy(Counts{4, 4}, 8), 1.0);
  EXPECT_EQ(entropy(Counts{0, 9, 0}, 9), 0.0);
  EXPECT_NEAR(entropy(Counts{1, 2, 3}, 6), 1.4591479170272448, 1e-15);
}

TEST(Impurity, SmallTermsAreTheExactTerms) {
  const SmallEntropyTerms& terms = SmallEntropyTerms::instance();
  for (std::size_t weight = 1; weight <= SmallEntropyTerms::kLargestWeight; ++weight) {
    for (std::size_t count = 0; count <= weight; ++count) {
      ASSERT_EQ(terms.of_weight(weight)[count],
                entropy_term(static_cast<double>(count), static_cast<double>(weight)));
    }
  }
}

/// What the search relies on: potentials order two splits of a node as scikit-learn's proxies do,
/// wherever they differ by more than the slack.
TEST(EntropyPotential, OrdersSplitsAsTheProxyDoes) {
  std::mt19937 random(3);
  int decided = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::size_t n_classes = 2 + random() % 9;
    Counts node(n_classes);
    for (std::uint32_t& count : node) {
      count = 1 + static_cast<std::uint32_t>(random() % (1U << (1 + trial % 12)));
    }
    const double weight = total(node);
    const EntropyPotential potential(static_cast<std::size_t>(weight));
    std::vector<std::pair<std::int64_t, double>> splits;
    for (int s = 0; s < 2; ++s) {
      Counts left(n_classes);
      Counts right(n_classes);
      for (std::size_t k = 0; k < n_classes; ++k) {
        left[k] = static_cast<std::uint32_t>(random() % (node[k] + 1));
        right[k] = node[k] - left[k];
      }
      left[0] = std::max(left[0], std::uint32_t{1});
      right[0] = node[0] - left[0];
      const double weight_left = total(left);
      const double weight_right = weight - weight_left;
      if (weight_right == 0.0) {
        break;
      }
      std::int64_t value = -potential(static_cast<std::size_t>(weight_left)) -
                           potential(static_cast<std::size_t>(weight_right));
      for (std::size_t k = 0; k < n_classes; ++k) {
        value += potential(left[k]) + potential(right[k]);
      }
      splits.emplace_back(value, proxy_improvement(entropy(left, weight_left), weight_left,
                                                   entropy(right, weight_right), weight_right));
    }
    if (splits.size() == 2 && splits[0].first > splits[1].first + entropy_slack(n_classes, weight)) {
      ++decided;
      ASSERT_GT(splits[0].second, splits[1].second);
    }
  }
  EXPECT_GT(decided, 5000) << "the slack leaves too little decided";
}

TEST(Improvement, IsWeightedByTheTree) {
  // A perfect split of a node that holds half of the tree's weight.
  EXPECT_EQ(improvement(20, 10, 0.5, 5, 0.0, 5, 0.0), 0.25);
}

}  // namespace
}  // namespace tenfold
