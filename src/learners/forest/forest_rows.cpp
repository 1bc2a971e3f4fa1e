#include "learners/forest/forest_rows.hpp"

#include <algorithm>

#include "tenfold/random.hpp"

namespace tenfold {

TreeDraws seeded_draws(const SeedSource& source, std::size_t tree) {
  if (source.splitter_state) {
    return {0, *source.splitter_state, 0, false};
  }
  const std::uint32_t seed = source.tree_seeds[tree];
  return {seed, LegacyGenerator(seed).below(TreeGenerator::kLargest), 0, false};
}

TreeDraws free_draws(std::uint64_t key, std::size_t tree) {
  const std::uint64_t state = mix(mix(key) ^ tree);
  return {0, static_cast<std::uint32_t>(mix(state) >> 32U), mix(~state), true};
}

std::size_t drawn_by(std::span<const double> cumulative, double u) {
  const auto at = static_cast<std::size_t>(std::ranges::upper_bound(cumulative, u) - cumulative.begin());
  return std::min(at, cumulative.size() - 1);
}

ForestRows::ForestRows(std::span<const std::uint16_t> codes, std::span<const std::int64_t> rows,
                       const ForestSpec& spec, std::span<const double> probabilities)
    : codes_(codes),
      split_rows_(rows),
      bootstrap_(spec.bootstrap),
      max_samples_(spec.max_samples),
      probabilities_(probabilities) {
  rows_.reserve(rows.size());
  if (!bootstrap_) {
    for (const std::int64_t row : rows) {
      const auto index = static_cast<std::uint32_t>(row);
      rows_.push_back({index, codes[index], 1});
    }
  }
}

std::span<TrainingRow> ForestRows::of_tree(const TreeDraws& draws) {
  if (!bootstrap_) {
    return rows_;
  }
  const auto n_rows = static_cast<std::uint32_t>(split_rows_.size());
  drawn_.assign(n_rows, 0);
  if (!probabilities_.empty()) {
    LegacyGenerator generator(draws.bootstrap_seed);
    std::uint64_t state = draws.free_state;
    for (std::uint32_t i = 0; i < max_samples_; ++i) {
      state += 0x9e3779b97f4a7c15ULL;
      ++drawn_[drawn_by(probabilities_, draws.free ? unit_real(mix(state)) : generator.real())];
    }
  } else if (draws.free) {
    std::uint64_t state = draws.free_state;
    for (std::uint32_t i = 0; i < max_samples_; ++i) {
      state += 0x9e3779b97f4a7c15ULL;
      // Multiply-shift: the bias of 2**-32 a row is far below what any number of trees could show.
      ++drawn_[static_cast<std::size_t>(((mix(state) >> 32U) * n_rows) >> 32U)];
    }
  } else {
    LegacyGenerator generator(draws.bootstrap_seed);
    for (std::uint32_t i = 0; i < max_samples_; ++i) {
      ++drawn_[generator.below(n_rows)];
    }
  }
  rows_.clear();
  for (std::uint32_t i = 0; i < n_rows; ++i) {
    if (drawn_[i] != 0) {
      const auto row = static_cast<std::uint32_t>(split_rows_[i]);
      rows_.push_back({row, codes_[row], drawn_[i]});
    }
  }
  return rows_;
}

}  // namespace tenfold
