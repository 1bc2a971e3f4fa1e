#include "trees/ordered/column_sort.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace tenfold::ordered {

ColumnSort::ColumnSort(bool has_vectors, std::size_t n_samples) : has_vectors_(has_vectors) {
  packed_.sample_bits = std::max(4U, static_cast<std::uint32_t>(std::bit_width(n_samples)));
}

bool ColumnSort::packs(const TrainingColumn& column) const {
  return has_vectors_ &&
         static_cast<std::uint32_t>(std::bit_width(column.table->missing())) + packed_.sample_bits <= 32;
}

RankRange ColumnSort::pack(const TrainingColumn& column, const std::uint32_t* samples, std::uint32_t n) {
  packed_.reserve(n);
  return pack_keys(packed_, samples, n, column.ranks.data());
}

RankRange ColumnSort::make_keys(const TrainingColumn& column, const std::uint32_t* samples, std::uint32_t n) {
  keys_.resize(n);
  RankRange range{column.table->missing(), 0};
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t sample = samples[p] & kSampleMask;
    const std::uint32_t rank = column.ranks[sample];
    keys_[p] = make_key(rank, sample);
    range.lowest = std::min(range.lowest, rank);
    range.highest = std::max(range.highest, rank);
  }
  return range;
}

RankRange ColumnSort::sort(const TrainingColumn& column, const std::uint32_t* at_hand, std::uint32_t n,
                           std::uint32_t* sorted) {
  if (packs(column)) {
    const RankRange range = pack(column, at_hand, n);
    if (range.lowest != range.highest) {
      sort_packed(packed_, n);
      const std::uint32_t sample_mask = (std::uint32_t{1} << packed_.sample_bits) - 1;
      std::transform(packed_.keys, packed_.keys + n, sorted,
                     [&](std::uint32_t key) { return key & sample_mask; });
    }
    return range;
  }
  const RankRange range = make_keys(column, at_hand, n);
  if (range.lowest != range.highest) {
    sort_samples(std::span(keys_).first(n), places_);
    std::transform(keys_.begin(), keys_.begin() + n, sorted, sample_of);
  }
  return range;
}

}  // namespace tenfold::ordered
