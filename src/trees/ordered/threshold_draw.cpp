#include "trees/ordered/threshold_draw.hpp"

#include <algorithm>

#include "trees/ordered/division.hpp"

namespace tenfold::ordered {

std::optional<DrawnThreshold> ThresholdDraw::draw_ranks(const TrainingColumn& column, std::uint32_t* samples,
                                                        std::uint32_t n, TreeGenerator& generator) {
  const std::uint32_t missing = column.table->missing();
  std::uint32_t lowest = missing;
  std::uint32_t highest = 0;
  std::uint32_t n_missing = 0;
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t rank = column.ranks[samples[p]];
    const bool is_missing = rank == missing;
    n_missing += static_cast<std::uint32_t>(is_missing);
    lowest = std::min(lowest, rank);
    highest = std::max(highest, is_missing ? 0 : rank);
  }
  if (n_missing == n) {
    return std::nullopt;
  }
  if (n_missing == 0 && column.value(highest) <= column.value(lowest) + kNear) {
    return std::nullopt;
  }
  const double threshold = draw_below(column.value(lowest), column.value(highest), generator);
  const bool missing_left = n_missing != 0 && generator.between(0, 2) != 0;
  const std::uint32_t cut = rank_at_or_below(column, threshold, lowest, highest + 1);
  const std::uint32_t n_left = partition_in_place(samples, n, [&](std::uint32_t sample) {
    const std::uint32_t rank = column.ranks[sample];
    return rank == missing ? missing_left : rank <= cut;
  });
  return DrawnThreshold{threshold, n_left, n_missing != 0, missing_left};
}

}  // namespace tenfold::ordered
