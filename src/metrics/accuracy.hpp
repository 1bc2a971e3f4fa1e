#pragma once

/// Accuracy of averaged class shares, from their sums.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenfold {

/// The largest of some numbers, at least one, none of them NaN.
inline double largest_of(std::span<const double> values) {
  double largest = values[0];
  // Of many, several at a time: each comparison would wait for the one before it.
  constexpr std::size_t kLanes = 8;
  if (values.size() >= 2 * kLanes) {
    std::array<double, kLanes> of_lane;
    std::copy_n(values.begin(), kLanes, of_lane.begin());
    for (; values.size() >= kLanes; values = values.subspan(kLanes)) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        of_lane[lane] = std::max(of_lane[lane], values[lane]);
      }
    }
    largest = *std::ranges::max_element(of_lane);
  }
  for (const double value : values) {
    largest = std::max(largest, value);
  }
  return largest;
}

/// The class that is predicted: the first largest of `sums / n_added`.
///
/// scikit-learn divides before it takes the largest, and the division can make two sums equal. Division
/// is monotone, so only classes whose sum is within rounding of the largest need it.
inline std::uint32_t predicted_class(std::span<const double> sums, double n_added) {
  const double largest = largest_of(sums);
  const double nearly = largest * (1.0 - 0x1p-50);
  const double best = largest / n_added;
  std::uint32_t label = 0;
  while (!(sums[label] >= nearly && sums[label] / n_added == best)) {
    ++label;
  }
  return label;
}

/// The share of rows [first, last) whose class is predicted. `sums`: (row, class), `stride` apart;
/// `code_of(i)`: the class of row i.
template <typename CodeOf>
double accuracy(const double* sums, std::size_t stride, std::size_t n_classes, std::size_t first,
                std::size_t last, double n_added, CodeOf&& code_of) {
  std::size_t correct = 0;
  for (std::size_t i = first; i < last; ++i) {
    const std::uint32_t predicted = predicted_class({sums + i * stride, n_classes}, n_added);
    correct += static_cast<std::size_t>(predicted == code_of(i));
  }
  return static_cast<double>(correct) / static_cast<double>(last - first);
}

}  // namespace tenfold
