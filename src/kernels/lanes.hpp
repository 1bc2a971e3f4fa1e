#pragma once

/// Several fits in step, a *lane* each.
///
/// Stochastic descents with one seed visit the rows in one order, whatever their penalties. So candidates of
/// a search are descended side by side: what one of them holds in a number, all hold in a vector of numbers,
/// and a row is read once for all. No lane's sum has another order than its own fit has, so its bits are the
/// same; what is saved is waiting, since one fit's sums wait for each other, and its loads.
///
/// The vectors themselves are in lane_vectors.hpp.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace tenfold::kernels {

/// Scikit-learn's generator `our_rand_r`, from 0 to 2^31 - 1.
inline std::uint32_t next_draw(std::uint32_t& seed) {
  if (seed == 0) {
    seed = 1;
  }
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed % 0x80000000U;
}

/// Rows' order of the next epoch, as `SequentialDataset.shuffle` makes it of the one before.
inline void shuffle_order(std::span<int> order, std::uint32_t seed) {
  const auto n = static_cast<std::uint32_t>(order.size());
  for (std::uint32_t i = 0; i + 1 < n; ++i) {
    std::swap(order[i], order[i + next_draw(seed) % (n - i)]);
  }
}

/// Whether the processor has the vectors (AVX2) that descents in lanes are compiled for.
bool has_lanes();

/// Rows to descend on; all arrays are the caller's.
struct DescentRows {
  const double* values = nullptr;
  const int* columns = nullptr;  ///< of values, by row; null where rows are dense
  const int* starts = nullptr;   ///< of rows in values, one more than there are rows; null where dense
  std::span<const double> targets;
  std::span<const double> weights;
  std::size_t n_columns = 0;
};

}  // namespace tenfold::kernels
