#include "tenfold/search.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "metrics/accuracy.hpp"
#include "tenfold/random.hpp"
#include "test_data.hpp"

namespace tenfold {
namespace {

SeedSource seeds(std::uint32_t seed, std::size_t n_trees) {
  SeedSource source;
  LegacyGenerator generator(seed);
  for (std::size_t t = 0; t < n_trees; ++t) {
    source.tree_seeds.push_back(generator.below(0x7fffffffU));
  }
  return source;
}

std::vector<Split> three_splits(std::size_t n_rows) {
  std::vector<Split> splits(3);
  for (std::size_t row = 0; row < n_rows; ++row) {
    for (std::size_t s = 0; s < 3; ++s) {
      (row % 3 == s ? splits[s].test : splits[s].train).push_back(static_cast<std::int64_t>(row));
    }
  }
  return splits;
}

/// Specs that differ in everything that candidates of one growth may differ in.
std::vector<ForestSpec> varied_specs(std::int32_t seed_source, std::uint32_t n_train, Splitter splitter) {
  std::vector<ForestSpec> specs;
  for (const Criterion criterion : {Criterion::kGini, Criterion::kEntropy}) {
    for (const std::uint32_t max_depth : {2U, 5U, ForestSpec::kUnlimitedDepth}) {
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

std::vector<Cell> all_cells(std::size_t n_specs, std::size_t n_splits) {
  std::vector<Cell> cells;
  for (std::uint32_t spec = 0; spec < n_specs; ++spec) {
    for (std::uint32_t split = 0; split < n_splits; ++split) {
      cells.push_back({spec, split});
    }
  }
  return cells;
}

void finish(Search& search, std::size_t n_threads) {
  search.start(n_threads);
  while (!search.wait(1.0)) {
  }
}

std::vector<double> probabilities_of(const Dataset& dataset, const std::vector<ForestSpec>& specs,
                                     const std::vector<Split>& splits, const std::vector<Cell>& cells,
                                     std::size_t n_threads, std::uint64_t free_seed = 0) {
  Search search(dataset, specs, {seeds(1, 8)}, splits, cells, {free_seed, true, true});
  finish(search, n_threads);
  std::vector<double> all;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const CellResult& result = search.result(c);
    all.insert(all.end(), result.test_probabilities.begin(), result.test_probabilities.end());
    all.insert(all.end(), result.train_probabilities.begin(), result.train_probabilities.end());
  }
  return all;
}

/// Class probabilities by walking whole trees, as scikit-learn predicts.
std::vector<double> walk(const testing::TestData& data, const std::vector<GrownTree>& trees,
                         const std::vector<std::int64_t>& rows) {
  std::vector<double> sums(rows.size() * data.n_classes);
  for (const GrownTree& tree : trees) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const float* const values = data.x.data() + static_cast<std::size_t>(rows[i]) * data.n_columns;
      std::size_t node = 0;
      while (tree.nodes[node].left_child != TreeNode::kLeaf) {
        const TreeNode& split = tree.nodes[node];
        const bool left = static_cast<double>(values[split.feature]) <= split.threshold;
        node = static_cast<std::size_t>(left ? split.left_child : split.right_child);
      }
      for (std::size_t k = 0; k < data.n_classes; ++k) {
        sums[i * data.n_classes + k] += tree.values[node * data.n_classes + k];
      }
    }
  }
  for (double& sum : sums) {
    sum /= static_cast<double>(trees.size());
  }
  return sums;
}

class BothSplitters : public ::testing::TestWithParam<Splitter> {};
INSTANTIATE_TEST_SUITE_P(Search, BothSplitters, ::testing::Values(Splitter::kBest, Splitter::kRandom));

/// The heart of it: whatever is shared, each cell is what growing its forest alone gives.
TEST_P(BothSplitters, EveryCellEqualsItsForestGrownAlone) {
  const testing::TestData data = testing::mixed_data(700, 4, 5);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto n_train = static_cast<std::uint32_t>(splits[0].train.size());
  const std::vector<ForestSpec> specs = varied_specs(0, n_train, GetParam());
  const std::vector<Cell> cells = all_cells(specs.size(), 1);
  Search search(dataset, specs, {seeds(1, 8)}, splits, cells, {0, true, true});
  EXPECT_LT(search.plan().families.size(), cells.size() / 10) << "little is shared";
  finish(search, 1);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto trees = grow_trees(dataset, specs[cells[c].spec], seeds(1, 8), splits[0].train, 1);
    EXPECT_EQ(search.result(c).test_probabilities, walk(data, trees, splits[0].test)) << "cell " << c;
    EXPECT_EQ(search.result(c).train_probabilities, walk(data, trees, splits[0].train)) << "cell " << c;
  }
}

/// Pruned candidates too, with unpruned ones among them.
TEST_P(BothSplitters, PrunedCellsEqualTheirForestsGrownAlone) {
  const testing::TestData data = testing::mixed_data(500, 3, 12);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs;
  for (const double ccp_alpha : {0.0, 0.001, 0.004, 0.02, 5.0}) {
    for (const std::uint32_t max_depth : {4U, ForestSpec::kUnlimitedDepth}) {
      ForestSpec spec;
      spec.splitter = GetParam();
      spec.ccp_alpha = ccp_alpha;
      spec.max_depth = max_depth;
      spec.max_features = 3;
      spec.n_estimators = max_depth == 4 ? 3 : 6;
      spec.seed_source = 0;
      specs.push_back(spec);
    }
  }
  const std::vector<Cell> cells = all_cells(specs.size(), 1);
  Search search(dataset, specs, {seeds(1, 8)}, splits, cells, {0, false, true});
  EXPECT_EQ(search.plan().families.size(), 2U);
  finish(search, 1);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto trees = grow_trees(dataset, specs[c], seeds(1, 8), splits[0].train, 1);
    EXPECT_EQ(search.result(c).test_probabilities, walk(data, trees, splits[0].test)) << "cell " << c;
  }
  EXPECT_EQ(grow_trees(dataset, specs.back(), seeds(1, 8), splits[0].train, 1)[0].nodes.size(), 1U);
}

