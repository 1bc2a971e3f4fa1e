#include "trees/ordered/division.hpp"

#include "trees/ordered/clean_scan.hpp"

namespace tenfold::ordered {

/// Notes which samples go left before they are divided: the division looks at them one after the other, each
/// where the one before it says, and should not wait for a rank each time.
void Division::mark_left(const GrowthState& state, NodeRange node, const NodeSplit& split) {
  const TrainingColumn& column = columns_[split.feature];
  const std::uint32_t n = node.size();
  if (column.is_presorted() && !split.missing_from_split) {
    const std::uint32_t* const order = state.orders[split.feature].data() + node.begin;
    for (std::uint32_t p = 0; p < n; ++p) {
      goes_left_[order[p] & kSampleMask] = static_cast<std::uint8_t>(p < split.n_left);
    }
    return;
  }
  const std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t missing = column.table->missing();
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t rank = column.ranks[samples[p]];
    goes_left_[samples[p]] =
        static_cast<std::uint8_t>(rank == missing ? split.missing_left : rank <= split.cut);
  }
}

void Division::divide_samples(GrowthState& state, NodeRange node, const NodeSplit& split) {
  mark_left(state, node, split);
  partition_in_place(state.samples.data() + node.begin, node.size(),
                     [&](std::uint32_t sample) { return goes_left_[sample] != 0; });
}

void Division::divide_orders(GrowthState& state, NodeRange node, const NodeSplit& split,
                             std::span<const std::uint32_t> constants) {
  const std::uint32_t n = node.size();
  const std::uint32_t* const samples = state.samples.data() + node.begin;
  for (std::uint32_t p = 0; p < n; ++p) {
    goes_left_[samples[p]] = static_cast<std::uint8_t>(p < split.n_left);
  }
  scratch_.resize(n);
  skipped_.assign(columns_.size(), 0);
  for (const std::uint32_t feature : constants) {
    skipped_[feature] = 1;
  }
  // Its own column is divided as it stands.
  skipped_[split.feature] |= static_cast<std::uint8_t>(!split.missing_from_split);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].is_presorted() && skipped_[c] == 0) {
      divide_order(state.orders[c].data() + node.begin, n, goes_left_.data(), scratch_.data());
    }
  }
}

}  // namespace tenfold::ordered
