#include "trees/node_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#include "test_data.hpp"

namespace tenfold {
namespace {

/// Columns of so many values that ranks take two or four bytes: all different, some different, and closer
/// together than the feature threshold; labels that follow the first one in part, or (odd seeds) nothing.
testing::TestData many_values(std::size_t n_rows, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  testing::TestData data;
  data.n_columns = 5;
  data.n_classes = 2;
  for (std::size_t row = 0; row < n_rows; ++row) {
    const float signal = normal(random);
    data.x.insert(data.x.end(), {signal, normal(random), static_cast<float>(random() % 300),
                                 1.0F + 6e-8F * static_cast<float>(random() % 400),
                                 signal * signal + 0.1F * normal(random)});
    data.y.push_back(
        static_cast<std::int32_t>(random() % 4 == 0 || seed % 2 == 1 ? random() % 2 : signal > 0.5F));
  }
  return data;
}

struct Found {
  double proxy = -std::numeric_limits<double>::infinity();
  std::uint32_t feature = 0;
  float below = 0.0F;
  float above = 0.0F;
};

/// scikit-learn's search: every position of every column, in order, by its formula.
Found searched(const testing::TestData& data, std::vector<TrainingRow> rows, const Variant& variant) {
  Found best;
  for (std::uint32_t feature = 0; feature < data.n_columns; ++feature) {
    const auto value = [&](const TrainingRow& row) { return data.x[row.row * data.n_columns + feature]; };
    std::ranges::stable_sort(rows, {}, value);
    std::vector<std::uint32_t> left(data.n_classes);
    std::vector<std::uint32_t> right(data.n_classes);
    for (const TrainingRow& row : rows) {
      right[row.label] += row.weight;
    }
    for (std::size_t p = 1; p < rows.size(); ++p) {
      left[rows[p - 1].label] += rows[p - 1].weight;
      right[rows[p - 1].label] -= rows[p - 1].weight;
      const double weight_left = left[0] + left[1];
      const double weight_right = right[0] + right[1];
      if (value(rows[p]) <= value(rows[p - 1]) + RankedColumns::kFeatureThreshold ||
          std::min(p, rows.size() - p) < variant.min_samples_leaf ||
          std::min(weight_left, weight_right) < variant.min_weight_leaf) {
        continue;
      }
      const bool is_gini = variant.criterion == Criterion::kGini;
      const double proxy = is_gini ? proxy_improvement(gini(left, weight_left), weight_left,
                                                       gini(right, weight_right), weight_right)
                                   : proxy_improvement(entropy(left, weight_left), weight_left,
                                                       entropy(right, weight_right), weight_right);
      if (proxy > best.proxy) {
        best = {proxy, feature, value(rows[p - 1]), value(rows[p])};
      }
    }
  }
  return best;
}

void expect_scikit_learns_split(const testing::TestData& made, unsigned seed, bool gini_only) {
  const std::size_t n_rows = made.y.size();
  const Data data = made.data();
  std::mt19937 random(seed);
  std::vector<Variant> variants{{Criterion::kGini, 1, 0.0}, {Criterion::kGini, 20, 0.0}};
  if (!gini_only) {
    variants.insert(variants.end(), {{Criterion::kEntropy, 1, 0.0}, {Criterion::kEntropy, 3, 21.5}});
  }
  std::vector<Member> members;
  for (std::uint32_t v = 0; v < variants.size(); ++v) {
    members.push_back({v});
  }
  const GrowthRules rules{Splitter::kBest, 5, false, variants, members};
  NodeSearch search(data.ranks(), 2, rules, 4 * n_rows);
  TreeGenerator generator(1);
  for (int node = 0; node < 12; ++node) {
    // The further down, the fewer rows, from a stretch of the first column as below a split by it.
    std::vector<TrainingRow> rows;
    std::vector<std::uint32_t> weights(2);
    for (std::uint32_t row = 0; row < n_rows; ++row) {
      const bool here = random() % static_cast<unsigned>(1 + node) == 0 &&
                        (node % 2 == 0 || made.x[row * made.n_columns] > 0.0F);
      if (here) {
        rows.push_back(
            {row, static_cast<std::uint16_t>(made.y[row]), static_cast<std::uint16_t>(1 + random() % 3)});
        weights[rows.back().label] += rows.back().weight;
      }
    }
    search.begin(rows, weights, weights[0] + weights[1], rules.all());
    for (std::uint32_t feature = 0; feature < made.n_columns; ++feature) {
      search.examine(feature, generator);
    }
    for (std::size_t v = 0; v < variants.size(); ++v) {
      const Choice choice = search.choose(v);
      const Found found = searched(made, rows, variants[v]);
      ASSERT_EQ(choice.found, found.proxy > -std::numeric_limits<double>::infinity());
      if (!choice.found) {
        continue;  // too few rows for the leaves that it asks for
      }
      const Column& column = data.ranks().column(choice.feature);
      EXPECT_EQ(choice.feature, found.feature);
      EXPECT_EQ(column.values[choice.below], found.below);
      EXPECT_EQ(column.values[choice.above], found.above);
    }
  }
}

TEST(NodeSearch, FindsTheSplitOfAnExhaustiveSearch) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    expect_scikit_learns_split(many_values(1200, seed), seed, false);
  }
}

/// Nodes of more rows than a column has other ones look at those alone; smaller nodes, at their own rows.
TEST(NodeSearch, FindsItWhereMostRowsHaveOneValue) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    testing::TestData made = many_values(1200, seed);
    std::mt19937 random(seed);
    for (std::size_t cell = 0; cell < made.x.size(); ++cell) {
      // The common value is the lowest of a column, the highest, or between others.
      const float common = static_cast<float>(cell % made.n_columns % 3) - 1.0F;
      made.x[cell] = random() % 10 != 0 ? 1e3F * common : made.x[cell];
    }
    ASSERT_TRUE(made.data().ranks().has_mostly_common());
    expect_scikit_learns_split(made, seed, false);
  }
}

TEST(NodeSearch, FindsItWhereRanksTakeFourBytes) {
  expect_scikit_learns_split(many_values(70'000, 1), 1, true);
}

/// Where values are closer than scikit-learn tells apart, what looks like the best split is none.
TEST(NodeSearch, TakesNoSplitBetweenCloseValues) {
  testing::TestData made{{}, {}, 1, 2};
  constexpr int kRows = 608;  // so that a boundary of buckets lies in the middle
  for (int row = 0; row < kRows; ++row) {
    // The labels change amid values that are not told apart, more of them than two buckets hold.
    const int from_middle = row - kRows / 2;
    made.x.push_back(static_cast<float>(from_middle) * (std::abs(from_middle) <= 16 ? 1e-9F : 1e-2F));
    made.y.push_back(static_cast<std::int32_t>(row >= kRows / 2));
  }
  const Data data = made.data();
  std::vector<TrainingRow> rows;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    rows.push_back({row, static_cast<std::uint16_t>(made.y[row]), 1});
  }
  const GrowthRules rules{Splitter::kBest, 1, false, {Variant{}}, {Member{}}};
  NodeSearch search(data.ranks(), 2, rules, kRows);
  TreeGenerator generator(1);
  const std::vector<std::uint32_t> weights{kRows / 2, kRows / 2};
  search.begin(rows, weights, kRows, rules.all());
  ASSERT_FALSE(search.examine(0, generator));
  const Choice choice = search.choose(0);
  const Found found = searched(made, rows, Variant{});
  ASSERT_TRUE(choice.found);
  EXPECT_EQ(data.ranks().column(0).values[choice.below], found.below);
}

}  // namespace
}  // namespace tenfold
