#include "tenfold/learners/dummy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "forests.hpp"
#include "learners/dummy/baseline.hpp"

namespace tenfold {
namespace {

using namespace testing;

TEST(Dummy, SharesOfClasses) {
  const std::vector<std::size_t> counts{1, 0, 3, 3, 1};
  EXPECT_EQ(dummy::shares_of(DummyStrategy::kPrior, counts),
            (std::vector<double>{0.125, 0.0, 0.375, 0.375, 0.125}));
  EXPECT_EQ(dummy::shares_of(DummyStrategy::kMostFrequent, counts), (std::vector<double>{0, 0, 1, 0, 0}));
}

TEST(Dummy, OneLookServesAllOfASplit) {
  const TestData rows = mixed_data(90, 3, 8);
  const Data data = rows.data();
  const std::vector<Split> splits = three_splits(90);
  const auto learner =
      make_dummy_learner({{DummyStrategy::kPrior}, {DummyStrategy::kMostFrequent}, {DummyStrategy::kPrior}});
  const auto cells = all_cells(3, 3);
  Search search(data, learner, splits, cells, options(0, true, true));
  EXPECT_EQ(search.plan().families.size(), 3U);
  EXPECT_EQ(search.plan().steps_done(), 3U);
  finish(search, 2);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    std::size_t n_right = 0;
    const auto& shares = search.outcome(c).test_responses;
    const auto label = std::max_element(shares.begin(), shares.begin() + 3) - shares.begin();
    for (const std::int64_t row : splits[cells[c].split].test) {
      n_right += static_cast<std::size_t>(rows.y[static_cast<std::size_t>(row)] == label);
    }
    EXPECT_EQ(search.outcome(c).test_score, static_cast<double>(n_right) / 30.0);
    EXPECT_EQ(search.outcome(c).train_responses.size(), 180U);
  }
}

TEST(Dummy, RefusesNumbers) {
  const TestData rows = mixed_data(90, 3, 8);
  const Data data = rows.numbers();
  EXPECT_THROW(
      responses_of(data, make_dummy_learner({{DummyStrategy::kPrior}}), three_splits(90), all_cells(1, 3), 1),
      std::invalid_argument);
}

}  // namespace
}  // namespace tenfold
