#pragma once

/// scikit-learn's sort of samples by value, swap by swap.
///
/// Sums of floating-point targets depend on the order in which samples are added, and among equal values that
/// order is whatever the sort left. So the sort is simulated: `introsort_3way` of
/// `sklearn/utils/_sorting.pyx` (1.9), which is a quicksort with a three-way partition around a median of
/// three, a stable insertion sort below 16 samples, and a heap sort where it goes too deep.
///
/// A *key* holds a rank in its upper half and a sample in its lower; only ranks are compared. A *segment*
/// is what a call of the recursion sorts. A segment without two equal ranks comes out in rank order whatever
/// its order before, so where that order is known anyway, only segments with equal ranks need be simulated
/// (`sort_ties`).

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tenfold::ordered {

using Key = std::uint64_t;

inline constexpr Key kSampleBits = 0xffffffffU;

[[nodiscard]] constexpr Key make_key(std::uint32_t rank, std::uint32_t sample) {
  return (Key{rank} << 32U) | sample;
}
[[nodiscard]] constexpr std::uint32_t rank_of(Key key) {
  return static_cast<std::uint32_t>(key >> 32U);
}
[[nodiscard]] constexpr std::uint32_t sample_of(Key key) {
  return static_cast<std::uint32_t>(key);
}

namespace sorting {

inline constexpr std::size_t kInsertionSortLimit = 15;

inline void insertion_sort(Key* keys, std::size_t n) {
  for (std::size_t i = 1; i < n; ++i) {
    const Key key = keys[i];
    const Key lowest = key | kSampleBits;  // keys above are of a greater rank
    std::size_t j = i;
    while (j > 0 && keys[j - 1] > lowest) {
      keys[j] = keys[j - 1];
      --j;
    }
    keys[j] = key;
  }
}

inline void sift_down(Key* keys, std::size_t start, std::size_t end) {
  std::size_t root = start;
  while (true) {
    const std::size_t child = root * 2 + 1;
    std::size_t largest = root;
    if (child < end && rank_of(keys[largest]) < rank_of(keys[child])) {
      largest = child;
    }
    if (child + 1 < end && rank_of(keys[largest]) < rank_of(keys[child + 1])) {
      largest = child + 1;
    }
    if (largest == root) {
      return;
    }
    std::swap(keys[root], keys[largest]);
    root = largest;
  }
}

inline void heap_sort(Key* keys, std::size_t n) {
  for (std::size_t start = (n - 2) / 2 + 1; start-- > 0;) {
    sift_down(keys, start, n);
  }
  for (std::size_t end = n - 1; end > 0; --end) {
    std::swap(keys[0], keys[end]);
    sift_down(keys, 0, end);
  }
}

inline Key median_of_three(const Key* keys, std::size_t n) {
  const Key a = keys[0] | kSampleBits;
  const Key b = keys[n / 2] | kSampleBits;
  const Key c = keys[n - 1] | kSampleBits;
  if (a < b) {
    return b < c ? b : (a < c ? c : a);
  }
  if (b < c) {
    return a < c ? a : c;
  }
  return b;
}

struct Thirds {
  std::size_t first_equal = 0;
  std::size_t first_greater = 0;
};

/// One pass around the median of three, as it stands there. Without branches on values: they are as good as
/// random.
inline Thirds partition(Key* keys, std::size_t n) {
  const Key highest_equal = median_of_three(keys, n);
  const Key lowest_equal = highest_equal & ~kSampleBits;
  std::size_t i = 0;
  std::size_t left = 0;
  std::size_t right = n;
  while (i < right) {
    const Key key = keys[i];
    const bool less = key < lowest_equal;
    const bool greater = key > highest_equal;
    right -= static_cast<std::size_t>(greater);
    // Bit by bit, since compilers make branches of a choice between three.
    const std::size_t other = i ^ ((i ^ left) & (std::size_t{0} - static_cast<std::size_t>(less))) ^
                              ((i ^ right) & (std::size_t{0} - static_cast<std::size_t>(greater)));
    keys[i] = keys[other];
    keys[other] = key;
    left += static_cast<std::size_t>(less);
    i += static_cast<std::size_t>(!greater);
  }
  return {left, right};
}

/// Working space of `partition_many`.
using Places = std::vector<std::uint32_t>;

/// Brings equal keys behind lesser ones: each lesser key changes places with the first of the equal keys
/// before it. Returns the number of lesser keys.
inline std::size_t close_up(Key* keys, std::size_t n, Key lowest_equal, Places& places) {
  constexpr std::size_t kBlock = 16;
  constexpr std::size_t kFewEqual = 8;
  std::uint32_t* const equal_at = places.data();
  std::size_t n_equal = 0;
  for (std::size_t block = 0; block < n; block += kBlock) {
    const std::size_t end = std::min(block + kBlock, n);
    int any = 0;
    for (std::size_t p = block; p < end; ++p) {
      any |= static_cast<int>(keys[p] >= lowest_equal);
    }
    if (any == 0) {
      continue;
    }
    for (std::size_t p = block; p < end; ++p) {
      equal_at[n_equal] = static_cast<std::uint32_t>(p);
      n_equal += static_cast<std::size_t>(keys[p] >= lowest_equal);
    }
  }
  if (n_equal > kFewEqual) {
    std::size_t left = equal_at[0];
    for (std::size_t p = left; p < n; ++p) {
      const Key key = keys[p];
      const bool less = key < lowest_equal;
      const std::size_t other = less ? left : p;
      keys[p] = keys[other];
      keys[other] = key;
      left += static_cast<std::size_t>(less);
    }
    return left;
  }
  // The same at one go: lesser keys move up, and a stretch of them turns the equal keys by its length.
  std::array<Key, kFewEqual> equal{};
  std::size_t to = equal_at[0];
  for (std::size_t e = 0; e < n_equal; ++e) {
    equal[e] = keys[equal_at[e]];
    const std::size_t from = equal_at[e] + 1;
    const std::size_t end = e + 1 < n_equal ? equal_at[e + 1] : n;
    std::copy(keys + from, keys + end, keys + to);
    to += end - from;
    const auto turns = static_cast<std::ptrdiff_t>((end - from) % (e + 1));
    std::rotate(equal.begin(), equal.begin() + turns, equal.begin() + static_cast<std::ptrdiff_t>(e + 1));
  }
  std::copy_n(equal.begin(), n_equal, keys + to);
  return to;
}

/// `partition` of many keys, without a chain of steps of which each waits for the one before.
///
/// What the pass does, seen as a whole: keys are looked at from the front up to a greater one, then from the
/// end up to one that is not greater, then from the front again. Those that are not greater come to stand in
/// front in the order in which they are looked at, greater ones at the end, from the last place down. So the
/// k-th greater key of the front part changes places with the k-th other key of the end part (counted from
/// the end), but the end part as a whole moves down by one place, since the first greater key of the front
/// comes last.
inline Thirds partition_many(Key* keys, std::size_t n, Places& places) {
  const Key highest_equal = median_of_three(keys, n);
  std::size_t n_greater = 0;
  for (std::size_t p = 0; p < n; ++p) {
    n_greater += static_cast<std::size_t>(keys[p] > highest_equal);
  }
  const std::size_t first_greater = n - n_greater;
  places.resize(std::max(places.size(), n + 2));
  if (n_greater != 0) {
    std::uint32_t* const in_front = places.data();
    std::size_t n_moved = 0;
    for (std::size_t p = 0; p < first_greater; ++p) {
      in_front[n_moved] = static_cast<std::uint32_t>(p);
      n_moved += static_cast<std::size_t>(keys[p] > highest_equal);
    }
    std::uint32_t* const at_end = places.data() + n_moved;
    std::size_t n_others = 0;
    for (std::size_t p = n; n_others < n_moved;) {
      --p;
      at_end[n_others] = static_cast<std::uint32_t>(p);
      n_others += static_cast<std::size_t>(keys[p] <= highest_equal);
    }
    const Key last = keys[first_greater];  // looked at from the front, after all others
    const Key first = n_moved == 0 ? last : keys[in_front[0]];
    for (std::size_t k = 0; k < n_moved; ++k) {
      const Key next = k + 1 < n_moved ? keys[in_front[k + 1]] : last;
      keys[in_front[k]] = keys[at_end[k]];
      keys[at_end[k]] = next;
    }
    std::copy(keys + first_greater + 1, keys + n, keys + first_greater);
    keys[n - 1] = first;
  }
  return {close_up(keys, first_greater, highest_equal & ~kSampleBits, places), first_greater};
}

/// One pass, by whichever way is quicker.
inline Thirds partition_any(Key* keys, std::size_t n, Places& places) {
  constexpr std::size_t kMany = 64;
  return n >= kMany ? partition_many(keys, n, places) : partition(keys, n);
}

[[nodiscard]] inline std::size_t depth_limit(std::size_t n) {
  return 2 * (static_cast<std::size_t>(std::bit_width(n)) - 1);
}

inline void sort_segment(Key* keys, std::size_t n, std::size_t depth, Places& places) {
  while (n > kInsertionSortLimit) {
    if (depth == 0) {
      heap_sort(keys, n);
      return;
    }
    --depth;
    const Thirds thirds = partition_any(keys, n, places);
    sort_segment(keys, thirds.first_equal, depth, places);
    keys += thirds.first_greater;
    n -= thirds.first_greater;
  }
  insertion_sort(keys, n);
}

/// As `sort_segment`, leaving out segments without ties; `n_tied_before[p]` counts the samples with an equal
/// among the first p of the sorted segment.
inline void sort_tied_segment(Key* keys, std::size_t n, std::size_t depth, const std::uint32_t* n_tied_before,
                              Places& places) {
  while (n > kInsertionSortLimit) {
    if (n_tied_before[n] == n_tied_before[0]) {
      return;
    }
    if (depth == 0) {
      heap_sort(keys, n);
      return;
    }
    --depth;
    const Thirds thirds = partition_any(keys, n, places);
    sort_tied_segment(keys, thirds.first_equal, depth, n_tied_before, places);
    keys += thirds.first_greater;
    n_tied_before += thirds.first_greater;
    n -= thirds.first_greater;
  }
  if (n_tied_before[n] != n_tied_before[0]) {
    insertion_sort(keys, n);
  }
}

}  // namespace sorting

/// Sorts keys by rank, equal ranks in the order in which scikit-learn 1.9 leaves them.
inline void sort_samples(std::span<Key> keys, sorting::Places& places) {
  if (!keys.empty()) {
    sorting::sort_segment(keys.data(), keys.size(), sorting::depth_limit(keys.size()), places);
  }
}

/// As far as equal ranks are concerned the same; keys without an equal end up anywhere in between.
/// `n_tied_before` has one entry more than there are keys.
inline void sort_ties(std::span<Key> keys, std::span<const std::uint32_t> n_tied_before,
                      sorting::Places& places) {
  if (!keys.empty()) {
    sorting::sort_tied_segment(keys.data(), keys.size(), sorting::depth_limit(keys.size()),
                               n_tied_before.data(), places);
  }
}

}  // namespace tenfold::ordered
