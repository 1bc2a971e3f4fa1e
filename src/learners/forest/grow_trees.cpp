/// Whole trees of one forest, as scikit-learn's own `fit` asks for them.

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

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

std::vector<GrownTree> grow_trees(const Data& data, const ForestSpec& spec, const SeedSource& source,
                                  std::span<const std::int64_t> rows, std::size_t n_threads,
                                  std::size_t first_tree, std::span<const double> probabilities) {
  check_finite(data);
  check_rows(rows, data.n_rows());
  ForestSpec seeded = spec;
  seeded.seed_source = 0;
  check_spec(0, seeded, std::span(&source, 1));
  check_rows_of_spec(0, seeded, rows.size());

  const RankedColumns& columns = data.ranks();
  const GrowthRules rules = growth_rules(std::span(&seeded, 1));
  std::vector<GrownTree> trees(seeded.n_estimators - std::min<std::size_t>(first_tree, seeded.n_estimators));
  std::atomic<std::size_t> next = 0;
  const auto take_trees = [&] {
    ForestRows forest_rows(data.target().codes(), rows, seeded, probabilities);
    TreeGrower grower(columns, data.n_classes(), rules, seeded.bootstrap ? seeded.max_samples : rows.size());
    NoLeaves sink;
    for (std::size_t i = next++; i < trees.size(); i = next++) {
      const TreeDraws draws = seeded_draws(source, first_tree + i);
      TreeRecorder recorder;
      grower.grow(forest_rows.of_tree(draws), {}, draws.splitter_state, rules.all(), sink, &recorder);
      trees[i] = seeded.ccp_alpha > 0.0 ? prune(recorder.tree(), data.n_classes(), seeded.ccp_alpha)
                                        : std::move(recorder.tree());
    }
  };
  run_on_threads(std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(trees.size(), 1)), take_trees);
  return trees;
}

}  // namespace tenfold
