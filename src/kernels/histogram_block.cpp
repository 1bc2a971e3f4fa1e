#include "kernels/histogram_block.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "clones.hpp"

namespace tenfold::kernels {
namespace {

using TwoSums [[gnu::vector_size(16)]] = double;
using FourSums [[gnu::vector_size(32)]] = double;
using FourMasks [[gnu::vector_size(32)]] = std::int64_t;
using FourCounts [[gnu::vector_size(16)]] = std::uint32_t;

/// Far above the rounding of a gain's few operations, far below what tells two splits apart.
constexpr double kMargin = 1e-12;
/// Bins that are looked at together.
constexpr std::size_t kStep = 4;

/// Into a place of the caller's: vectors that are returned have no fixed ABI.
template <class Vector, class From>
inline void load(const From* from, Vector& vector) {
  std::memcpy(&vector, from, sizeof(vector));
}

template <class Vector, class To>
inline void store(const Vector& vector, To* to) {
  std::memcpy(to, &vector, sizeof(vector));
}

inline double gain_of(double gradient_left, double hessian_left, double gradient_right, double hessian_right,
                      double loss, std::int8_t monotonic, const NodeSums& node, double l2) {
  const double left = value_of(gradient_left, hessian_left, l2, node.lower, node.upper);
  const double right = value_of(gradient_right, hessian_right, l2, node.lower, node.upper);
  if ((monotonic > 0 && left > right) || (monotonic < 0 && left < right)) {
    return -1;
  }
  double gain = loss;
  gain -= gradient_left * left;
  gain -= gradient_right * right;
  return gain;
}

/// What a gain must exceed, less the node's own loss, to be worth dividing for.
inline double threshold_of(const BinSplit& best, double loss, const SplitLimits& limits) {
  const double gain = best.gain > limits.min_gain ? best.gain : limits.min_gain;
  return gain - loss - kMargin * (std::abs(gain) + std::abs(loss));
}

inline bool is_better(double gain, std::size_t column, const BinSplit& best, const SplitLimits& limits) {
  return gain > limits.min_gain && (gain > best.gain || (gain == best.gain && column < best.column));
}

/// A scan of one column from the left (missing values go to the right) or from the right.
template <bool kFromRight>
inline void scan(Block block, const Column& column, std::size_t number, const NodeSums& node,
                 const SplitLimits& limits, BinSplit& best) {
  const std::size_t lane = number % kLanes;
  const double loss = node.gradient * node.value;
  const std::uint32_t n_steps =
      kFromRight ? column.n_bins - 1 : column.n_bins - 1 + static_cast<std::uint32_t>(column.has_missing);
  const double l2 = limits.l2_regularization;
  double threshold = threshold_of(best, loss, limits);
  double gradient = 0;
  double hessian = 0;
  std::uint32_t n = 0;
  for (std::uint32_t step = 0; step < n_steps; ++step) {
    const std::uint32_t at = kFromRight ? column.n_bins - 1 - step : step;
    const Pair pair = block.bins[at].of_lane[lane];
    n += block.counts[at][lane];
    hessian += pair.hessian;
    gradient += pair.gradient;
    const std::uint32_t n_other = node.n_rows - n;
    const double hessian_other = node.hessian - hessian;
    if (n < limits.min_samples_leaf) {
      continue;
    }
    if (n_other < limits.min_samples_leaf) {
      break;
    }
    if (hessian < limits.min_hessian) {
      continue;
    }
    if (hessian_other < limits.min_hessian) {
      break;
    }
    const double gradient_other = node.gradient - gradient;
    if (!limits.constrains) {
      const double own = hessian + l2;
      const double other = hessian_other + l2;
      const double gained = gradient * gradient * other + gradient_other * gradient_other * own;
      if (!(gained * (1 + kMargin) > threshold * (own * other))) {
        continue;
      }
    }
    const double gain =
        kFromRight
            ? gain_of(gradient_other, hessian_other, gradient, hessian, loss, column.monotonic, node, l2)
            : gain_of(gradient, hessian, gradient_other, hessian_other, loss, column.monotonic, node, l2);
    if (is_better(gain, number, best, limits)) {
      best = {gain,
              static_cast<std::uint32_t>(number),
              kFromRight ? at - 1 : at,
              kFromRight,
              kFromRight ? gradient_other : gradient,
              kFromRight ? hessian_other : hessian,
              kFromRight ? n_other : n};
      threshold = threshold_of(best, loss, limits);
    }
  }
}

/// The four columns of a block side by side, from the left; nobody's values have bounds.
///
/// Where scikit-learn leaves a scan (too few rows or too little hessian to the right), this goes on and
/// passes over what is inadmissible, which is the same as long as sums of hessians do not fall. They may, by
/// rounding and by negative weights: who takes the winner holds it beside `search_column`.
class LaneScan {
 public:
  LaneScan(std::span<const Column> columns, std::size_t first, const NodeSums& node,
           const SplitLimits& limits)
      : columns_(columns),
        first_(first),
        node_(node),
        limits_(limits),
        loss_(node.gradient * node.value),
        n_lanes_(std::min(kLanes, columns.size() - first)) {}

