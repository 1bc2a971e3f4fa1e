#pragma once

/// Searches over forests, as many tests need them.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tenfold/learners/forest.hpp"
#include "tenfold/random.hpp"
#include "tenfold/search.hpp"
#include "test_data.hpp"

namespace tenfold::testing {

inline SeedSource seeds(std::uint32_t seed, std::size_t n_trees) {
  SeedSource source;
  LegacyGenerator generator(seed);
  for (std::size_t t = 0; t < n_trees; ++t) {
    source.tree_seeds.push_back(generator.below(0x7fffffffU));
  }
  return source;
}

inline std::vector<Split> three_splits(std::size_t n_rows) {
  std::vector<Split> splits(3);
  for (std::size_t row = 0; row < n_rows; ++row) {
    for (std::size_t s = 0; s < 3; ++s) {
      (row % 3 == s ? splits[s].test : splits[s].train).push_back(static_cast<std::int64_t>(row));
    }
  }
  return splits;
}

/// Specs that differ in everything that candidates of one growth may differ in.
inline std::vector<ForestSpec> varied_specs(std::int32_t seed_source, std::uint32_t n_train,
                                            Splitter splitter) {
  std::vector<ForestSpec> specs;
  for (const Criterion criterion : {Criterion::kGini, Criterion::kEntropy}) {
    for (const std::uint32_t max_depth : {2U, 5U, kUnlimitedDepth}) {
      for (const std::uint32_t min_samples_leaf : {1U, 4U}) {
        for (const double min_impurity_decrease : {0.0, 0.004}) {
          for (const bool bootstrap : {false, true}) {
            ForestSpec spec;
            spec.splitter = splitter;
            spec.criterion = criterion;
            spec.n_estimators = min_samples_leaf == 1 ? 5 : 8;
            spec.max_features = 2;
            spec.max_depth = max_depth;
            spec.min_samples_leaf = min_samples_leaf;
            spec.min_samples_split = max_depth == 5 ? 9 : 2;
            spec.min_weight_leaf = max_depth == 2 ? 3.5 : 0.0;
            spec.min_impurity_decrease = min_impurity_decrease;
            spec.bootstrap = bootstrap;
            spec.max_samples = bootstrap ? n_train : 0;
            spec.seed_source = seed_source;
            specs.push_back(spec);
          }
        }
      }
    }
  }
  return specs;
}

inline std::vector<Cell> all_cells(std::size_t n_specs, std::size_t n_splits) {
  std::vector<Cell> cells;
  for (std::uint32_t spec = 0; spec < n_specs; ++spec) {
    for (std::uint32_t split = 0; split < n_splits; ++split) {
      cells.push_back({spec, split});
    }
  }
  return cells;
}

inline void finish(Search& search, std::size_t n_threads) {
  search.start(n_threads);
  while (!search.wait(1.0)) {
  }
}

/// The learner of these specs, with one seed source of eight trees.
inline std::shared_ptr<const Learner> learner_of(std::vector<ForestSpec> specs) {
  return make_forest_learner(std::move(specs), {seeds(1, 8)});
}

inline SearchOptions options(std::uint64_t free_seed = 0, bool score_train = false,
                             bool keep_responses = false) {
  SearchOptions result;
  result.free_seed = free_seed;
  result.metric = Metric::kAccuracy;
  result.plan.score_train = score_train;
  result.plan.keep_responses = keep_responses;
  return result;
}

/// The responses to test rows of every cell of a search.
inline std::vector<std::vector<double>> responses_of(const Data& data, std::shared_ptr<const Learner> learner,
                                                     const std::vector<Split>& splits,
                                                     const std::vector<Cell>& cells, std::size_t n_threads,
                                                     std::uint64_t free_seed = 0, bool share = true) {
  SearchOptions how = options(free_seed, false, true);
  how.metric = Metric::kNone;
  how.plan.share = share;
  Search search(data, std::move(learner), splits, cells, how);
  finish(search, n_threads);
  std::vector<std::vector<double>> responses;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    responses.push_back(search.outcome(c).test_responses);
  }
  return responses;
}

/// A table of forests over rows of three classes, split in three: what searches begin with.
struct ForestTable {
  TestData data;
  Data dataset;
  std::vector<Split> splits;
  std::vector<ForestSpec> specs;
  std::vector<Cell> cells;  ///< every spec on every split

  ForestTable(std::size_t n_rows, std::vector<ForestSpec> given)
      : data(mixed_data(n_rows, 3, 8)),
        dataset(data.data()),
        splits(three_splits(n_rows)),
        specs(std::move(given)),
        cells(all_cells(specs.size(), splits.size())) {}

  [[nodiscard]] Search search(SearchOptions how = options()) const {
    return {dataset, learner_of(specs), splits, cells, std::move(how)};
  }
};

/// Specs that are a family each: bootstraps of different sizes.
inline std::vector<ForestSpec> specs_apart(std::size_t n_specs) {
  std::vector<ForestSpec> specs(n_specs);
  for (std::uint32_t i = 0; i < specs.size(); ++i) {
    specs[i].bootstrap = true;
    specs[i].max_samples = 100 + i;
  }
  return specs;
}

}  // namespace tenfold::testing
