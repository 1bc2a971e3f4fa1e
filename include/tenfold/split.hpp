#pragma once

/// A split: which rows of a data set train, and which are predicted; and what is known of its training rows.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenfold {

/// Row numbers of the data set; a row may occur more than once.
struct Split {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
  /// How many earlier splits of the search train on the same rows: unseeded, each of them draws anew.
  std::uint32_t repeat = 0;
};

/// Something of the training rows of each split, (kind, split, row): weights, or probabilities added up to
/// draw by (`numpy.cumsum`, the last of them one).
using SplitWeights = std::vector<std::vector<std::vector<double>>>;

/// What of `weights` a spec names for a split; nothing for a negative number. Throws std::invalid_argument
/// where that is not there or not of so many rows.
std::span<const double> weights_of_split(const SplitWeights& weights, std::int32_t kind, std::size_t split,
                                         std::size_t n_rows);

/// All that a plan asks of a split.
struct SplitSize {
  std::uint32_t n_train = 0;
  std::uint32_t n_test = 0;
};

}  // namespace tenfold
