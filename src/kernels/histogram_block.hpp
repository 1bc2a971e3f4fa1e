#pragma once

/// Histograms of gradients, four columns side by side, and the search for the best split in them.
///
/// After `HistogramBuilder` and `Splitter` of scikit-learn 1.9 (`ensemble/_hist_gradient_boosting/`
/// `histogram.pyx`, `splitting.pyx`), to the last bit: each bin's sums are in double precision and in the
/// order of a node's rows, a larger child's are its parent's less its sibling's, and gains have the same
/// operations.
///
/// Words:
///     bin      which of at most 255 intervals a value lies in; one more holds missing values
///     lane     the place of a column among the four of its block
///     scan     the walk from bin to bin, adding up what is to the left (or, for missing values, to the
///     right)
///
/// A gain takes two divisions. That a position beats the best one so far is told by products instead, with a
/// margin far above their rounding; only what passes is divided, as scikit-learn divides it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenfold::kernels {

inline constexpr std::size_t kLanes = 4;

/// Gradient and hessian, of a row or summed.
struct Pair {
  double gradient;
  double hessian;
};

/// One bin of a block.
struct alignas(64) Bin {
  std::array<Pair, kLanes> of_lane;
};
using Counts = std::array<std::uint32_t, kLanes>;

/// A block's histogram: of one node.
struct Block {
  Bin* bins;
  Counts* counts;
};

/// What is known of columns before any tree is grown.
struct Column {
  std::uint32_t n_bins;  ///< without the one of missing values
  bool has_missing;
  std::int8_t monotonic;  ///< 1, 0, -1
};

struct SplitLimits {
  double l2_regularization;
  double min_hessian;
  double min_gain;
  std::uint32_t min_samples_leaf;
  bool constrains;  ///< some column is monotonic: values have bounds
};

/// The node that is to be split.
struct NodeSums {
  std::uint32_t n_rows;
  double gradient;
  double hessian;
  double value;
  double lower;
  double upper;
  const std::uint8_t* allowed;  ///< one a column, or null for all
};

/// How a node is divided: by a column's bin.
struct BinSplit {
  double gain = -1;
  std::uint32_t column = 0;
  std::uint32_t bin = 0;
  bool missing_left = false;
  double gradient_left = 0;
  double hessian_left = 0;
  std::uint32_t n_left = 0;
};

/// A node's value, within bounds.
inline double value_of(double gradient, double hessian, double l2, double lower, double upper) {
  const double value = -gradient / (hessian + l2 + 1e-15);
  if (value < lower) {
    return lower;
  }
  return value > upper ? upper : value;
}

/// Add rows, the first at `pairs[0]`, to a block that is zero; `rows` is null for all, in order.
/// `codes` has the four bins of each row of the table.
void add_rows(const std::uint32_t* codes, const std::uint32_t* rows, std::size_t n_rows, const Pair* pairs,
              Block out);

/// from -= less, of `n_bins` bins.
void subtract(Block from, Block less, std::size_t n_bins);

/// Look for a better split than `best` among a block's columns, the first of which is `first`.
void search(Block block, std::span<const Column> columns, std::size_t first, std::size_t n_bins,
            const NodeSums& node, const SplitLimits& limits, BinSplit& best);

/// The best split of one column, bin by bin as scikit-learn takes them.
BinSplit search_column(Block block, const Column& column, std::size_t number, const NodeSums& node,
                       const SplitLimits& limits);

}  // namespace tenfold::kernels
