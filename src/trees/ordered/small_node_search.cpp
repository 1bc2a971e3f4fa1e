#include "trees/ordered/small_node_search.hpp"

#include <algorithm>
#include <array>

#include "trees/ordered/division.hpp"

namespace tenfold::ordered {

void SmallNodeSearch::begin(const Moments& statistics, const std::uint32_t* samples, std::uint32_t n) {
  node_.begin(n);
  node_.sum = statistics.sum();
  node_.weight = statistics.weights().total;
  node_.has_unit_weights = statistics.has_unit_weights();
  node_.min_samples_leaf = rules_.min_samples_leaf;
  node_.min_weight_leaf = rules_.min_weight_leaf;
  for (std::uint32_t p = 0; p < n; ++p) {
    const Moments::Sample& one = statistics.samples()[samples[p]];
    node_.targets[p] = one.weighted_target;
    node_.weights[p] = one.weight;
  }
  added_.clear();
}

NodeSplit SmallNodeSearch::search(const Moments& statistics, GrowthState& state, NodeRange node,
                                  std::uint32_t n_constants) {
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  begin(statistics, samples, n);
  NodeSplit split;
  split.n_constants = state.draw.draw(rules_.max_features, n_constants,
                                      [&](std::uint32_t feature) { return add_column(samples, feature); });
  scan_small_node(node_);
  std::array<std::uint32_t, kSmallNode> entered{};
  std::copy_n(samples, n, entered.begin());
  for (std::uint32_t p = 0; p < n; ++p) {
    samples[p] = entered[node_.order[p]];
  }
  if (!node_.found) {
    return split;
  }
  split.found = true;
  split.feature = added_[node_.column];
  split.n_left = node_.position;
  split.missing_left = node_.position > n - node_.position;
  const TrainingColumn& column = columns_[split.feature];
  split.cut_between(column, node_.below, node_.above);
  partition_in_place(samples, n, [&](std::uint32_t sample) { return column.ranks[sample] <= split.cut; });
  return split;
}

/// Looks a column up, and scans the batch before if that is full. Returns whether it is constant in the node.
bool SmallNodeSearch::add_column(const std::uint32_t* samples, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  if (node_.n_columns == SmallNode::kColumns) {
    scan_small_node(node_);
  }
  const std::uint32_t at = node_.n_columns;
  std::uint32_t lowest = column.table->missing();
  std::uint32_t highest = 0;
  for (std::uint32_t p = 0; p < node_.n; ++p) {
    const std::uint32_t rank = column.ranks[samples[p]];
    node_.ranks[p][at] = rank;
    lowest = std::min(lowest, rank);
    highest = std::max(highest, rank);
  }
  if (lowest == highest) {
    return true;
  }
  const std::vector<std::uint8_t>& is_close = column.table->is_close;
  bool any_close = false;
  if (!is_close.empty()) {
    for (std::uint32_t p = 0; p < node_.n; ++p) {
      any_close = any_close || is_close[node_.ranks[p][at]] != 0;
    }
  }
  node_.close_values[at] = any_close ? column.table->values.data() : nullptr;
  // Values may be sorted, and yet count as one.
  const bool is_constant = any_close && column.value(highest) <= column.value(lowest) + kNear;
  node_.is_scanned |= std::uint64_t{!is_constant} << at;
  ++node_.n_columns;
  added_.push_back(feature);
  return is_constant;
}

}  // namespace tenfold::ordered
