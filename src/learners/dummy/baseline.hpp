#pragma once

/// What baselines predict.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "tenfold/learners/dummy.hpp"

namespace tenfold::dummy {

/// The shares of classes that are predicted of every row, from how often each occurs; of equal ones the first
/// is the most frequent.
inline std::vector<double> shares_of(DummyStrategy strategy, std::span<const std::size_t> counts) {
  std::vector<double> shares(counts.size(), 0.0);
  if (strategy == DummyStrategy::kMostFrequent) {
    shares[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())] = 1.0;
    return shares;
  }
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
  std::ranges::transform(counts, shares.begin(),
                         [total](std::size_t count) { return static_cast<double>(count) / total; });
  return shares;
}

}  // namespace tenfold::dummy
