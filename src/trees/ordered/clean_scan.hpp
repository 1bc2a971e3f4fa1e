#pragma once

/// The scan of orders in which every step goes forward, for squared error: the loop that regression spends
/// its time in.
///
/// Without ties and close values every position is a split position, every step is one sample forward, and
/// sums are plain prefix sums. Between equal or close values lies no split: such positions are *blocked*. The
/// step across them is a longer one, and still a plain sum where it goes forward. Several columns are summed
/// up side by side, since one chain of additions leaves the processor waiting. Positions that a bound,
/// without divisions, proves worse than the best so far are left out; for the others scikit-learn's own
/// formula decides.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "trees/ordered/statistics.hpp"

namespace tenfold::ordered {

struct CleanNode {
  const Moments::Sample* samples = nullptr;
  bool unit_weights = true;
  double sum = 0.0;
  double weight = 0.0;
  double min_weight_leaf = 0.0;
  std::uint32_t n = 0;
  std::uint32_t min_samples_leaf = 1;
};

struct CleanOrder {
  const std::uint32_t* samples = nullptr;
  std::span<const std::uint32_t> blocked;  ///< positions, ascending
};

/// The first best position of one order: samples before it go left.
struct CleanResult {
  double proxy = -std::numeric_limits<double>::infinity();
  std::uint32_t position = 0;
};

inline constexpr std::size_t kCleanWidth = 4;

/// Scans up to `kCleanWidth` orders of one node. Positions below `best_so_far` need not be found.
void scan_clean_orders(const CleanNode& node, std::span<const CleanOrder> orders, double best_so_far,
                       std::span<CleanResult> results);

/// Divides `order` stably: samples marked in `goes_left` first. `scratch` has room for all of it.
void divide_order(std::uint32_t* order, std::uint32_t n, const std::uint8_t* goes_left,
                  std::uint32_t* scratch);

/// Whether an entry of the order is marked as near another sample.
bool any_near(const std::uint32_t* order, std::uint32_t n);

/// Whether scikit-learn reaches every admissible position behind blocked ones by adding samples on the left,
/// not by taking them away from the right.
bool goes_forward(std::span<const std::uint32_t> blocked, std::uint32_t n, std::uint32_t min_samples_leaf);

}  // namespace tenfold::ordered
