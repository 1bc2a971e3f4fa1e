#pragma once

/// What the search of a node's split is told from outside.

#include <cstdint>
#include <limits>
#include <span>

namespace tenfold::ordered {

/// What a search is bound by; the same for all nodes of a growth.
struct SearchRules {
  bool random_thresholds = false;
  std::uint32_t max_features = 1;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;
  /// All sums are exact, so that neither the order of samples nor the direction of sums matters.
  bool any_order = false;
  /// By column: 1 where predictions may only rise with it, -1 where they may only fall; none: no constraints.
  std::span<const std::int8_t> monotonic;
  /// Keep to what every processor can do.
  bool plain = false;
};

/// Between which a node's value must stay, because of constraints above it.
struct ValueBounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

}  // namespace tenfold::ordered
