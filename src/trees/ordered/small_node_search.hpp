#pragma once

/// The split of a node of few samples, by the scan of all its columns at once (small_node.hpp).

#include <cstdint>
#include <vector>

#include "trees/ordered/growth_state.hpp"
#include "trees/ordered/node_split.hpp"
#include "trees/ordered/search_rules.hpp"
#include "trees/ordered/small_node.hpp"
#include "trees/ordered/statistics.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// For squared error, without missing values, constraints and drawn thresholds.
class SmallNodeSearch {
 public:
  SmallNodeSearch(const TrainingColumns& columns, const SearchRules& rules)
      : columns_(columns), rules_(rules) {}

  /// Finds the best split of a node of at most `kSmallNode` samples, but for what the statistics tell of it,
  /// and divides its samples. The statistics have begun the node.
  NodeSplit search(const Moments& statistics, GrowthState& state, NodeRange node, std::uint32_t n_constants);

 private:
  void begin(const Moments& statistics, const std::uint32_t* samples, std::uint32_t n);
  bool add_column(const std::uint32_t* samples, std::uint32_t feature);

  const TrainingColumns& columns_;
  SearchRules rules_;
  SmallNode node_;
  std::vector<std::uint32_t> added_;  ///< columns that are not constant, as they were drawn
};

}  // namespace tenfold::ordered
