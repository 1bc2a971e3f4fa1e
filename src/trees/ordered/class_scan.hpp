#pragma once

/// The scan of one order for Gini: the loop that weighted classification spends its time in.
///
/// scikit-learn's proxy is what decides, but it costs divisions and a look at every class. So the sums of
/// squared class weights are kept running on both sides, which rounds differently, and positions that are
/// surely worse than the best so far are left out by a comparison without divisions. For the others
/// scikit-learn's own formula decides, from class weights added up in its order.

#include <cstddef>
#include <cstdint>
#include <span>

namespace tenfold::ordered {

/// A sample's class, and its weight.
struct ClassSample {
  double weight = 1.0;
  std::uint32_t label = 0;
};

/// One order of a node. The first `begin` samples always go left.
struct ClassOrder {
  const std::uint32_t* samples = nullptr;  ///< all of the node, perhaps marked
  const float* values = nullptr;           ///< by place; none: every place is a position
  std::uint32_t n = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  ///< the last position
};

struct GiniNode {
  const ClassSample* samples = nullptr;
  std::span<const double> sums;  ///< by class
  std::span<double> left;        ///< working space of as many
  double weight = 0.0;
  double sum_of_squares = 0.0;  ///< of `sums`
  double min_weight_leaf = 0.0;
  std::uint32_t min_samples_leaf = 1;
  bool any_order = false;  ///< all sums are exact
};

/// The first best position of an order, if it is better than the best so far.
struct ClassResult {
  bool found = false;
  double proxy = 0.0;
  std::uint32_t position = 0;
};

ClassResult scan_gini(const GiniNode& node, const ClassOrder& order, double best_so_far);

}  // namespace tenfold::ordered
