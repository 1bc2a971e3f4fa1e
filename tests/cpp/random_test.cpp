#include "tenfold/random.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

namespace tenfold {
namespace {

std::vector<std::uint32_t> draw(LegacyGenerator generator, std::uint32_t bound, std::size_t count) {
  std::vector<std::uint32_t> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(generator.below(bound));
  }
  return values;
}

// The expected values are those of numpy.random.RandomState(seed).randint(0, bound, count), NumPy 2.4.
TEST(LegacyGenerator, DrawsAsNumPy) {
  EXPECT_EQ(draw(LegacyGenerator(42), 10, 8), (std::vector<std::uint32_t>{6, 3, 7, 4, 6, 9, 2, 6}));
  EXPECT_EQ(draw(LegacyGenerator(7), 1000, 6), (std::vector<std::uint32_t>{175, 196, 537, 502, 579, 211}));
  EXPECT_EQ(draw(LegacyGenerator(0), 2147483647U, 4),
            (std::vector<std::uint32_t>{209652396, 398764591, 924231285, 1478610112}));
}

TEST(LegacyGenerator, DrawsNothingForASingleValue) {
  LegacyGenerator disturbed(42);
  EXPECT_EQ(disturbed.below(1), 0U);
  EXPECT_EQ(disturbed.below(10), 6U);
}

TEST(LegacyGenerator, GoesOnFromAStateThatIsGiven) {
  LegacyGenerator generator(42);
  for (int i = 0; i < 1000; ++i) {  // beyond the first renewal of the words
    (void)generator.real();
  }
  const MersenneTwister taken = generator.engine();
  LegacyGenerator other(MersenneTwister(taken.words(), taken.n_used()));
  for (int i = 0; i < 700; ++i) {
    ASSERT_EQ(generator.below(1'000'000), other.below(1'000'000));
  }
  EXPECT_THROW(MersenneTwister(std::span(taken.words()).first(623), 0), std::invalid_argument);
  EXPECT_THROW(MersenneTwister(taken.words(), 625), std::invalid_argument);
}

TEST(MersenneTwister, IsTheStandardLibrarys) {
  MersenneTwister own(5);
  std::mt19937 standard(5);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(own(), standard());
  }
}

// Xorshift (13, 17, 5) from 12345, computed with the recurrence in Python.
TEST(TreeGenerator, IsScikitLearnsXorshift) {
  TreeGenerator generator(12345);
  EXPECT_EQ(generator.next(), 1189442682U);
  EXPECT_EQ(generator.next(), 1697253807U);
}

TEST(TreeGenerator, LeavesTheFixedPointZero) {
  TreeGenerator zero(0);
  TreeGenerator one(1);
  EXPECT_EQ(zero.next(), one.next());
}

TEST(TreeGenerator, StaysWithinItsRanges) {
  TreeGenerator generator(99);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t integer = generator.between(5, 9);
    EXPECT_GE(integer, 5U);
    EXPECT_LT(integer, 9U);
    const double real = generator.uniform(-2.0, 3.0);
    EXPECT_GE(real, -2.0);
    EXPECT_LE(real, 3.0);
  }
}

}  // namespace
}  // namespace tenfold