  void run(Block block, std::size_t n_bins, BinSplit& best) const {
    double threshold = threshold_of(best, loss_, limits_);
    FourSums gradient{};
    FourSums hessian{};
    FourCounts n{};
    const double regularization = limits_.l2_regularization + 1e-15;
    for (std::size_t start = 0; start < n_bins; start += kStep) {
      std::array<FourSums, kStep> gradients;  // NOLINT(*-member-init): filled right below
      std::array<FourSums, kStep> hessians;   // NOLINT(*-member-init)
      std::array<FourCounts, kStep> counts;   // NOLINT(*-member-init)
      FourMasks passes{};
      for (std::size_t step = 0; step < kStep; ++step) {
        const std::size_t at = start + step;  // up to a whole step there are bins
        FourSums front;
        FourSums back;
        FourCounts count;
        load(block.bins[at].of_lane.data(), front);
        load(block.bins[at].of_lane.data() + 2, back);
        load(block.counts[at].data(), count);
        gradient += __builtin_shufflevector(front, back, 0, 4, 2, 6);
        hessian += __builtin_shufflevector(front, back, 1, 5, 3, 7);
        n += count;
        const FourSums left = hessian + regularization;
        const FourSums right = (node_.hessian - hessian) + regularization;
        const FourSums other = node_.gradient - gradient;
        const FourSums gained = gradient * gradient * right + other * other * left;
        passes |= gained * (1 + kMargin) > threshold * (left * right);
        gradients[step] = gradient;
        hessians[step] = hessian;
        counts[step] = n;
      }
      if ((passes[0] | passes[1] | passes[2] | passes[3]) != 0) [[unlikely]] {
        for (std::size_t step = 0; step < kStep; ++step) {
          look(gradients[step], hessians[step], counts[step], start + step, best);
        }
        threshold = threshold_of(best, loss_, limits_);
      }
    }
  }

 private:
  /// Divide for one bin.
  void look(const FourSums& gradients, const FourSums& hessians, const FourCounts& counts, std::size_t bin,
            BinSplit& best) const {
    constexpr std::array<std::size_t, kLanes> kOrder = {0, 2, 1, 3};  // as the shuffles leave lanes
    for (std::size_t lane = 0; lane < n_lanes_; ++lane) {
      const std::size_t number = first_ + lane;
      const Column& column = columns_[number];
      const std::uint32_t n = counts[lane];
      const std::uint32_t n_other = node_.n_rows - n;
      if (bin >= column.n_bins - 1 + static_cast<std::size_t>(column.has_missing) ||
          n < limits_.min_samples_leaf || n_other < limits_.min_samples_leaf ||
          (node_.allowed != nullptr && node_.allowed[number] == 0)) {
        continue;
      }
      const double hessian = hessians[kOrder[lane]];
      const double hessian_other = node_.hessian - hessian;
      if (hessian < limits_.min_hessian || hessian_other < limits_.min_hessian) {
        continue;
      }
      const double gradient = gradients[kOrder[lane]];
      const double gain = gain_of(gradient, hessian, node_.gradient - gradient, hessian_other, loss_, 0,
                                  node_, limits_.l2_regularization);
      if (is_better(gain, number, best, limits_)) {
        best = {gain,
                static_cast<std::uint32_t>(number),
                static_cast<std::uint32_t>(bin),
                false,
                gradient,
                hessian,
                n};
      }
    }
  }

  std::span<const Column> columns_;
  std::size_t first_;
  const NodeSums& node_;
  const SplitLimits& limits_;
  double loss_;
  std::size_t n_lanes_;
};

TENFOLD_HOT void scan_lanes(Block block, std::span<const Column> columns, std::size_t first,
                            std::size_t n_bins, const NodeSums& node, const SplitLimits& limits,
                            BinSplit& best) {
  LaneScan(columns, first, node, limits).run(block, n_bins, best);
}

}  // namespace

TENFOLD_HOT void add_rows(const std::uint32_t* codes, const std::uint32_t* rows, std::size_t n_rows,
                          const Pair* pairs, Block out) {
  for (std::size_t i = 0; i < n_rows; ++i) {
    const std::uint32_t code = codes[rows == nullptr ? i : rows[i]];
    TwoSums pair;
    load(pairs + i, pair);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::size_t bin = (code >> (8 * lane)) & 0xff;
      Pair* place = &out.bins[bin].of_lane[lane];
      TwoSums sum;
      load(place, sum);
      store(sum + pair, place);
      ++out.counts[bin][lane];
    }
  }
}

TENFOLD_HOT void subtract(Block from, Block less, std::size_t n_bins) {
  for (std::size_t bin = 0; bin < n_bins; ++bin) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      from.bins[bin].of_lane[lane].gradient -= less.bins[bin].of_lane[lane].gradient;
      from.bins[bin].of_lane[lane].hessian -= less.bins[bin].of_lane[lane].hessian;
      from.counts[bin][lane] -= less.counts[bin][lane];
    }
  }
}

void search(Block block, std::span<const Column> columns, std::size_t first, std::size_t n_bins,
            const NodeSums& node, const SplitLimits& limits, BinSplit& best) {
  if (!limits.constrains) {
    scan_lanes(block, columns, first, n_bins, node, limits, best);
  }
  for (std::size_t number = first; number < std::min(first + kLanes, columns.size()); ++number) {
    if (node.allowed != nullptr && node.allowed[number] == 0) {
      continue;
    }
    if (limits.constrains) {
      scan<false>(block, columns[number], number, node, limits, best);
    }
    if (columns[number].has_missing) {
      scan<true>(block, columns[number], number, node, limits, best);
    }
  }
}

BinSplit search_column(Block block, const Column& column, std::size_t number, const NodeSums& node,
                       const SplitLimits& limits) {
  BinSplit best;
  best.column = static_cast<std::uint32_t>(number);
  scan<false>(block, column, number, node, limits, best);
  if (column.has_missing) {
    scan<true>(block, column, number, node, limits, best);
  }
  return best;
}

}  // namespace tenfold::kernels
