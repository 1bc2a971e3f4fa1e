#include "exec/tasks.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tenfold {
namespace {

Family family_of(std::vector<Stage> stages) {
  Family family;
  family.stages = std::move(stages);
  std::uint32_t before = 0;
  for (const Stage& stage : family.stages) {
    family.cost += (stage.last_step - before) * stage.cost_per_step;
    before = stage.last_step;
  }
  return family;
}

TEST(Tasks, HaveEachStepOnce) {
  const std::vector<Family> families{family_of({{3, 5.0}, {300, 0.1}}), family_of({{7, 1.0}}),
                                     family_of({{1, 1e-9}})};
  for (const std::size_t n_threads : {1U, 2U, 16U, 1000U}) {
    std::vector<std::uint32_t> next(families.size(), 0);
    double cost = 0.0;
    for (const Task& task : cut_tasks(families, n_threads)) {
      EXPECT_EQ(task.steps.first, next[task.family]) << "in order";
      EXPECT_GT(task.steps.last, task.steps.first);
      next[task.family] = task.steps.last;
      cost += task.cost;
    }
    EXPECT_EQ(next, (std::vector<std::uint32_t>{300, 7, 1}));
    EXPECT_NEAR(cost, 15.0 + 29.7 + 7.0 + 1e-9, 1e-6);
  }
}

TEST(Tasks, AreCutByCostNotByNumber) {
  const std::vector<Family> families{family_of({{4, 10.0}, {404, 0.1}})};
  double longest = 0.0;
  for (const Task& task : cut_tasks(families, 2)) {
    longest = std::max(longest, task.cost);
  }
  EXPECT_LE(longest, 10.0) << "a dear step is a task of its own";
}

TEST(Tasks, AreWholeFamiliesWhereStepsFollowEachOther) {
  std::vector<Family> families{family_of({{100, 1.0}}), family_of({{100, 1.0}})};
  families[0].one_after_another = true;
  std::size_t n_of_first = 0;
  for (const Task& task : cut_tasks(families, 2)) {
    n_of_first += static_cast<std::size_t>(task.family == 0);
  }
  EXPECT_EQ(n_of_first, 1U);
}

}  // namespace
}  // namespace tenfold
