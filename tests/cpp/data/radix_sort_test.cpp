#include "data/radix_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tenfold {
namespace {

TEST(RadixSort, SortsStablyByTheBitsAskedFor) {
  std::mt19937_64 random(5);
  std::vector<std::uint64_t> keys(5000);
  for (std::uint64_t& key : keys) {
    key = ((random() % 700) << 32U) | (random() & 0xffffffffU);
  }
  std::vector<std::uint64_t> expected = keys;
  std::stable_sort(expected.begin(), expected.end(),
                   [](std::uint64_t a, std::uint64_t b) { return (a >> 32U) < (b >> 32U); });
  std::vector<std::uint64_t> scratch(keys.size());
  radix_sort(keys, scratch, 32, 42);
  EXPECT_EQ(keys, expected);
}

TEST(RadixSort, NothingIsSorted) {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> scratch;
  radix_sort(keys, scratch, 0, 64);
  EXPECT_TRUE(keys.empty());
}

}  // namespace
}  // namespace tenfold
