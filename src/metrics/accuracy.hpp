#pragma once

/// Accuracy of a forest from the sums of its trees' class shares.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenfold {

/// The class a forest predicts: the first largest of `sums / n_trees`.
///
/// scikit-learn divides before it takes the largest, and the division can make two sums equal. Division
/// is monotone, so only classes whose sum is within rounding of the largest need it.
inline std::uint32_t predicted_class(std::span<const double> sums, double n_trees) {
  double largest = sums[0];
  for (const double sum : sums) {
    largest = std::max(largest, sum);
  }
  const double nearly = largest * (1.0 - 0x1p-50);
  const double best = largest / n_trees;
  std::uint32_t label = 0;
  while (!(sums[label] >= nearly && sums[label] / n_trees == best)) {
    ++label;
  }
  return label;
}

}  // namespace tenfold
