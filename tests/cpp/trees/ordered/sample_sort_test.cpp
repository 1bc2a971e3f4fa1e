#include "trees/ordered/sample_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tenfold::ordered {
namespace {

std::vector<Key> random_keys(std::mt19937& generator, std::uint32_t n, std::uint32_t n_ranks) {
  std::vector<Key> keys;
  for (std::uint32_t sample = 0; sample < n; ++sample) {
    keys.push_back(make_key(static_cast<std::uint32_t>(generator()) % n_ranks, sample));
  }
  return keys;
}

TEST(SampleSort, SortsByRankAndLosesNothing) {
  sorting::Places places;
  std::mt19937 generator(1);
  for (std::uint32_t n = 0; n < 200; ++n) {
    std::vector<Key> keys = random_keys(generator, n, 1 + n / 3);
    std::vector<Key> sorted = keys;
    sort_samples(sorted, places);
    EXPECT_TRUE(
        std::is_sorted(sorted.begin(), sorted.end(), [](Key a, Key b) { return rank_of(a) < rank_of(b); }));
    std::ranges::sort(keys);
    std::ranges::sort(sorted);
    EXPECT_EQ(keys, sorted);
  }
}

TEST(SampleSort, IsNotStableBeyondFifteenSamples) {
  sorting::Places places;
  std::mt19937 generator(2);
  std::vector<Key> keys = random_keys(generator, 60, 4);
  std::vector<Key> stable = keys;
  std::ranges::sort(stable);
  sort_samples(keys, places);
  EXPECT_NE(keys, stable);
}

TEST(SampleSort, IsStableUpToFifteenSamples) {
  sorting::Places places;
  std::mt19937 generator(3);
  for (std::uint32_t n = 0; n <= 15; ++n) {
    std::vector<Key> keys = random_keys(generator, n, 3);
    std::vector<Key> stable = keys;
    std::ranges::sort(stable);  // samples ascend
    sort_samples(keys, places);
    EXPECT_EQ(keys, stable);
  }
}

/// Ordering ties alone puts tied samples where the whole sort puts them.
TEST(SampleSort, TiesAloneComeOutAlike) {
  sorting::Places places;
  std::mt19937 generator(4);
  for (std::uint32_t round = 0; round < 300; ++round) {
    const std::uint32_t n = 1 + static_cast<std::uint32_t>(generator()) % 400;
    const std::uint32_t n_ranks = 1 + static_cast<std::uint32_t>(generator()) % (4 * n);
    std::vector<Key> keys = random_keys(generator, n, n_ranks);
    std::ranges::shuffle(keys, generator);
    // Places in sorted order, the same for equal ranks.
    std::vector<std::uint32_t> ranks;
    for (const Key key : keys) {
      ranks.push_back(rank_of(key));
    }
    std::ranges::sort(ranks);
    std::vector<std::uint32_t> n_tied_before{0};
    for (std::size_t p = 0; p < n; ++p) {
      const bool tied = (p > 0 && ranks[p - 1] == ranks[p]) || (p + 1 < n && ranks[p + 1] == ranks[p]);
      n_tied_before.push_back(n_tied_before.back() + static_cast<std::uint32_t>(tied));
    }
    std::vector<Key> placed;
    for (const Key key : keys) {
      const auto place = std::ranges::lower_bound(ranks, rank_of(key)) - ranks.begin();
      placed.push_back(make_key(static_cast<std::uint32_t>(place), sample_of(key)));
    }
    sort_samples(keys, places);
    sort_ties(placed, n_tied_before, places);
    for (std::size_t p = 0; p < n; ++p) {
      if (n_tied_before[p + 1] != n_tied_before[p]) {
        EXPECT_EQ(sample_of(keys[p]), sample_of(placed[p]));
      }
    }
  }
}

TEST(SampleSort, HeapSortIsReached) {
  sorting::Places places;
  // Medians that are always among the least: an adversary's order for a median of three.
  constexpr std::uint32_t kSize = 2000;
  std::vector<Key> keys;
  for (std::uint32_t sample = 0; sample < kSize; ++sample) {
    const std::uint32_t half = kSize / 2;
    const std::uint32_t rank =
        sample < half ? (sample % 2 == 0 ? sample : half + sample) : 2 * (sample - half);
    keys.push_back(make_key(rank, sample));
  }
  sort_samples(keys, places);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end(), [](Key a, Key b) { return rank_of(a) < rank_of(b); }));
  std::vector<Key> few = {make_key(2, 0), make_key(1, 1), make_key(2, 2), make_key(0, 3)};
  sorting::heap_sort(few.data(), few.size());
  EXPECT_EQ(rank_of(few[0]), 0U);
  EXPECT_EQ(rank_of(few[3]), 2U);
}

/// The quick pass leaves every key where scikit-learn's leaves it, few or many of them equal.
TEST(SampleSort, PartitionsManyKeysAsOneByOne) {
  std::mt19937 generator(5);
  sorting::Places places;
  for (std::uint32_t round = 0; round < 4000; ++round) {
    const std::uint32_t n = 1 + static_cast<std::uint32_t>(generator()) % 90;
    std::vector<Key> keys = random_keys(generator, n, 1 + static_cast<std::uint32_t>(generator()) % (2 * n));
    std::vector<Key> many = keys;
    const sorting::Thirds thirds = sorting::partition(keys.data(), n);
    const sorting::Thirds thirds_of_many = sorting::partition_many(many.data(), n, places);
    ASSERT_EQ(many, keys);
    ASSERT_EQ(thirds_of_many.first_equal, thirds.first_equal);
    ASSERT_EQ(thirds_of_many.first_greater, thirds.first_greater);
  }
}

}  // namespace
}  // namespace tenfold::ordered
