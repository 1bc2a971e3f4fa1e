#pragma once

/// What a growth carries from node to node: the order of samples, the generator, features known as constant.
///
/// A node is a range of `samples`. Its order is what scikit-learn's in-place sorts and partitions leave, and
/// so fixed by the node's ancestors. Presorted columns keep an order of their own, divided along. A copy of
/// the state is another growth that goes on from here.

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "trees/feature_draw.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

struct GrowthState {
  std::vector<std::uint32_t> samples;
  std::vector<std::vector<std::uint32_t>> orders;  ///< by column; empty unless presorted
  FeatureDraw draw;

  /// Starts a tree: samples of positive weight, ascending (all, where there are no weights).
  void restart(const TrainingColumns& columns, std::span<const double> weights,
               std::uint32_t generator_state) {
    const auto takes = [&](std::uint32_t sample) { return weights.empty() || weights[sample] != 0.0; };
    samples.resize(columns.n_samples());
    std::uint32_t n = 0;
    for (std::uint32_t sample = 0; sample < columns.n_samples(); ++sample) {
      samples[n] = sample;
      n += static_cast<std::uint32_t>(takes(sample));
    }
    samples.resize(n);
    orders.resize(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::vector<std::uint32_t>& whole = columns[c].order;
      if (whole.empty()) {
        continue;
      }
      std::vector<std::uint32_t>& order = orders[c];
      order.resize(whole.size());
      std::size_t size = 0;
      for (const std::uint32_t entry : whole) {
        order[size] = entry;
        size += static_cast<std::size_t>(takes(entry & kSampleMask));
      }
      order.resize(n);
    }
    draw.restart(generator_state, columns.size());
  }

  /// Takes over another growth's state as far as samples from `first` on are concerned.
  void copy_from(const GrowthState& other, std::uint32_t first) {
    const auto copy_tail = [first](const std::vector<std::uint32_t>& from, std::vector<std::uint32_t>& to) {
      to.resize(from.size());
      std::copy(from.begin() + std::min<std::ptrdiff_t>(first, std::ssize(from)), from.end(),
                to.begin() + std::min<std::ptrdiff_t>(first, std::ssize(from)));
    };
    copy_tail(other.samples, samples);
    orders.resize(other.orders.size());
    for (std::size_t c = 0; c < orders.size(); ++c) {
      copy_tail(other.orders[c], orders[c]);
    }
    draw = other.draw;
  }
};

}  // namespace tenfold::ordered
