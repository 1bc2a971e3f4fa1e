/// Boosted models: what is shared changes nothing, and what a fit reports follows from its loss. That they
/// are scikit-learn's is tested beside scikit-learn.

#include "tenfold/learners/boosting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "forests.hpp"

namespace tenfold {
namespace {

using namespace testing;

constexpr std::size_t kRows = 180;

std::vector<BoostingSpec> specs_of(BoostingLoss loss, std::int32_t seed_source) {
  std::vector<BoostingSpec> specs;
  for (const std::uint32_t n_estimators : {2U, 5U}) {
    for (const std::uint32_t max_depth : {1U, 3U}) {
      for (const std::uint32_t n_in_bag : {0U, 60U}) {
        BoostingSpec spec;
        spec.loss = loss;
        spec.n_estimators = n_estimators;
        spec.max_depth = max_depth;
        spec.max_features = 4;
        spec.n_in_bag = n_in_bag;
        spec.seed_source = seed_source;
        specs.push_back(spec);
      }
    }
  }
  return specs;
}

/// Starts are zeros: any are as good.
std::shared_ptr<const Learner> learner_of(std::vector<BoostingSpec> specs, std::size_t n_outputs) {
  const SplitWeights starts{std::vector<std::vector<double>>(3, std::vector<double>(n_outputs, 0.0))};
  return make_boosting_learner(std::move(specs), {MersenneTwister(7)}, starts, {});
}

TEST(Boosting, SharingAndThreadsChangeNothing) {
  const TestData rows = mixed_data(kRows, 3, 8);
  const TestData two = mixed_data(kRows, 2, 8);
  const std::vector<Split> splits = three_splits(kRows);
  for (const BoostingLoss loss :
       {BoostingLoss::kSquaredError, BoostingLoss::kAbsoluteError, BoostingLoss::kHuber,
        BoostingLoss::kQuantile, BoostingLoss::kLogLoss, BoostingLoss::kExponential}) {
    const bool of_two = loss == BoostingLoss::kExponential;
    const Data data = is_of_numbers(loss) ? rows.numbers() : (of_two ? two.data() : rows.data());
    const std::size_t n_outputs = loss == BoostingLoss::kLogLoss ? 3 : 1;
    const auto specs = specs_of(loss, 0);
    const auto cells = all_cells(specs.size(), 3);
    const auto alone = responses_of(data, learner_of(specs, n_outputs), splits, cells, 1, 0, false);
    EXPECT_EQ(responses_of(data, learner_of(specs, n_outputs), splits, cells, 1), alone);
    EXPECT_EQ(responses_of(data, learner_of(specs, n_outputs), splits, cells, 3), alone);
    EXPECT_NE(alone.front(), alone.back());
  }
}

TEST(Boosting, FreeModelsFollowTheMasterSeed) {
  const TestData rows = mixed_data(kRows, 3, 8);
  const Data data = rows.numbers();
  const std::vector<Split> splits = three_splits(kRows);
  const auto specs = specs_of(BoostingLoss::kSquaredError, kFreeSeed);
  const auto cells = all_cells(specs.size(), 3);
  const auto first = responses_of(data, learner_of(specs, 1), splits, cells, 1, 1);
  EXPECT_EQ(responses_of(data, learner_of(specs, 1), splits, cells, 3, 1), first);
  EXPECT_NE(responses_of(data, learner_of(specs, 1), splits, cells, 1, 2), first);
}

TEST(Boosting, EachStageLowersTheLossOfSquares) {
  const TestData rows = mixed_data(kRows, 3, 8);
  const Data data = rows.numbers();
  data.build({.ranked_table = true});
  BoostingSpec spec;
  spec.n_estimators = 12;
  spec.max_features = 7;
  const std::vector<double> raw(kRows, 0.0);
  int n_called = 0;
  const BoostedModel model = boost(data, spec, MersenneTwister(1), raw, {}, [&] { ++n_called; });
  EXPECT_EQ(n_called, 12);
  EXPECT_EQ(model.trees.size(), 12U);
  EXPECT_TRUE(std::ranges::is_sorted(model.train_losses, std::greater()));
  EXPECT_TRUE(model.other_losses.empty());
  EXPECT_THROW(boost(data, spec, MersenneTwister(1), raw, {}, [] { throw std::runtime_error("stop"); }),
               std::runtime_error);
}

TEST(Boosting, RefusesALossOfAnotherTarget) {
  const TestData rows = mixed_data(kRows, 3, 8);
  const Data data = rows.numbers();
  EXPECT_THROW(responses_of(data, learner_of(specs_of(BoostingLoss::kLogLoss, 0), 1), three_splits(kRows),
                            all_cells(1, 3), 1),
               std::invalid_argument);
}

}  // namespace
}  // namespace tenfold
