#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "learners/forest/rules.hpp"
#include "tenfold/learners/forest.hpp"
#include "tenfold/plan.hpp"
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
  [[nodiscard]] Plan plan(const PlanOptions& options = {}) const {
    SeedSource source;
    source.tree_seeds.resize(1000);
    const auto learner = make_forest_learner(specs, {source, source});
    return make_plan(*learner, {cells, splits, {2000, 20, 3}, options});
  }
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
    spec.max_depth = random() % 2 == 0 ? kUnlimitedDepth : 1 + random() % 6;
    spec.min_samples_split = 2 + random() % 9;
    spec.min_samples_leaf = 1 + random() % 5;
    spec.min_impurity_decrease = random() % 4 == 0 ? 0.01 : 0.0;
    spec.bootstrap = random() % 2 == 0;
    spec.max_samples = spec.bootstrap ? kSplit.n_train : 0;
    table.add(spec);
  }
  return table;
}

TEST(ForestPlan, FamiliesPartitionTheCells) {
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
        EXPECT_LE(reading.step, family.n_steps());
      }
    }
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
  }
}

/// What a reading means is the effective spec of its cell; the member must say just that.
TEST(ForestPlan, ReadingsSayWhatTheirCellsAsk) {
  const Table table = random_table(1, 400);
  for (const Family& family : table.plan().families) {
    for (const Reading& reading : family.readings) {
      ForestSpec asked = effective(table.specs[table.cells[reading.cell].spec], kSplit, 20);
      EXPECT_EQ(asked.n_estimators, reading.step);
      asked.n_estimators = 0;
      ForestSpec member = effective(table.specs[family.members[reading.member]], kSplit, 20);
      member.n_estimators = 0;
      EXPECT_TRUE(asked == member);
    }
  }
}

TEST(ForestPlan, DoesNotDependOnTheOrderOfCells) {
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

TEST(ForestPlan, ReadsSmallerForestsOffTheLargest) {
  Table table;
  for (const std::uint32_t n : {10U, 80U, 40U}) {
    table.add(seeded(n));
  }
  const Plan plan = table.plan();
  ASSERT_EQ(plan.families.size(), 2U) << "one a split";
  EXPECT_EQ(plan.families[0].n_steps(), 80U);
  EXPECT_EQ(plan.families[0].members.size(), 1U);
  EXPECT_EQ(plan.families[0].rules, (std::vector<std::string_view>{"prefix"}));
}

TEST(ForestPlan, EqualEffectiveParametersAreOneMember) {
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

TEST(ForestPlan, NeverMixesSeedsFeaturesOrBootstrap) {
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
  other.seed_source = kFreeSeed;
  table.add(other);
  EXPECT_EQ(table.plan().families.size(), 12U);
}

TEST(ForestPlan, LongestPredictedFirst) {
  const Plan plan = random_table(4, 300).plan();
  EXPECT_TRUE(std::is_sorted(plan.families.begin(), plan.families.end(),
                             [](const Family& a, const Family& b) { return a.cost > 1.1 * b.cost; }));
}

TEST(ForestPlan, CountsWhatSharingSaves) {
  Table table;
  table.add(seeded(10));
  table.add(seeded(80));
  const Plan plan = table.plan();
  EXPECT_EQ(plan.steps_asked(), 180U);
  EXPECT_EQ(plan.steps_done(), 160U);
}

/// A member leaves with its last reading: sharing takes no more trees than fitting apart, nor more time.
TEST(ForestPlan, SharingIsNeverMoreWorkThanFittingApart) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    Table table = random_table(seed, 60);
    std::mt19937 generator(seed);
    const auto random = [&generator] { return static_cast<std::uint32_t>(generator()); };
    for (ForestSpec& spec : table.specs) {
      spec.n_estimators = random() % 3 == 0 ? 300 : 1 + random() % 9;
      spec.ccp_alpha = random() % 5 == 0 ? 0.01 : 0.0;
    }
    PlanOptions apart;
    apart.share = false;
    const Plan plan = table.plan();
    const Plan alone = table.plan(apart);
    EXPECT_EQ(alone.families.size(), table.cells.size());
    EXPECT_EQ(plan.steps_asked(), alone.steps_done());
    EXPECT_LE(plan.steps_done(), plan.steps_asked());
    EXPECT_LE(plan.cost(), alone.cost() * (1.0 + 1e-9));
    for (const Family& family : plan.families) {
      EXPECT_LE(family.steps_done, family.steps_asked);
      EXPECT_LE(family.cost, family.cost_apart * (1.0 + 1e-9));
    }
  }
}

