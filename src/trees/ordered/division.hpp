#pragma once

/// Dividing a node's samples, and its presorted orders, as its split says.

#include <cstdint>
#include <span>
#include <vector>

#include "trees/ordered/growth_state.hpp"
#include "trees/ordered/node_split.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// scikit-learn's two-pointer partition: what goes right is exchanged with the end, one by one. On a range
/// that is divided already it still rotates the right part by one. Returns how many go left.
template <typename GoesLeft>
std::uint32_t partition_in_place(std::uint32_t* samples, std::uint32_t n, GoesLeft&& goes_left) {
  std::uint32_t begin = 0;
  std::uint32_t end = n;
  while (begin < end) {
    const std::uint32_t sample = samples[begin];
    const bool left = goes_left(sample);
    end -= static_cast<std::uint32_t>(!left);
    const std::uint32_t other = left ? begin : end;
    samples[begin] = samples[other];
    samples[other] = sample;
    begin += static_cast<std::uint32_t>(left);
  }
  return end;
}

class Division {
 public:
  explicit Division(const TrainingColumns& columns) : columns_(columns), goes_left_(columns.n_samples()) {}

  /// Divides a node's samples as scikit-learn does.
  void divide_samples(GrowthState& state, NodeRange node, const NodeSplit& split);

  /// Divides the presorted orders of a node as its samples were divided. Columns among `constants` are left
  /// as they are: nobody asks for them below.
  void divide_orders(GrowthState& state, NodeRange node, const NodeSplit& split,
                     std::span<const std::uint32_t> constants);

 private:
  void mark_left(const GrowthState& state, NodeRange node, const NodeSplit& split);

  const TrainingColumns& columns_;
  std::vector<std::uint8_t> goes_left_;  ///< by sample
  std::vector<std::uint8_t> skipped_;    ///< by column
  std::vector<std::uint32_t> scratch_;
};

}  // namespace tenfold::ordered
