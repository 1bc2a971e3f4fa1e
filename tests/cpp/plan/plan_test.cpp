#include "tenfold/plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "invariant.hpp"
#include "plan/grouping.hpp"
#include "plan/verify.hpp"
#include "tenfold/learner.hpp"

namespace tenfold {
namespace {

/// The least that a spec can be: a kind, what is covered by a rule, and a step.
struct Toy {
  int kind = 0;
  int covered = 0;
  std::uint32_t step = 1;
  friend auto operator<=>(const Toy&, const Toy&) = default;
};

constinit const SharingRule<Toy> kSteps{"steps", "", [](const Toy&) { return true; },
                                        [](Toy& key) { key.step = 0; }};
constinit const SharingRule<Toy> kCovers{"covers", "", [](const Toy& toy) { return toy.kind > 0; },
                                         [](Toy& key) { key.covered = 0; }};

/// A learner whose sharing may cost more than it saves.
class ToyLearner final : public Learner {
 public:
  explicit ToyLearner(std::vector<Toy> specs, double price = 0.0) : specs_(std::move(specs)), price_(price) {}

  [[nodiscard]] std::string_view name() const override { return "toy"; }
  [[nodiscard]] std::size_t n_specs() const override { return specs_.size(); }
  [[nodiscard]] DataNeeds needs() const override { return {}; }
  [[nodiscard]] std::vector<Family> plan(const PlanRequest& request) const override {
    static constexpr std::array<const SharingRule<Toy>*, 2> kRules{&kSteps, &kCovers};
    const Sharing<Toy> sharing{kRules, [](const Toy& toy) { return toy.step; },
                               [](Toy& toy) { toy.step = 0; }, 3};
    const auto add_cost = [&](Grouped<Toy>& group) {
      Family& family = group.family;
      std::uint32_t last = 0;
      for (const Reading& reading : family.readings) {
        last = std::max(last, reading.step);
        family.cost_apart += reading.step;
        family.steps_asked += reading.step;
      }
      const double extra = family.readings.size() > 1 ? price_ : 0.0;
      family.stages = {{last, 1.0 + extra / last}};
      family.cost = last + extra;
      family.steps_done = last;
    };
    return families_of(request, sharing, [&](const Cell& cell) { return specs_[cell.spec]; }, add_cost);
  }
  [[nodiscard]] std::unique_ptr<FamilyRun> begin(const Family& /*family*/,
                                                 const RunContext& /*context*/) const override {
    return nullptr;
  }

 private:
  std::vector<Toy> specs_;
  double price_;
};

const std::vector<SplitSize> kSplits{{10, 5}, {10, 5}};

Plan plan_of(const Learner& learner, const std::vector<Cell>& cells, const PlanOptions& options = {}) {
  return make_plan(learner, {cells, kSplits, {}, options});
}

TEST(Plan, KnowsNoLearner) {
  const ToyLearner learner({{1, 1, 5}, {1, 2, 3}, {0, 1, 5}, {0, 2, 5}, {1, 1, 5}});
  const std::vector<Cell> cells{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {0, 1}};
  const Plan plan = plan_of(learner, cells);
  ASSERT_EQ(plan.families.size(), 4U);
  std::size_t n_cells = 0;
  for (const Family& family : plan.families) {
    n_cells += family.readings.size();
    if (family.readings.size() == 3) {
      EXPECT_EQ(family.rules, (std::vector<std::string_view>{"steps", "covers", "equal"}));
      EXPECT_EQ(family.members.size(), 2U);
    }
  }
  EXPECT_EQ(n_cells, cells.size());
}

TEST(Plan, ChoosesTheCheaper) {
  const std::vector<Toy> specs{{1, 1, 5}, {1, 2, 3}};
  const std::vector<Cell> cells{{0, 0}, {1, 0}};
  EXPECT_EQ(plan_of(ToyLearner(specs, 2.0), cells).families.size(), 1U);
  const Plan apart = plan_of(ToyLearner(specs, 4.0), cells);
  ASSERT_EQ(apart.families.size(), 2U);
  EXPECT_EQ(apart.families[0].readings[0].cell, 0U);
  EXPECT_EQ(apart.families[1].readings[0].cell, 1U);
  EXPECT_EQ(apart.cost(), 8.0);
}

TEST(Plan, CutsFamiliesThatAreTooWide) {
  std::vector<Toy> specs;
  std::vector<Cell> cells;
  for (int i = 0; i < 8; ++i) {
    cells.push_back({static_cast<std::uint32_t>(specs.size()), 0});
    specs.push_back({1, i, 2});
  }
  const Plan plan = plan_of(ToyLearner(specs), cells);
  EXPECT_EQ(plan.families.size(), 3U);
}

TEST(Plan, RefusesCellsThatAreNotThere) {
  const ToyLearner learner({{0, 0, 1}});
  EXPECT_THROW(plan_of(learner, {{1, 0}}), std::invalid_argument);
  EXPECT_THROW(plan_of(learner, {{0, 2}}), std::invalid_argument);
}

/// Each thing that a plan may get wrong is found, in builds that look.
TEST(Verify, FindsWhatIsWrongWithAPlan) {
  if (!kInvariantsRun) {
    GTEST_SKIP() << "built without invariants";
  }
  const ToyLearner learner({{1, 1, 5}, {1, 2, 3}, {0, 1, 1}});
  const std::vector<Cell> cells{{0, 0}, {1, 0}, {2, 0}};
  const PlanRequest request{cells, kSplits, {}, {}};
  const Plan sound = make_plan(learner, request);
  EXPECT_NO_THROW(verify(sound, request));
  const std::vector<std::function<void(Family&)>> faults{
      [](Family& f) { f.readings.pop_back(); },
      [](Family& f) { f.readings[0].cell = f.readings[1].cell; },
      [](Family& f) { f.readings[0].cell = 99; },
      [](Family& f) { f.readings[0].member = 2; },
      [](Family& f) { f.readings[0].step = 0; },
      [](Family& f) { f.readings[1].step = 6; },
      [](Family& f) { f.split = 1; },
      [](Family& f) { f.members.push_back(0); },
      [](Family& f) { f.cost = 0.0; },
      [](Family& f) { f.stages[0].cost_per_step = 2.0; },
      [](Family& f) { f.stages.push_back(f.stages[0]); },
      [](Family& f) { f.cost_apart = 4.0; },
      [](Family& f) { f.steps_done = 9; },
      [](Family& f) { f.n_fits = 3; },
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Plan plan = sound;
    ASSERT_EQ(plan.families[0].readings.size(), 2U);
    faults[i](plan.families[0]);
    EXPECT_THROW(verify(plan, request), std::logic_error) << "fault " << i;
  }
}

}  // namespace
}  // namespace tenfold
