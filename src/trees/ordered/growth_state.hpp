#pragma once

/// What a growth carries from node to node: the order of samples, the generator, features known as constant.
///
/// A node is a range of `samples`. Its order is what scikit-learn's in-place sorts and partitions leave, and
/// so fixed by the node's ancestors. Presorted columns keep an order of their own, divided along. A copy of
/// the state is another growth that goes on from here.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "tenfold/random.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// Draws features without replacement, keeping track of constant ones, as `node_split_best` does.
class FeatureDraw {
 public:
  void restart(std::uint32_t generator_state, std::size_t n_features) {
    generator = TreeGenerator(generator_state);
    features_.resize(n_features);
    std::iota(features_.begin(), features_.end(), 0U);
    constants_.assign(n_features, 0);
  }

  /// Draws up to `max_features` features, and further until one is not constant. `visit(feature)` returns
  /// whether the feature is constant in the node; those known to be so from its ancestors, `n_known` of
  /// them, are drawn but not visited. Returns the number of constant features known afterwards.
  template <typename Visit>
  std::uint32_t draw(std::uint32_t max_features, std::uint32_t n_known, Visit&& visit) {
    std::uint32_t* const list = features_.data();
    auto undrawn = static_cast<std::uint32_t>(features_.size());
    std::uint32_t n_visited = 0;
    std::uint32_t n_found = 0;
    std::uint32_t n_drawn = 0;
    std::uint32_t n_total = n_known;
    while (undrawn > n_total && (n_visited < max_features || n_visited <= n_found + n_drawn)) {
      ++n_visited;
      std::uint32_t at = generator.between(n_drawn, undrawn - n_found);
      if (at < n_known) {
        std::swap(list[n_drawn], list[at]);
        ++n_drawn;
        continue;
      }
      at += n_found;
      if (visit(list[at])) {
        std::swap(list[at], list[n_total]);
        ++n_found;
        ++n_total;
        continue;
      }
      --undrawn;
      std::swap(list[undrawn], list[at]);
    }
    // Siblings and children rely on the order of the inherited constants.
    std::copy_n(constants_.data(), n_known, list);
    std::copy_n(list + n_known, n_found, constants_.data() + n_known);
    return n_total;
  }

  /// Features known to be constant below a node for which `draw` returned `n_constants`.
  [[nodiscard]] std::span<const std::uint32_t> constants(std::uint32_t n_constants) const {
    return {constants_.data(), n_constants};
  }

  TreeGenerator generator;

 private:
  std::vector<std::uint32_t> features_;
  std::vector<std::uint32_t> constants_;
};

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
