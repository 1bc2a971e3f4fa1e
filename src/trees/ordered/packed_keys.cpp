#include "trees/ordered/packed_keys.hpp"

#include <algorithm>
#include <cmath>

#include "trees/ordered/sample_sort.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

void PartitionSpace::reserve(std::size_t n) {
  if (size_ >= n) {
    return;
  }
  size_ = n;
  const std::size_t each = n + 3 * kRoom;
  memory_.resize(2 * each);
  bits_.resize(n / 16 + 2);
  moved = memory_.data();
  others = memory_.data() + each;
  goes_right = bits_.data();
}

void PackedKeys::reserve(std::size_t n) {
  memory_.resize(std::max(memory_.size(), n + PartitionSpace::kRoom));
  keys = memory_.data();
  space.reserve(n);
}

double magnitude_of(const MomentSample* samples, const std::uint32_t* order, std::uint32_t n) {
  constexpr double kRoundedUp = 1.0 + 0x1p-20;  // n rounded additions of at most 2**-53 each, n < 2**32
  double sums[4] = {};
  for (std::uint32_t p = 0; p < n; ++p) {
    sums[p % 4] += std::abs(samples[order[p] & kSampleMask].weighted_target);
  }
  return (sums[0] + sums[1] + sums[2] + sums[3]) * kRoundedUp;
}

namespace sorting {

void heap_sort_packed(std::uint32_t* keys, std::size_t n, std::uint32_t sample_bits) {
  const std::uint32_t samples = (std::uint32_t{1} << sample_bits) - 1;
  std::vector<Key> wide(n);
  std::transform(keys, keys + n, wide.begin(),
                 [&](std::uint32_t key) { return make_key(key >> sample_bits, key & samples); });
  heap_sort(wide.data(), n);
  std::ranges::transform(wide, keys, [&](Key key) { return rank_of(key) << sample_bits | sample_of(key); });
}

}  // namespace sorting

}  // namespace tenfold::ordered
