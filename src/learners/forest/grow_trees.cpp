/// Whole trees of one forest, as scikit-learn's own `fit` asks for them.

#include <algorithm>
#include <atomic>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/check.hpp"
#include "data/ranked_columns.hpp"
#include "learners/forest/forest.hpp"
#include "learners/forest/forest_rows.hpp"
#include "learners/forest/forest_run.hpp"
#include "parallel/threads.hpp"
#include "trees/cost_complexity.hpp"
#include "trees/tree_grower.hpp"
#include "trees/tree_recorder.hpp"

namespace tenfold {

namespace {

/// A tree to grow: its rows, valid until the next ones are asked for, and where its generator begins.
struct TreeStart {
  std::span<TrainingRow> rows;
  std::uint32_t splitter_state = 0;
};

/// Grows many trees by one spec. `make_starts` gives each thread a function from a tree's number to its
/// start.
template <typename MakeStarts>
std::vector<GrownTree> grow_each(const Data& data, const ForestSpec& spec, std::size_t n_trees,
                                 std::size_t largest_weight, std::size_t n_threads,
                                 MakeStarts&& make_starts) {
  const RankedColumns& columns = data.ranks();
  const GrowthRules rules = growth_rules(std::span(&spec, 1));
  std::vector<GrownTree> trees(n_trees);
  std::atomic<std::size_t> next = 0;
  const auto take_trees = [&] {
    auto start_of = make_starts();
    TreeGrower grower(columns, data.n_classes(), rules, largest_weight);
    NoLeaves sink;
    for (std::size_t i = next++; i < trees.size(); i = next++) {
      const TreeStart start = start_of(i);
      TreeRecorder recorder;
      grower.grow(start.rows, {}, start.splitter_state, rules.all(), sink, &recorder);
      trees[i] = spec.ccp_alpha > 0.0 ? prune(recorder.tree(), data.n_classes(), spec.ccp_alpha)
                                      : std::move(recorder.tree());
    }
  };
  run_on_threads(std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(trees.size(), 1)), take_trees);
  return trees;
}

}  // namespace

std::vector<GrownTree> grow_trees(const Data& data, const ForestSpec& spec, const SeedSource& source,
                                  std::span<const std::int64_t> rows, std::size_t n_threads,
                                  std::size_t first_tree, std::span<const double> probabilities) {
  check_finite(data);
  check_rows(rows, data.n_rows());
  ForestSpec seeded = spec;
  seeded.seed_source = 0;
  check_spec(0, seeded, std::span(&source, 1));
  check_rows_of_spec(0, seeded, rows.size());
  const std::size_t n_trees = seeded.n_estimators - std::min<std::size_t>(first_tree, seeded.n_estimators);
  return grow_each(data, seeded, n_trees, seeded.bootstrap ? seeded.max_samples : rows.size(), n_threads,
                   [&] {
                     return [&, forest_rows = ForestRows(data.target().codes(), rows, seeded, probabilities)](
                                std::size_t i) mutable {
                       const TreeDraws draws = seeded_draws(source, first_tree + i);
                       return TreeStart{forest_rows.of_tree(draws), draws.splitter_state};
                     };
                   });
}

std::vector<GrownTree> grow_counted_trees(const Data& data, const ForestSpec& spec,
                                          std::span<const std::uint32_t> splitter_states,
                                          std::span<const std::span<const std::int64_t>> counts,
                                          std::size_t n_threads) {
  check_finite(data);
  ForestSpec counted = spec;
  counted.seed_source = 0;
  const SeedSource source{{}, 0};
  counted.n_estimators = 1;
  check_spec(0, counted, std::span(&source, 1));
  if (counts.size() != splitter_states.size()) {
    throw std::invalid_argument("counts are of " + std::to_string(counts.size()) + " trees, states of " +
                                std::to_string(splitter_states.size()) + ".");
  }
  std::uint64_t largest = 1;
  for (const std::span<const std::int64_t> of_tree : counts) {
    constexpr std::int64_t kLargestCount = 65'535;
    const auto fits = [](std::int64_t count) { return count >= 0 && count <= kLargestCount; };
    if (of_tree.size() != data.n_rows() || !std::ranges::all_of(of_tree, fits)) {
      throw std::invalid_argument("counts must be one a row, from 0 to 65535.");
    }
    const auto total =
        static_cast<std::uint64_t>(std::accumulate(of_tree.begin(), of_tree.end(), std::int64_t{0}));
    if (total == 0 || total > largest_bootstrap(data.n_rows())) {
      throw std::invalid_argument("a tree of " + std::to_string(total) + " draws from " +
                                  std::to_string(data.n_rows()) + " rows; must be from 1 to " +
                                  std::to_string(largest_bootstrap(data.n_rows())) + ".");
    }
    largest = std::max(largest, total);
  }
  const std::span<const std::uint16_t> codes = data.target().codes();
  return grow_each(data, counted, counts.size(), largest, n_threads, [&] {
    return [&, rows = std::vector<TrainingRow>()](std::size_t i) mutable {
      rows.clear();
      for (std::size_t row = 0; row < codes.size(); ++row) {
        if (counts[i][row] != 0) {
          rows.push_back(
              {static_cast<std::uint32_t>(row), codes[row], static_cast<std::uint16_t>(counts[i][row])});
        }
      }
      return TreeStart{rows, splitter_states[i]};
    };
  });
}

}  // namespace tenfold