/// Without a seed, all stopping rules are read off one growth; each as if it had been grown alone.
TEST(Search, FreePrunedCellsAreReadOffOneGrowth) {
  // One column and no bootstrap: the draws decide nothing, so equality can be asked for.
  const testing::TestData mixed = testing::mixed_data(500, 3, 12);
  testing::TestData data{{}, mixed.y, 1, 3};
  for (std::size_t row = 0; row < mixed.y.size(); ++row) {
    data.x.push_back(mixed.x[row * mixed.n_columns + 6]);
  }
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs;
  for (const double ccp_alpha : {0.0, 0.003}) {
    for (const std::uint32_t max_depth : {3U, ForestSpec::kUnlimitedDepth}) {
      for (const double min_impurity_decrease : {0.0, 0.01}) {
        ForestSpec spec;
        spec.ccp_alpha = ccp_alpha;
        spec.max_depth = max_depth;
        spec.min_impurity_decrease = min_impurity_decrease;
        spec.min_samples_split = max_depth == 3 ? 40 : 2;
        spec.n_estimators = 2;
        specs.push_back(spec);
      }
    }
  }
  const std::vector<Cell> cells = all_cells(specs.size(), 1);
  Search search(dataset, specs, {}, splits, cells, {3, false, true});
  EXPECT_EQ(search.plan().families.size(), 1U);
  finish(search, 2);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    Search alone(dataset, {specs[c]}, {}, splits, {{0, 0}}, {3, false, true});
    finish(alone, 1);
    EXPECT_EQ(search.result(c).test_probabilities, alone.result(0).test_probabilities) << "cell " << c;
  }
}

TEST_P(BothSplitters, ThreadsChangeNothing) {
  const testing::TestData data = testing::mixed_data(400, 3, 6);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  for (const std::int32_t source : {0, ForestSpec::kFree}) {
    const std::vector<ForestSpec> specs =
        varied_specs(source, static_cast<std::uint32_t>(splits[0].train.size()), GetParam());
    const std::vector<Cell> cells = all_cells(specs.size(), splits.size());
    const auto alone = probabilities_of(dataset, specs, splits, cells, 1, 11);
    EXPECT_EQ(alone, probabilities_of(dataset, specs, splits, cells, 4, 11));
  }
}

TEST(Search, FreeForestsFollowTheMasterSeed) {
  const testing::TestData data = testing::mixed_data(300, 3, 7);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto specs = varied_specs(ForestSpec::kFree, 200, Splitter::kBest);
  const auto cells = all_cells(specs.size(), splits.size());
  const auto first = probabilities_of(dataset, specs, splits, cells, 1, 1);
  EXPECT_EQ(first, probabilities_of(dataset, specs, splits, cells, 1, 1));
  EXPECT_NE(first, probabilities_of(dataset, specs, splits, cells, 1, 2));
}

TEST(Search, AccuracyCountsTheFirstLargest) {
  const testing::TestData data = testing::mixed_data(500, 3, 8);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto specs = varied_specs(0, 333, Splitter::kBest);
  const auto cells = all_cells(specs.size(), splits.size());
  Search search(dataset, specs, {seeds(1, 8)}, splits, cells, {0, true, true});
  finish(search, 2);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto& rows = splits[cells[c].split].test;
    const auto& shares = search.result(c).test_probabilities;
    double correct = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto first = shares.begin() + static_cast<std::ptrdiff_t>(i * 3);
      correct += std::max_element(first, first + 3) - first == data.y[static_cast<std::size_t>(rows[i])];
    }
    EXPECT_EQ(search.result(c).test_accuracy, correct / static_cast<double>(rows.size()));
  }
}

