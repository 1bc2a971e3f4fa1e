#include "trees/feature_draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

namespace tenfold {
namespace {

std::vector<std::uint32_t> drawn(FeatureDraw& draw, std::uint32_t max_features, std::uint32_t n_known,
                                 const std::set<std::uint32_t>& constant, std::uint32_t& n_constants) {
  std::vector<std::uint32_t> shown;
  n_constants = draw.draw(max_features, n_known, [&](std::uint32_t feature) {
    shown.push_back(feature);
    return constant.contains(feature);
  });
  return shown;
}

TEST(FeatureDraw, ShowsEachFeatureAtMostOnce) {
  FeatureDraw draw;
  draw.restart(7, 12);
  std::uint32_t n_constants = 0;
  std::vector<std::uint32_t> shown = drawn(draw, 12, 0, {}, n_constants);
  std::ranges::sort(shown);
  EXPECT_EQ(shown, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(n_constants, 0U);
}

TEST(FeatureDraw, DrawsOnUntilOneIsNotConstant) {
  const std::set<std::uint32_t> constant{0, 1, 2, 4, 5};
  for (std::uint32_t seed = 1; seed < 200; ++seed) {
    FeatureDraw draw;
    draw.restart(seed, 6);
    std::uint32_t n_constants = 0;
    const std::vector<std::uint32_t> shown = drawn(draw, 1, 0, constant, n_constants);
    EXPECT_EQ(shown.back(), 3U) << "seed " << seed;
    const std::span<const std::uint32_t> known = draw.constants(n_constants);
    EXPECT_TRUE(std::ranges::equal(known, std::span(shown).first(shown.size() - 1))) << "seed " << seed;
  }
}

TEST(FeatureDraw, DoesNotShowWhatIsKnownToBeConstant) {
  const std::set<std::uint32_t> constant{1, 3};
  for (std::uint32_t seed = 1; seed < 200; ++seed) {
    FeatureDraw draw;
    draw.restart(seed, 5);
    std::uint32_t n_constants = 0;
    drawn(draw, 5, 0, constant, n_constants);
    ASSERT_EQ(n_constants, 2U);
    // A child, and its sibling after it: both know what their parent knew, in the same order.
    const std::vector<std::uint32_t> known(draw.constants(2).begin(), draw.constants(2).end());
    for (int child = 0; child < 2; ++child) {
      std::vector<std::uint32_t> shown = drawn(draw, 5, 2, constant, n_constants);
      std::ranges::sort(shown);
      EXPECT_EQ(shown, (std::vector<std::uint32_t>{0, 2, 4})) << "seed " << seed;
      EXPECT_EQ(n_constants, 2U);
      EXPECT_TRUE(std::ranges::equal(draw.constants(2), known)) << "seed " << seed;
    }
  }
}

/// Where features are constant decides how many numbers are drawn: those of `our_rand_r`, one a feature.
TEST(FeatureDraw, DrawsANumberForEachFeatureThatItTakes) {
  FeatureDraw draw;
  draw.restart(42, 9);
  std::uint32_t n_constants = 0;
  drawn(draw, 4, 0, {}, n_constants);
  TreeGenerator alone(42);
  for (int i = 0; i < 4; ++i) {
    alone.next();
  }
  EXPECT_EQ(draw.generator.next(), alone.next());
}

}  // namespace
}  // namespace tenfold
