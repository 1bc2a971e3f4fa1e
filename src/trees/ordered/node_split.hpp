#pragma once

/// A node, its best split, and where a split cuts its column.

#include <algorithm>
#include <cstdint>

#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// Values that are no further apart count as equal.
inline constexpr float kNear = RankedColumns::kFeatureThreshold;

/// The greatest rank in [from, limit) whose value is at most the threshold; `from` is known to be one.
inline std::uint32_t rank_at_or_below(const TrainingColumn& column, double threshold, std::uint32_t from,
                                      std::uint32_t limit) {
  const auto first = column.table->values.begin();
  const auto above = std::upper_bound(first + from, first + limit, threshold,
                                      [](double t, float value) { return t < static_cast<double>(value); });
  return static_cast<std::uint32_t>(above - first) - 1;
}

struct NodeRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] std::uint32_t size() const { return end - begin; }
};

/// A node's best split. Ranks up to `cut` go left; missing values as `missing_left` says.
struct NodeSplit {
  bool found = false;
  std::uint32_t feature = 0;
  std::uint32_t n_left = 0;
  std::uint32_t cut = 0;
  double threshold = 0.0;
  bool missing_left = false;
  bool missing_from_split = false;  ///< the node has missing values in the feature
  double improvement = 0.0;
  double impurity_left = 0.0;
  double impurity_right = 0.0;
  double middle = 0.0;            ///< between the children's values
  std::uint32_t n_constants = 0;  ///< features known to be constant in the children

  /// Cuts a column between two ranks that are neighbours in the node.
  void cut_between(const TrainingColumn& column, std::uint32_t below, std::uint32_t above) {
    threshold =
        static_cast<double>(column.value(below)) / 2.0 + static_cast<double>(column.value(above)) / 2.0;
    cut = above == below + 1 ? below : rank_at_or_below(column, threshold, below, above);
  }
  /// Cuts a column at a threshold that is no less than its least value.
  void cut_at(const TrainingColumn& column, double at) {
    threshold = at;
    cut = rank_at_or_below(column, at, 0, column.table->missing());
  }
};

}  // namespace tenfold::ordered
