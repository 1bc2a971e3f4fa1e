#include "trees/ordered/clean_scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace tenfold::ordered {
namespace {

using Positions = std::vector<std::uint32_t>;

/// scikit-learn's rule, position by position: `update` adds samples where that takes fewer steps.
bool adds_all_the_way(const Positions& blocked, std::uint32_t n, std::uint32_t min_samples_leaf) {
  std::uint32_t before = 0;
  for (std::uint32_t p = 1; p < n; ++p) {
    if (std::ranges::binary_search(blocked, p) || p < min_samples_leaf || n - p < min_samples_leaf) {
      continue;
    }
    if (p - before > n - p) {
      return false;
    }
    before = p;
  }
  return true;
}

TEST(CleanScan, KnowsWhereStepsGoForward) {
  EXPECT_TRUE(goes_forward(Positions{}, 10, 1));
  EXPECT_TRUE(goes_forward(Positions{5}, 10, 1));
  EXPECT_FALSE(goes_forward(Positions{8}, 10, 1));  // two samples behind, one left
  EXPECT_TRUE(goes_forward(Positions{8}, 10, 2));   // nobody asks for position 9
  std::mt19937 random(1);
  int forward = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::uint32_t n = 2 + static_cast<std::uint32_t>(random()) % 30;
    const std::uint32_t min_samples_leaf = 1 + static_cast<std::uint32_t>(random()) % (n / 2);
    const auto share = static_cast<std::uint32_t>(1 + random() % 8);
    Positions blocked;
    for (std::uint32_t p = 1; p < n; ++p) {
      if (random() % share == 0) {
        blocked.push_back(p);
      }
    }
    const bool expected = adds_all_the_way(blocked, n, min_samples_leaf);
    ASSERT_EQ(goes_forward(blocked, n, min_samples_leaf), expected);
    forward += static_cast<int>(expected);
  }
  EXPECT_GT(forward, 2000);
  EXPECT_LT(forward, 19'500);
}

TEST(CleanScan, LeavesBlockedPositionsOut) {
  // The targets change at 50 of 100; the nearest position that is a split is looked for.
  std::vector<Moments::Sample> samples;
  std::vector<std::uint32_t> order;
  double sum = 0.0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    samples.push_back({i < 50 ? 0.0 : 1.0, 1.0});
    sum += samples.back().weighted_target;
    order.push_back(i);
  }
  const CleanNode node{samples.data(), true, sum, 100.0, 0.0, 100, 1};
  const Positions blocked{49, 50};
  std::vector<CleanOrder> orders{{order.data(), {}}, {order.data(), blocked}};
  std::vector<CleanResult> results(2);
  scan_clean_orders(node, orders, -std::numeric_limits<double>::infinity(), results);
  EXPECT_EQ(results[0].position, 50U);
  EXPECT_EQ(results[1].position, 51U);
  EXPECT_LT(results[1].proxy, results[0].proxy);
}

}  // namespace
}  // namespace tenfold::ordered