TEST(ForestPlan, AShortForestBesideALongOneIsGrownShort) {
  Table table;
  table.add(seeded(300));
  for (std::uint32_t leaf = 2; leaf < 17; ++leaf) {
    ForestSpec spec = seeded(3);
    spec.min_samples_leaf = leaf;
    table.add(spec);
  }
  const Plan plan = table.plan();
  ASSERT_EQ(plan.families.size(), 2U);
  EXPECT_EQ(plan.families[0].steps_done, 300U + 15 * 3);
  ASSERT_EQ(plan.families[0].stages.size(), 2U);
  EXPECT_GT(plan.families[0].stages[0].cost_per_step, plan.families[0].stages[1].cost_per_step);
}

TEST(ForestPlan, EveryRuleCanBeSwitchedOff) {
  Table table = random_table(5, 300);
  for (std::size_t i = 0; i < table.specs.size(); i += 7) {
    table.specs[i].ccp_alpha = 0.01 * static_cast<double>(i);
  }
  for (std::size_t i = 0; i < 20; ++i) {
    table.add(table.specs[i]);
  }
  const std::size_t n_families = table.plan().families.size();
  std::vector<std::string_view> names{kEqualRule};
  for (const ForestRule* rule : forest_rules()) {
    names.push_back(rule->name);
  }
  for (const std::string_view name : names) {
    PlanOptions options;
    options.disabled_rules.emplace_back(name);
    const Plan plan = table.plan(options);
    EXPECT_GT(plan.families.size(), n_families) << name;
    for (const Family& family : plan.families) {
      EXPECT_EQ(std::ranges::count(family.rules, name), 0) << name;
    }
  }
}

TEST(ForestPlan, UnseededFamiliesOfDifferentForestsDrawDifferently) {
  Table table;
  for (const std::uint32_t max_features : {1U, 2U, 3U}) {
    ForestSpec spec = seeded(5);
    spec.seed_source = kFreeSeed;
    spec.max_features = max_features;
    table.add(spec);
  }
  std::set<std::uint64_t> keys;
  for (const Family& family : table.plan().families) {
    keys.insert(family.key);
  }
  EXPECT_EQ(keys.size(), 3U) << "one a forest; splits are told apart by their rows";
}

TEST(ForestPlan, RefusesMoreDrawsThanCountsCanHold) {
  EXPECT_EQ(largest_bootstrap(1), 65'535U);
  EXPECT_EQ(largest_bootstrap(100), 3'276'800U);
  EXPECT_EQ(largest_bootstrap(1'000'000'000), std::uint64_t{1} << 26U);
  Table table;
  ForestSpec spec = seeded(1);
  spec.bootstrap = true;
  spec.max_samples = 32'768'000;
  table.add(spec);
  EXPECT_NO_THROW(static_cast<void>(table.plan()));
  table.specs[0].max_samples += 1;
  EXPECT_THROW(static_cast<void>(table.plan()), std::invalid_argument);
}

TEST(ForestPlan, RefusesCellsThatAreNotThere) {
  Table table;
  table.add(seeded(10));
  table.cells.push_back({7, 0});
  EXPECT_THROW(static_cast<void>(table.plan()), std::invalid_argument);
}

TEST(SharingRules, SeededAndFreeRulesExcludeEachOther) {
  for (const std::int32_t source : {0, kFreeSeed}) {
    ForestSpec spec = seeded(10);
    spec.seed_source = source;
    EXPECT_NE(kForkingRule.applies(spec), kPruningRule.applies(spec));
  }
}

}  // namespace
}  // namespace tenfold
