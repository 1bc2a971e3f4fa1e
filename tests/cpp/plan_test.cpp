#include "tenfold/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

#include "plan/sharing_rule.hpp"
#include "trees/growth_rules.hpp"

namespace tenfold {
namespace {

constexpr SplitSize kSplit{1000, 500};

ForestSpec seeded(std::uint32_t n_estimators) {
  ForestSpec spec;
  spec.n_estimators = n_estimators;
  spec.max_features = 3;
  spec.seed_source = 0;
  return spec;
}

struct Table {
  std::vector<ForestSpec> specs;
  std::vector<Cell> cells;
  std::vector<SplitSize> splits{kSplit, kSplit};

  void add(const ForestSpec& spec) {
    for (std::uint32_t split = 0; split < splits.size(); ++split) {
      cells.push_back({static_cast<std::uint32_t>(specs.size()), split});
    }
    specs.push_back(spec);
  }
  [[nodiscard]] Plan plan() const { return make_plan({specs, cells, splits, 20, 3}); }
};

Table random_table(unsigned seed, std::size_t n_specs) {
  std::mt19937 generator(seed);
  const auto random = [&generator] { return static_cast<std::uint32_t>(generator()); };
  Table table;
  for (std::size_t i = 0; i < n_specs; ++i) {
    ForestSpec spec = seeded(1 + random() % 4 * 10);
    spec.seed_source = static_cast<std::int32_t>(random() % 3) - 1;
    spec.criterion = random() % 2 == 0 ? Criterion::kGini : Criterion::kEntropy;
    spec.max_features = 1 + random() % 3;
    spec.max_depth = random() % 2 == 0 ? ForestSpec::kUnlimitedDepth : 1 + random() % 6;
    spec.min_samples_split = 2 + random() % 9;
    spec.min_samples_leaf = 1 + random() % 5;
    spec.min_impurity_decrease = random() % 4 == 0 ? 0.01 : 0.0;
    spec.bootstrap = random() % 2 == 0;
    spec.max_samples = spec.bootstrap ? kSplit.n_train : 0;
    table.add(spec);
  }
  return table;
}

TEST(Plan, FamiliesPartitionTheCells) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Table table = random_table(seed, 300);
    const Plan plan = table.plan();
    std::vector<int> seen(table.cells.size(), 0);
    for (const Family& family : plan.families) {
      EXPECT_LE(family.members.size(), kMaxMembers);
      for (const Reading& reading : family.readings) {
        ++seen[reading.cell];
        EXPECT_EQ(table.cells[reading.cell].split, family.split);
        EXPECT_LT(reading.member, family.members.size());
        EXPECT_LE(reading.n_estimators, family.n_trees);
      }
    }
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
  }
}

/// What a reading means is the effective spec of its cell; the member must say just that.
TEST(Plan, ReadingsSayWhatTheirCellsAsk) {
  const Table table = random_table(1, 400);
  for (const Family& family : table.plan().families) {
    for (const Reading& reading : family.readings) {
      ForestSpec asked = effective(table.specs[table.cells[reading.cell].spec], kSplit, 20);
      EXPECT_EQ(asked.n_estimators, reading.n_estimators);
      asked.n_estimators = 0;
      EXPECT_TRUE(asked == family.members[reading.member]);
    }
  }
}

TEST(Plan, DoesNotDependOnTheOrderOfCells) {
  Table table = random_table(2, 200);
  const auto described = [](const Table& t) {
    std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> families;
    for (const Family& family : t.plan().families) {
      auto& cells = families.emplace_back();
      for (const Reading& reading : family.readings) {
        cells.emplace_back(t.cells[reading.cell].spec, t.cells[reading.cell].split);
      }
      std::sort(cells.begin(), cells.end());
    }
    std::sort(families.begin(), families.end());
    return families;
  };
  const auto expected = described(table);
  std::shuffle(table.cells.begin(), table.cells.end(), std::mt19937(9));
  EXPECT_EQ(described(table), expected);
}

TEST(Plan, ReadsSmallerForestsOffTheLargest) {
  Table table;
  for (const std::uint32_t n : {10U, 80U, 40U}) {
    table.add(seeded(n));
  }
  const Plan plan = table.plan();
  ASSERT_EQ(plan.families.size(), 2U) << "one a split";
  EXPECT_EQ(plan.families[0].n_trees, 80U);
  EXPECT_EQ(plan.families[0].members.size(), 1U);
  EXPECT_EQ(plan.families[0].rules, (std::vector<std::string_view>{"prefix"}));
}

TEST(Plan, EqualEffectiveParametersAreOneMember) {
  Table table;
  for (const std::uint32_t min_samples_split : {2U, 3U, 20U}) {
    ForestSpec spec = seeded(10);
    spec.min_samples_leaf = 10;
    spec.min_samples_split = min_samples_split;
    table.add(spec);
  }
  const Plan plan = table.plan();
  ASSERT_EQ(plan.families.size(), 2U);
  EXPECT_EQ(plan.families[0].members.size(), 1U);
  EXPECT_EQ(plan.families[0].readings.size(), 3U);
}

TEST(Plan, NeverMixesSeedsFeaturesOrBootstrap) {
  Table table;
  table.add(seeded(10));
  ForestSpec other = seeded(10);
  other.seed_source = 1;
  table.add(other);
  other = seeded(10);
  other.max_features = 4;
  table.add(other);
  other = seeded(10);
  other.bootstrap = true;
  other.max_samples = 1000;
  table.add(other);
  other = seeded(10);
  other.splitter = Splitter::kRandom;
  table.add(other);
  other = seeded(10);
  other.seed_source = ForestSpec::kFree;
  table.add(other);
  EXPECT_EQ(table.plan().families.size(), 12U);
}

TEST(Plan, LongestPredictedFirst) {
  const Plan plan = random_table(4, 300).plan();
  EXPECT_TRUE(std::is_sorted(plan.families.begin(), plan.families.end(),
                             [](const Family& a, const Family& b) { return a.cost > b.cost; }));
}

TEST(Plan, CountsWhatSharingSaves) {
  Table table;
  table.add(seeded(10));
  table.add(seeded(80));
  const Plan plan = table.plan();
  EXPECT_EQ(plan.n_fits(), 4U);
  EXPECT_EQ(plan.n_trees_asked(table.specs, table.cells), 180U);
  EXPECT_EQ(plan.n_trees_grown(), 160U);
}

TEST(Plan, RefusesCellsThatAreNotThere) {
  Table table;
  table.add(seeded(10));
  table.cells.push_back({7, 0});
  EXPECT_THROW(table.plan(), std::invalid_argument);
}

TEST(SharingRules, SeededAndFreeRulesExcludeEachOther) {
  for (const std::int32_t source : {0, ForestSpec::kFree}) {
    ForestSpec spec = seeded(10);
    spec.seed_source = source;
    EXPECT_NE(kForkingRule.applies(spec), kPruningRule.applies(spec));
  }
}

}  // namespace
}  // namespace tenfold
