/// What is done sixteen at a time comes out as it does one by one.

#include "trees/ordered/packed_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "trees/ordered/drawn_split.hpp"
#include "trees/ordered/sample_sort.hpp"
#include "trees/ordered/wide_vectors.hpp"

namespace tenfold::ordered {
namespace {

constexpr std::uint32_t kSizes[] = {1,  2,  7,  15, 16, 17,  18,  31,  32,  33,  40, 47,
                                    48, 49, 63, 64, 65, 100, 128, 200, 255, 256, 999};

/// Samples in the order in which the sort leaves them, of ranks by sample.
std::vector<std::uint32_t> sorted_one_by_one(const std::vector<std::uint32_t>& ranks) {
  std::vector<Key> keys;
  for (std::uint32_t sample = 0; sample < ranks.size(); ++sample) {
    keys.push_back(make_key(ranks[sample], sample));
  }
  sorting::Places places;
  sort_samples(keys, places);
  std::vector<std::uint32_t> samples;
  std::ranges::transform(keys, std::back_inserter(samples), sample_of);
  return samples;
}

std::vector<std::uint32_t> sorted_packed(const std::vector<std::uint32_t>& ranks) {
  const auto n = static_cast<std::uint32_t>(ranks.size());
  PackedKeys packed;
  packed.sample_bits = 10;
  packed.reserve(n);
  std::vector<std::uint32_t> samples(n);
  std::iota(samples.begin(), samples.end(), 0U);
  const RankRange range = pack_keys(packed, samples.data(), n, ranks.data());
  EXPECT_EQ(range.lowest, *std::ranges::min_element(ranks));
  EXPECT_EQ(range.highest, *std::ranges::max_element(ranks));
  sort_packed(packed, n);
  for (std::uint32_t p = 0; p < n; ++p) {
    samples[p] = packed.keys[p] & 1023U;
    EXPECT_EQ(packed.keys[p] >> 10U, ranks[samples[p]]);
  }
  return samples;
}

TEST(PackedKeys, SortAsOneByOne) {
  if (!has_wide_vectors()) {
    GTEST_SKIP() << "this processor has no AVX-512";
  }
  std::mt19937 generator(1);
  for (const std::uint32_t n : kSizes) {
    for (const std::uint32_t n_ranks : {1U, 2U, 3U, 5U, 17U, 100U, 1000U}) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        std::vector<std::uint32_t> ranks(n);
        // Every other time half of them are equal, as zeros often are.
        std::ranges::generate(ranks, [&] {
          return repeat % 2 == 0 && generator() % 2 == 0 ? 0U
                                                         : static_cast<std::uint32_t>(generator()) % n_ranks;
        });
        ASSERT_EQ(sorted_packed(ranks), sorted_one_by_one(ranks)) << n << " keys of " << n_ranks << " ranks";
      }
    }
  }
}

/// Orders that lead quicksort astray, so that it ends in the heap sort.
TEST(PackedKeys, SortPipesAndKillersAsOneByOne) {
  if (!has_wide_vectors()) {
    GTEST_SKIP() << "this processor has no AVX-512";
  }
  for (const std::uint32_t n : {64U, 500U, 1000U}) {
    std::vector<std::uint32_t> pipe(n);
    std::vector<std::uint32_t> killer(n);
    for (std::uint32_t i = 0; i < n; ++i) {
      pipe[i] = std::min(i, n - i);
      killer[i] = i < n / 2 ? (i % 2 == 0 ? i : n / 2 + i) : 2 * (i - n / 2);
    }
    EXPECT_EQ(sorted_packed(pipe), sorted_one_by_one(pipe));
    EXPECT_EQ(sorted_packed(killer), sorted_one_by_one(killer));
  }
  std::vector<std::uint32_t> packed;
  std::vector<Key> keys;
  for (std::uint32_t sample = 0; sample < 100; ++sample) {
    packed.push_back((sample * 7 % 13) << 10U | sample);
    keys.push_back(make_key(sample * 7 % 13, sample));
  }
  sorting::heap_sort_packed(packed.data(), packed.size(), 10);
  sorting::heap_sort(keys.data(), keys.size());
  for (std::size_t p = 0; p < keys.size(); ++p) {
    EXPECT_EQ(packed[p] & 1023U, sample_of(keys[p]));
  }
}

