#include "trees/ordered/clean_scan.hpp"

#include <algorithm>
#include <array>

#include "clones.hpp"
#include "trees/ordered/proxy_bound.hpp"

namespace tenfold::ordered {

namespace {

constexpr std::uint32_t kChunk = 256;
constexpr std::uint32_t kBlock = 16;
inline double exact_proxy(double sum, double weight, double sum_left, double weight_left) {
  const double sum_right = sum - sum_left;
  const double weight_right = weight - weight_left;
  return sum_left * sum_left / weight_left + sum_right * sum_right / weight_right;
}

struct Chunk {
  std::array<double, kChunk> sums;
  std::array<double, kChunk> weights;
};

/// Decides the positions first + i, i in [from, to), whose left sums and weights stand at i in the chunk.
inline void decide(const CleanNode& node, const CleanOrder& order, const Chunk& chunk, std::uint32_t first,
                   std::uint32_t from, std::uint32_t to, double& best, CleanResult& result) {
  double threshold = bound_of(best, node.weight);
  for (std::uint32_t block = from; block < to; block += kBlock) {
    const std::uint32_t end = std::min(block + kBlock, to);
    int may_be_best = 0;
    for (std::uint32_t i = block; i < end; ++i) {
      const double left = chunk.sums[i];
      const double right = node.sum - left;
      const double weight_left = chunk.weights[i];
      const double weight_right = node.weight - weight_left;
      const double scaled = left * left * weight_right + right * right * weight_left;
      may_be_best |= static_cast<int>(!(scaled + kBoundUnderflow < threshold * (weight_left * weight_right)));
    }
    if (may_be_best == 0) {
      continue;
    }
    for (std::uint32_t i = block; i < end; ++i) {
      const double weight_left = chunk.weights[i];
      if (weight_left < node.min_weight_leaf || node.weight - weight_left < node.min_weight_leaf) {
        continue;
      }
      const double proxy = exact_proxy(node.sum, node.weight, chunk.sums[i], weight_left);
      if (proxy > result.proxy && !std::ranges::binary_search(order.blocked, first + i)) {
        result = {proxy, first + i};
        best = std::max(best, proxy);
      }
    }
    threshold = bound_of(best, node.weight);
  }
}

template <std::size_t kWidth, bool kUnit>
inline void scan(const CleanNode& node, const CleanOrder* orders, double best, CleanResult* results) {
  std::array<Chunk, kWidth> chunks;
  std::array<double, kWidth> sums{};
  std::array<double, kWidth> weights{};  // NOLINT(misc-const-correctness): not where weights are unit
  const std::uint32_t last = node.n - node.min_samples_leaf;  // the last admissible position
  for (std::uint32_t start = 0; start < last; start += kChunk) {
    const std::uint32_t size = std::min(kChunk, last - start);
    for (std::uint32_t i = 0; i < size; ++i) {
      for (std::size_t k = 0; k < kWidth; ++k) {
        const Moments::Sample& one = node.samples[orders[k].samples[start + i] & kSampleMask];
        sums[k] += one.weighted_target;
        chunks[k].sums[i] = sums[k];
        if constexpr (!kUnit) {
          weights[k] += one.weight;
          chunks[k].weights[i] = weights[k];
        }
      }
    }
    if constexpr (kUnit) {
      for (Chunk& chunk : chunks) {
        for (std::uint32_t i = 0; i < size; ++i) {
          chunk.weights[i] = static_cast<double>(start + i + 1);
        }
      }
    }
    // The sums at i are those of position start + i + 1.
    const std::uint32_t from = node.min_samples_leaf > start + 1 ? node.min_samples_leaf - start - 1 : 0;
    for (std::size_t k = 0; k < kWidth; ++k) {
      decide(node, orders[k], chunks[k], start + 1, std::min(from, size), size, best, results[k]);
    }
  }
}

template <std::size_t kWidth>
inline void scan_width(const CleanNode& node, const CleanOrder* orders, double best, CleanResult* results) {
  if (node.unit_weights) {
    scan<kWidth, true>(node, orders, best, results);
  } else {
    scan<kWidth, false>(node, orders, best, results);
  }
}

}  // namespace

TENFOLD_HOT void scan_clean_orders(const CleanNode& node, std::span<const CleanOrder> orders,
                                   double best_so_far, std::span<CleanResult> results) {
  switch (orders.size()) {
    case 4:
      scan_width<4>(node, orders.data(), best_so_far, results.data());
      break;
    case 3:
      scan_width<3>(node, orders.data(), best_so_far, results.data());
      break;
    case 2:
      scan_width<2>(node, orders.data(), best_so_far, results.data());
      break;
    default:
      scan_width<1>(node, orders.data(), best_so_far, results.data());
  }
}

TENFOLD_HOT void divide_order(std::uint32_t* order, std::uint32_t n, const std::uint8_t* goes_left,
                              std::uint32_t* scratch) {
  std::uint32_t n_left = 0;
  std::uint32_t n_right = 0;
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t entry = order[p];
    const std::uint32_t left = goes_left[entry & kSampleMask];
    order[n_left] = entry;
    scratch[n_right] = entry;
    n_left += left;
    n_right += 1 - left;
  }
  std::copy_n(scratch, n_right, order + n_left);
}

TENFOLD_HOT bool any_near(const std::uint32_t* order, std::uint32_t n) {
  std::uint32_t all = 0;
  for (std::uint32_t p = 0; p < n; ++p) {
    all |= order[p];
  }
  return (all & kNearMark) != 0;
}

bool goes_forward(std::span<const std::uint32_t> blocked, std::uint32_t n, std::uint32_t min_samples_leaf) {
  const std::uint32_t last = n - min_samples_leaf;
  for (std::size_t i = 0; i < blocked.size();) {
    // The positions on either side of a chain of blocked ones.
    const std::uint32_t from = blocked[i] - 1;
    std::uint32_t to = blocked[i];
    for (; i < blocked.size() && blocked[i] == to; ++i) {
      ++to;
    }
    const std::uint32_t before = from >= min_samples_leaf ? from : 0;  // nothing before was summed up
    if (to >= min_samples_leaf && to <= last && to - before > n - to) {
      return false;
    }
  }
  return true;
}

}  // namespace tenfold::ordered
