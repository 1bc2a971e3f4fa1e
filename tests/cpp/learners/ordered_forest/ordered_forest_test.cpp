/// Forests that are grown in scikit-learn's order of samples: what is shared changes nothing, whoever takes
/// which step. That they are scikit-learn's is tested beside scikit-learn.

#include "tenfold/learners/ordered_forest.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "forests.hpp"

namespace tenfold {
namespace {

using namespace testing;

/// Specs that differ in all that a family's may, and in more.
std::vector<OrderedForestSpec> specs_of(OrderedCriterion criterion, std::int32_t seed_source) {
  std::vector<OrderedForestSpec> specs;
  for (const std::uint32_t max_depth : {2U, kUnlimitedDepth}) {
    for (const std::uint32_t max_leaf_nodes : {0U, 4U, 9U}) {
      for (const double ccp_alpha : {0.0, 0.01}) {
        for (const bool bootstrap : {false, true}) {
          OrderedForestSpec spec;
          spec.criterion = criterion;
          spec.n_estimators = max_depth == 2 ? 3 : 6;
          spec.max_features = 3;
          spec.max_depth = max_depth;
          spec.max_leaf_nodes = max_leaf_nodes;
          spec.ccp_alpha = ccp_alpha;
          spec.bootstrap = bootstrap;
          spec.max_samples = bootstrap ? 90 : 0;
          spec.seed_source = seed_source;
          specs.push_back(spec);
        }
      }
    }
  }
  return specs;
}

std::shared_ptr<const Learner> learner_of(std::vector<OrderedForestSpec> specs, SplitWeights weights = {}) {
  return make_ordered_forest_learner(std::move(specs), {seeds(1, 8)}, std::move(weights));
}

struct Rows {
  TestData data = mixed_data(180, 3, 8);
  std::vector<Split> splits = three_splits(180);
};

TEST(OrderedForest, SharingAndThreadsChangeNothing) {
  const Rows rows;
  for (const OrderedCriterion criterion :
       {OrderedCriterion::kSquaredError, OrderedCriterion::kPoisson, OrderedCriterion::kGini}) {
    const Data data = criterion == OrderedCriterion::kGini ? rows.data.data() : rows.data.numbers();
    const auto specs = specs_of(criterion, 0);
    const auto cells = all_cells(specs.size(), 3);
    const auto alone = responses_of(data, learner_of(specs), rows.splits, cells, 1, 0, false);
    EXPECT_EQ(responses_of(data, learner_of(specs), rows.splits, cells, 1), alone);
    EXPECT_EQ(responses_of(data, learner_of(specs), rows.splits, cells, 3), alone);
  }
}

TEST(OrderedForest, FreeForestsFollowTheMasterSeed) {
  const Rows rows;
  const Data data = rows.data.numbers();
  const auto specs = specs_of(OrderedCriterion::kSquaredError, kFreeSeed);
  const auto cells = all_cells(specs.size(), 3);
  const auto first = responses_of(data, learner_of(specs), rows.splits, cells, 1, 1);
  EXPECT_EQ(responses_of(data, learner_of(specs), rows.splits, cells, 3, 1), first);
  EXPECT_NE(responses_of(data, learner_of(specs), rows.splits, cells, 1, 2), first);
}

TEST(OrderedForest, WeightsOfOneChangeNothingAndOthersDo) {
  const Rows rows;
  const Data data = rows.data.numbers();
  OrderedForestSpec spec;
  spec.max_features = 7;
  spec.seed_source = 0;
  OrderedForestSpec weighted = spec;
  weighted.weighting = Weighting::kGrow;
  weighted.weights = 0;
  OrderedForestSpec otherwise = weighted;
  otherwise.weights = 1;
  SplitWeights weights(2, std::vector<std::vector<double>>(3, std::vector<double>(120, 1.0)));
  for (auto& of_split : weights[1]) {
    for (std::size_t i = 0; i < of_split.size(); i += 2) {
      of_split[i] = 0.25;
    }
  }
  spec.max_depth = weighted.max_depth = otherwise.max_depth = 3;
  const auto learner = learner_of({spec, weighted, otherwise}, weights);
  const auto responses = responses_of(data, learner, rows.splits, all_cells(3, 3), 2);
  for (std::size_t split = 0; split < 3; ++split) {
    EXPECT_EQ(responses[3 + split], responses[split]);
    EXPECT_NE(responses[6 + split], responses[split]);
  }
}

TEST(OrderedForest, RefusesWhatIsNotThere) {
  const Rows rows;
  OrderedForestSpec spec;
  spec.seed_source = 1;
  EXPECT_THROW(static_cast<void>(learner_of({spec})), std::invalid_argument);
  spec.seed_source = 0;
  spec.criterion = OrderedCriterion::kGini;
  const Data numbers = rows.data.numbers();
  EXPECT_THROW(responses_of(numbers, learner_of({spec}), rows.splits, all_cells(1, 3), 1),
               std::invalid_argument);
}

}  // namespace
}  // namespace tenfold
