#pragma once

/// Drawing the features of a node as scikit-learn's splitters do (`node_split_best`, `node_split_random`).
///
/// The number of draws depends on which features are constant in a node, so both kinds of constants are
/// tracked exactly: those *inherited*, known from the node's ancestors, and those *found* in it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "tenfold/random.hpp"

namespace tenfold {

/// A tree's generator, and its features in the order that its draws have left.
class FeatureDraw {
 public:
  /// Begins a tree.
  void restart(std::uint32_t generator_state, std::size_t n_features) {
    generator = TreeGenerator(generator_state);
    features_.resize(n_features);
    std::iota(features_.begin(), features_.end(), 0U);
    constants_.assign(n_features, 0);
  }

  /// Draws up to `max_features` features, and further until one is not constant. `examine(feature)` returns
  /// whether the feature is constant in the node; the `n_known` inherited ones are drawn, but not shown to
  /// it. Returns how many constants are known afterwards.
  ///
  /// Loop invariant: `list` holds [0, n_drawn): inherited constants that were drawn; [n_drawn, n_known):
  /// those that were not; [n_known, n_total): constants found here; [n_total, undrawn): not drawn yet;
  /// [undrawn, n): drawn and not constant.
  template <typename Examine>
  std::uint32_t draw(std::uint32_t max_features, std::uint32_t n_known, Examine&& examine) {
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
      if (examine(list[at])) {
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
  std::vector<std::uint32_t> features_;   ///< a permutation; known constants first
  std::vector<std::uint32_t> constants_;  ///< in the order in which they were found
};

}  // namespace tenfold
