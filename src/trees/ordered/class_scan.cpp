#include "trees/ordered/class_scan.hpp"

#include <algorithm>
#include <limits>

#include "clones.hpp"
#include "data/ranked_columns.hpp"
#include "trees/impurity.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

namespace {

constexpr float kNear = RankedColumns::kFeatureThreshold;
/// Beyond these weights the products of the bound could overflow or underflow by themselves.
constexpr double kSmallestWeight = 1e-20;
constexpr double kLargestWeight = 1e20;

double exact_proxy(const GiniNode& node, double weight_left, double weight_right) {
  double squares_left = 0.0;
  double squares_right = 0.0;
  for (std::size_t c = 0; c < node.sums.size(); ++c) {
    const double left = node.left[c];
    const double right = node.sums[c] - left;
    squares_left += left * left;
    squares_right += right * right;
  }
  return proxy_improvement(gini(squares_left, weight_left), weight_left, gini(squares_right, weight_right),
                           weight_right);
}

}  // namespace

TENFOLD_HOT ClassResult scan_gini(const GiniNode& node, const ClassOrder& order, double best_so_far) {
  const std::uint32_t n = order.n;
  double* const left = node.left.data();
  const double* const sums = node.sums.data();
  std::fill(node.left.begin(), node.left.end(), 0.0);
  double weight_left = 0.0;
  double squares_left = 0.0;
  double squares_right = node.sum_of_squares;
  // The proxy is squares_left / weight_left + squares_right / weight_right - weight. Running sums of squares
  // are off by a few units in the last place of weight**2 a step; the formula itself by a few of weight.
  const bool is_bounded = node.weight > kSmallestWeight && node.weight < kLargestWeight;
  const double slack =
      0x1p-49 * (8.0 * n + static_cast<double>(node.sums.size()) + 32.0) * node.weight * node.weight;
  const auto threshold_of = [&](double best) {
    return is_bounded ? best + node.weight : -std::numeric_limits<double>::infinity();
  };
  double threshold = threshold_of(best_so_far);
  ClassResult result;
  result.proxy = best_so_far;
  const auto move = [&](std::uint32_t entry) {
    const ClassSample& one = node.samples[entry & kSampleMask];
    const double w = one.weight;
    const double l = left[one.label];
    squares_left += w * (2.0 * l + w);
    squares_right -= w * (2.0 * (sums[one.label] - l) - w);
    left[one.label] = l + w;
    weight_left += w;
  };
  const auto move_back = [&](std::uint32_t entry) {
    const ClassSample& one = node.samples[entry & kSampleMask];
    const double w = one.weight;
    const double l = left[one.label];
    squares_left -= w * (2.0 * l - w);
    squares_right += w * (2.0 * (sums[one.label] - l) + w);
    left[one.label] = l - w;
    weight_left -= w;
  };
  std::uint32_t at = 0;
  for (std::uint32_t position = order.begin; position < order.end;) {
    ++position;
    if (order.values != nullptr) {
      while (position < order.end && order.values[position] <= order.values[position - 1] + kNear) {
        ++position;
      }
    }
    if (position == n || n - position < node.min_samples_leaf) {
      break;
    }
    if (position < node.min_samples_leaf) {
      continue;
    }
    if (node.any_order || position - at <= n - position) {
      for (; at < position; ++at) {
        move(order.samples[at]);
      }
    } else {
      std::copy_n(sums, node.sums.size(), left);
      weight_left = node.weight;
      squares_left = node.sum_of_squares;
      squares_right = 0.0;
      for (std::uint32_t p = n; p-- > position;) {
        move_back(order.samples[p]);
      }
      at = position;
    }
    const double weight_right = node.weight - weight_left;
    if (weight_left < node.min_weight_leaf || weight_right < node.min_weight_leaf) {
      continue;
    }
    if (squares_left * weight_right + squares_right * weight_left + slack * node.weight <
        threshold * (weight_left * weight_right)) {
      continue;
    }
    const double proxy = exact_proxy(node, weight_left, weight_right);
    if (proxy > result.proxy) {
      result = {true, proxy, position};
      threshold = threshold_of(proxy);
    }
  }
  return result;
}

}  // namespace tenfold::ordered
