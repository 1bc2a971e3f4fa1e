#pragma once

/// A split: which rows of a data set train, and which are predicted.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenfold {

/// Row numbers of the data set; a row may occur more than once.
struct Split {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
  /// How many earlier splits of the search train on the same rows: unseeded, each of them draws anew.
  std::uint32_t repeat = 0;
};

/// All that a plan asks of a split.
struct SplitSize {
  std::uint32_t n_train = 0;
  std::uint32_t n_test = 0;
};

}  // namespace tenfold