TEST(DrawnSplit, DividesAsOneByOne) {
  if (!has_wide_vectors()) {
    GTEST_SKIP() << "this processor has no AVX-512";
  }
  std::mt19937 generator(2);
  PartitionSpace space;
  for (const std::uint32_t n : kSizes) {
    space.reserve(n);
    for (int repeat = 0; repeat < 30; ++repeat) {
      std::vector<float> values(n);
      std::ranges::generate(values, [&] { return static_cast<float>(generator() % 10); });
      std::vector<std::uint32_t> samples(n);
      std::iota(samples.begin(), samples.end(), 0U);
      std::ranges::shuffle(samples, generator);
      std::vector<std::uint32_t> expected = samples;
      const double threshold = (repeat % 11) - 0.5;
      std::uint32_t begin = 0;
      std::uint32_t end = n;
      while (begin < end) {
        if (static_cast<double>(values[expected[begin]]) <= threshold) {
          ++begin;
        } else {
          std::swap(expected[begin], expected[--end]);
        }
      }
      ASSERT_EQ(divide_at(threshold, values.data(), samples.data(), n, space), end);
      ASSERT_EQ(samples, expected) << n << " samples at " << threshold;
      const ValueRange range = range_of(values.data(), samples.data(), n);
      EXPECT_EQ(range.lowest, *std::ranges::min_element(values));
      EXPECT_EQ(range.highest, *std::ranges::max_element(values));
    }
  }
}

/// A column is discarded only where its best position is worse, and is where that is plain.
TEST(PackedKeys, DiscardWhatCannotWin) {
  if (!has_wide_vectors()) {
    GTEST_SKIP() << "this processor has no AVX-512";
  }
  std::mt19937 generator(3);
  std::normal_distribution<double> normal;
  int n_discarded = 0;
  for (int repeat = 0; repeat < 300; ++repeat) {
    const std::uint32_t n = 16 + generator() % 100;
    std::vector<MomentSample> moments(n);
    std::vector<std::uint32_t> ranks(n);
    std::vector<std::uint32_t> samples(n);
    std::iota(samples.begin(), samples.end(), 0U);
    double sum = 0.0;
    double weight = 0.0;
    for (std::uint32_t i = 0; i < n; ++i) {
      moments[i].weight = repeat % 2 == 0 ? 1.0 : 1.0 + generator() % 3;
      moments[i].weighted_target = normal(generator) * moments[i].weight;
      ranks[i] = static_cast<std::uint32_t>(generator()) % 9;
      sum += moments[i].weighted_target;
      weight += moments[i].weight;
    }
    PackedKeys packed;
    packed.sample_bits = 10;
    packed.reserve(n);
    pack_keys(packed, samples.data(), n, ranks.data());
    sort_packed(packed, n);
    double best = 0.0;
    double left = 0.0;
    double weight_left = 0.0;
    for (std::uint32_t p = 1; p < n; ++p) {
      const MomentSample& one = moments[packed.keys[p - 1] & 1023U];
      left += one.weighted_target;
      weight_left += one.weight;
      if (packed.keys[p] >> 10U != packed.keys[p - 1] >> 10U) {
        const double right = sum - left;
        best = std::max(best, left * left / weight_left + right * right / (weight - weight_left));
      }
    }
    const SumNode node{moments.data(), n, 1, sum, magnitude_of(moments.data(), samples.data(), n), weight,
                       repeat % 2 == 0};
    EXPECT_TRUE(may_reach(packed, node, best));
    n_discarded += static_cast<int>(!may_reach(packed, node, best * (1 + 1e-9)));
  }
  EXPECT_EQ(n_discarded, 300);
}

}  // namespace
}  // namespace tenfold::ordered