TEST(Search, TimesAreSharedOutInFull) {
  const testing::TestData data = testing::mixed_data(600, 3, 8);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto specs = varied_specs(0, 400, Splitter::kBest);
  const auto cells = all_cells(specs.size(), splits.size());
  Search search(dataset, specs, {seeds(1, 8)}, splits, cells, {});
  finish(search, 2);
  double cell_seconds = 0.0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    EXPECT_GT(search.result(c).fit_seconds, 0.0);
    EXPECT_TRUE(std::isnan(search.result(c).train_accuracy));
    cell_seconds += search.result(c).fit_seconds + search.result(c).score_seconds;
  }
  const std::vector<double> families = search.family_seconds();
  const double spent = std::accumulate(families.begin(), families.end(), 0.0);
  EXPECT_NEAR(cell_seconds, spent, 1e-9 * static_cast<double>(cells.size()) + 1e-6 * spent);
}

TEST(Search, ReportsEachCellOnceAndAllProgress) {
  const testing::TestData data = testing::mixed_data(300, 3, 8);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto specs = varied_specs(0, 200, Splitter::kRandom);
  const auto cells = all_cells(specs.size(), splits.size());
  Search search(dataset, specs, {seeds(1, 8)}, splits, cells, {});
  EXPECT_EQ(search.progress(), 0.0);
  finish(search, 3);
  std::vector<int> seen(cells.size(), 0);
  for (const std::uint32_t cell : search.take_finished()) {
    ++seen[cell];
  }
  EXPECT_EQ(seen, std::vector<int>(cells.size(), 1));
  EXPECT_TRUE(search.take_finished().empty());
  EXPECT_NEAR(search.progress(), 1.0, 1e-9);
}

TEST(Search, StopsWhenCancelled) {
  const testing::TestData data = testing::mixed_data(20'000, 3, 8);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(data.y.size());
  ForestSpec spec;
  spec.n_estimators = 5000;
  spec.max_features = 5;
  Search search(dataset, {spec}, {}, splits, all_cells(1, 3), {});
  search.start(2);
  EXPECT_FALSE(search.wait(0.05));
  const auto start = std::chrono::steady_clock::now();
  search.cancel();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_TRUE(search.wait(0.0));
  EXPECT_TRUE(search.take_finished().empty());
}

TEST(Search, ADeepChainIsNoTrouble) {
  // Alternating labels along one column: a split takes one row off, over and over.
  constexpr std::size_t kRows = 8'000;
  testing::TestData data;
  data.n_columns = 1;
  data.n_classes = 2;
  for (std::size_t row = 0; row < kRows; ++row) {
    data.x.push_back(static_cast<float>(row));
    data.y.push_back(static_cast<std::int32_t>(row % 2));
  }
  std::vector<std::int64_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), 0);
  ForestSpec spec;
  spec.seed_source = 0;
  const auto trees = grow_trees(data.dataset(), spec, seeds(1, 1), rows, 1);
  EXPECT_EQ(walk(data, trees, {0, 1, 2, 3}), (std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1}));
}

TEST(Search, RefusesWhatItCannotGrow) {
  const testing::TestData data = testing::mixed_data(90, 3, 8);
  const Dataset dataset = data.dataset();
  const std::vector<Split> splits = three_splits(90);
  const auto make = [&](ForestSpec spec, std::vector<Split> parts) {
    Search(dataset, {spec}, {seeds(1, 8)}, std::move(parts), {{0, 0}}, {});
  };
  ForestSpec spec;
  EXPECT_NO_THROW(make(spec, splits));
  ForestSpec broken = spec;
  broken.n_estimators = 0;
  EXPECT_THROW(make(broken, splits), std::invalid_argument);
  broken = spec;
  broken.ccp_alpha = -0.1;
  EXPECT_THROW(make(broken, splits), std::invalid_argument);
  broken = spec;
  broken.seed_source = 1;
  EXPECT_THROW(make(broken, splits), std::invalid_argument);
  broken = spec;
  broken.seed_source = 0;
  broken.n_estimators = 9;
  EXPECT_THROW(make(broken, splits), std::invalid_argument);
  EXPECT_THROW(make(spec, {{{0, 90}, {1}}}), std::invalid_argument);
  EXPECT_THROW(make(spec, {{{0, 1}, {}}}), std::invalid_argument);
}

TEST(PredictedClass, DividesBeforeItTakesTheLargest) {
  // Two sums one unit apart that a division by three makes equal: the first one wins.
  double large = 1.6;
  while (large / 3.0 != std::nextafter(large, 2.0) / 3.0) {
    large = std::nextafter(large, 2.0);
  }
  const double larger = std::nextafter(large, 2.0);
  EXPECT_EQ(predicted_class(std::vector<double>{large, larger}, 3.0), 0U);
  EXPECT_EQ(predicted_class(std::vector<double>{0.1, 0.2, 0.2}, 1.0), 1U);
}

}  // namespace
}  // namespace tenfold
