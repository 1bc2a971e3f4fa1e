#include "tenfold/learners/forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "forests.hpp"
#include "tenfold/search.hpp"
#include "test_data.hpp"

namespace tenfold {
namespace {

using namespace testing;

std::vector<double> probabilities_of(const Data& dataset, const std::vector<ForestSpec>& specs,
                                     const std::vector<Split>& splits, const std::vector<Cell>& cells,
                                     std::size_t n_threads, std::uint64_t free_seed = 0) {
  Search search(dataset, learner_of(specs), splits, cells, options(free_seed, true, true));
  finish(search, n_threads);
  std::vector<double> all;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Outcome& result = search.outcome(c);
    all.insert(all.end(), result.test_responses.begin(), result.test_responses.end());
    all.insert(all.end(), result.train_responses.begin(), result.train_responses.end());
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
INSTANTIATE_TEST_SUITE_P(Forest, BothSplitters, ::testing::Values(Splitter::kBest, Splitter::kRandom));

/// The heart of it: whatever is shared, each cell is what growing its forest alone gives.
TEST_P(BothSplitters, EveryCellEqualsItsForestGrownAlone) {
  const testing::TestData data = testing::mixed_data(700, 4, 5);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto n_train = static_cast<std::uint32_t>(splits[0].train.size());
  const std::vector<ForestSpec> specs = varied_specs(0, n_train, GetParam());
  const std::vector<Cell> cells = all_cells(specs.size(), 1);
  Search search(dataset, learner_of(specs), splits, cells, options(0, true, true));
  EXPECT_LT(search.plan().families.size(), cells.size() / 10) << "little is shared";
  finish(search, 1);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto trees = grow_trees(dataset, specs[cells[c].spec], seeds(1, 8), splits[0].train, 1);
    EXPECT_EQ(search.outcome(c).test_responses, walk(data, trees, splits[0].test)) << "cell " << c;
    EXPECT_EQ(search.outcome(c).train_responses, walk(data, trees, splits[0].train)) << "cell " << c;
  }
}

/// Pruned candidates too, with unpruned ones among them.
TEST_P(BothSplitters, PrunedCellsEqualTheirForestsGrownAlone) {
  const testing::TestData data = testing::mixed_data(500, 3, 12);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs;
  for (const double ccp_alpha : {0.0, 0.001, 0.004, 0.02, 5.0}) {
    for (const std::uint32_t max_depth : {4U, kUnlimitedDepth}) {
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
  Search search(dataset, learner_of(specs), splits, cells, options(0, false, true));
  EXPECT_EQ(search.plan().families.size(), 2U);
  finish(search, 1);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto trees = grow_trees(dataset, specs[c], seeds(1, 8), splits[0].train, 1);
    EXPECT_EQ(search.outcome(c).test_responses, walk(data, trees, splits[0].test)) << "cell " << c;
  }
  EXPECT_EQ(grow_trees(dataset, specs.back(), seeds(1, 8), splits[0].train, 1)[0].nodes.size(), 1U);
}

/// Without a seed, all stopping rules are read off one growth; each as if it had been grown alone.
TEST(Forest, FreePrunedCellsAreReadOffOneGrowth) {
  // One column and no bootstrap: the draws decide nothing, so equality can be asked for.
  const testing::TestData mixed = testing::mixed_data(500, 3, 12);
  testing::TestData data{{}, mixed.y, 1, 3};
  for (std::size_t row = 0; row < mixed.y.size(); ++row) {
    data.x.push_back(mixed.x[row * mixed.n_columns + 6]);
  }
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs;
  for (const double ccp_alpha : {0.0, 0.003}) {
    for (const std::uint32_t max_depth : {3U, kUnlimitedDepth}) {
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
  Search search(dataset, learner_of(specs), splits, cells, options(3, false, true));
  EXPECT_EQ(search.plan().families.size(), 1U);
  finish(search, 2);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    Search alone(dataset, learner_of({specs[c]}), splits, {{0, 0}}, options(3, false, true));
    finish(alone, 1);
    EXPECT_EQ(search.outcome(c).test_responses, alone.outcome(0).test_responses) << "cell " << c;
  }
}

TEST_P(BothSplitters, ThreadsChangeNothing) {
  const testing::TestData data = testing::mixed_data(400, 3, 6);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  for (const std::int32_t source : {0, kFreeSeed}) {
    const std::vector<ForestSpec> specs =
        varied_specs(source, static_cast<std::uint32_t>(splits[0].train.size()), GetParam());
    const std::vector<Cell> cells = all_cells(specs.size(), splits.size());
    const auto alone = probabilities_of(dataset, specs, splits, cells, 1, 11);
    EXPECT_EQ(alone, probabilities_of(dataset, specs, splits, cells, 4, 11));
  }
}

TEST(Forest, FreeForestsFollowTheMasterSeed) {
  const testing::TestData data = testing::mixed_data(300, 3, 7);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  const auto specs = varied_specs(kFreeSeed, 200, Splitter::kBest);
  const auto cells = all_cells(specs.size(), splits.size());
  const auto first = probabilities_of(dataset, specs, splits, cells, 1, 1);
  EXPECT_EQ(first, probabilities_of(dataset, specs, splits, cells, 1, 1));
  EXPECT_NE(first, probabilities_of(dataset, specs, splits, cells, 1, 2));
}

TEST(Forest, AccuracyCountsTheFirstLargest) {
  const ForestTable table(500, varied_specs(0, 333, Splitter::kBest));
  Search search = table.search(options(0, true, true));
  finish(search, 2);
  for (std::size_t c = 0; c < table.cells.size(); ++c) {
    const auto& rows = table.splits[table.cells[c].split].test;
    const auto& shares = search.outcome(c).test_responses;
    double correct = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto first = shares.begin() + static_cast<std::ptrdiff_t>(i * 3);
      correct +=
          std::max_element(first, first + 3) - first == table.data.y[static_cast<std::size_t>(rows[i])];
    }
    EXPECT_EQ(search.outcome(c).test_score, correct / static_cast<double>(rows.size()));
  }
}

TEST(Forest, ADeepChainIsNoTrouble) {
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
  const auto trees = grow_trees(data.data(), spec, seeds(1, 1), rows, 1);
  EXPECT_EQ(walk(data, trees, {0, 1, 2, 3}), (std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1}));
}

/// A member leaves the growth with its last reading; what is left grows on as it would have alone.
TEST_P(BothSplitters, MembersThatLeaveChangeNothing) {
  const testing::TestData data = testing::mixed_data(300, 3, 21);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs;
  for (const double ccp_alpha : {0.0, 0.004}) {
    for (std::uint32_t n = 1; n <= 8; ++n) {
      ForestSpec spec;
      spec.splitter = GetParam();
      spec.n_estimators = n;
      spec.min_samples_leaf = 9 - n;
      spec.max_depth = ccp_alpha > 0.0 ? kUnlimitedDepth : 1 + n % 4;
      spec.max_features = 3;
      spec.ccp_alpha = ccp_alpha;
      spec.seed_source = 0;
      specs.push_back(spec);
    }
  }
  const std::vector<Cell> cells = all_cells(specs.size(), 1);
  for (const std::size_t n_threads : {1U, 2U}) {
    Search search(dataset, learner_of(specs), splits, cells, options(0, false, true));
    finish(search, n_threads);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const auto trees = grow_trees(dataset, specs[c], seeds(1, 8), splits[0].train, 1);
      EXPECT_EQ(search.outcome(c).test_responses, walk(data, trees, splits[0].test)) << "cell " << c;
    }
  }
}

/// Whatever rule is switched off, seeded cells are the same; unseeded ones are still answered.
TEST_P(BothSplitters, RulesChangeNoSeededScore) {
  const testing::TestData data = testing::mixed_data(200, 3, 22);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs = varied_specs(0, 133, GetParam());
  for (std::size_t i = 0; i < 10; ++i) {
    specs.push_back(specs[i]);
    specs.back().ccp_alpha = 0.01;
    specs.push_back(specs[i]);
  }
  const std::vector<Cell> cells = all_cells(specs.size(), splits.size());
  const auto scores = [&](const SearchOptions& how) {
    Search search(dataset, learner_of(specs), splits, cells, how);
    finish(search, 1);
    return search.scores();
  };
  SearchOptions how = options(0, true);
  const auto expected = scores(how);
  for (const RuleText& rule : sharing_rules()) {
    how.plan.disabled_rules = {std::string(rule.name)};
    EXPECT_EQ(scores(how), expected) << rule.name;
  }
  how.plan.disabled_rules.clear();
  how.plan.share = false;
  EXPECT_EQ(scores(how), expected);
}

/// Unseeded scores go with what is fitted to what, not with places in lists.
TEST(Forest, UnseededDrawsFollowContent) {
  const testing::TestData data = testing::mixed_data(300, 3, 23);
  const Data dataset = data.data();
  std::vector<Split> splits = three_splits(data.y.size());
  std::vector<ForestSpec> specs = varied_specs(kFreeSeed, 200, Splitter::kBest);
  const auto n_specs = static_cast<std::uint32_t>(specs.size());
  const auto scores = [&](const std::vector<Cell>& cells) {
    return probabilities_of(dataset, specs, splits, cells, 1, 3);
  };
  const auto expected = scores(all_cells(n_specs, 1));
  // Splits, specs and cells in reverse: cells of the split that was the first, in its old order.
  std::ranges::reverse(splits);
  std::ranges::reverse(specs);
  std::vector<Cell> reversed;
  for (std::uint32_t spec = 0; spec < n_specs; ++spec) {
    reversed.push_back({n_specs - 1 - spec, 2});
  }
  EXPECT_EQ(scores(reversed), expected);
  // A split that trains on the same rows as one before it draws anew.
  splits[2].repeat = 1;
  EXPECT_NE(scores(reversed), expected);
}

TEST(Forest, RefusesWhatItCannotGrow) {
  const testing::TestData data = testing::mixed_data(90, 3, 8);
  const Data dataset = data.data();
  const std::vector<Split> splits = three_splits(90);
  const auto make = [&](ForestSpec spec, std::vector<Split> parts) {
    Search(dataset, learner_of({spec}), std::move(parts), {{0, 0}}, options());
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
  broken.bootstrap = true;
  broken.max_samples = 70'000'000;
  EXPECT_THROW(make(broken, splits), std::invalid_argument);
  broken = spec;
  broken.seed_source = 0;
  broken.n_estimators = 9;
  EXPECT_THROW(make(broken, splits), std::invalid_argument);
  EXPECT_THROW(make(spec, {{{0, 90}, {1}}}), std::invalid_argument);
  EXPECT_THROW(make(spec, {{{0, 1}, {}}}), std::invalid_argument);
}

}  // namespace
}  // namespace tenfold
