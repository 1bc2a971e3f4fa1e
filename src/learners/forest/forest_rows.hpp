#pragma once

/// The training rows of a forest's trees: all of them, or a bootstrap sample a tree.

#include <cstdint>
#include <span>
#include <vector>

#include "tenfold/learners/forest.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

/// The random numbers of one tree.
struct TreeDraws {
  std::uint32_t bootstrap_seed = 0;  ///< of NumPy's generator; unused where `free`
  std::uint32_t splitter_state = 0;
  std::uint64_t free_state = 0;  ///< of the bootstrap, where `free`
  bool free = false;
};

/// Draws of tree `tree` of a seeded forest, as scikit-learn takes them from its seed.
TreeDraws seeded_draws(const SeedSource& source, std::size_t tree);

/// Draws of tree `tree` of a free forest: a function of `key` (what is fitted, to which rows, under which
/// master seed) and the tree only, so that neither threads nor the order of cells and tasks change a score.
TreeDraws free_draws(std::uint64_t key, std::size_t tree);

/// `numpy.searchsorted(cumulative, u, side="right")`, as NumPy's `choice` draws by probabilities.
std::size_t drawn_by(std::span<const double> cumulative, double u);

class ForestRows {
 public:
  /// `codes`: classes of all rows of the data set. `rows`: the training rows of the split, in the order in
  /// which scikit-learn sees them. `probabilities`: by which they are drawn, added up; none: all alike.
  ForestRows(std::span<const std::uint16_t> codes, std::span<const std::int64_t> rows, const ForestSpec& spec,
             std::span<const double> probabilities = {});

  /// Rows of one tree; valid until the next call. Without bootstrap the same rows every time, in
  /// whatever order the last tree left them.
  std::span<TrainingRow> of_tree(const TreeDraws& draws);

 private:
  std::span<const std::uint16_t> codes_;
  std::span<const std::int64_t> split_rows_;
  bool bootstrap_;
  std::uint32_t max_samples_;
  std::span<const double> probabilities_;
  std::vector<TrainingRow> rows_;
  std::vector<std::uint16_t> drawn_;
};

}  // namespace tenfold
