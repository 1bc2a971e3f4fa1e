#include "plan/stages.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <vector>

namespace tenfold {
namespace {

Family three_members() {
  Family family;
  family.readings = {{0, 0, 2}, {1, 1, 5}, {2, 0, 5}, {3, 2, 8}};
  family.members = {0, 1, 3};
  return family;
}

TEST(Stages, MembersLeaveWithTheirLastReading) {
  const Family family = three_members();
  EXPECT_EQ(members_beyond(family, 0), 0b111U);
  EXPECT_EQ(members_beyond(family, 2), 0b111U);
  EXPECT_EQ(members_beyond(family, 5), 0b100U);
  EXPECT_EQ(members_beyond(family, 8), 0U);
}

TEST(Stages, EndWithReadingsAndCostWhatTheirMembersTake) {
  Family family = three_members();
  const std::array costs{1.0, 2.0, 4.0};
  std::vector<std::uint64_t> asked;
  add_stages(family, costs, [&](std::uint64_t members) {
    asked.push_back(members);
    const int n_members = std::popcount(members);
    return StepTogether{3.0 * n_members, static_cast<std::uint32_t>(n_members)};
  });
  EXPECT_EQ(asked, (std::vector<std::uint64_t>{0b111, 0b111, 0b100}));
  ASSERT_EQ(family.stages.size(), 3U);
  EXPECT_EQ(family.stages[0].last_step, 2U);
  EXPECT_EQ(family.stages[1].last_step, 5U);
  EXPECT_EQ(family.stages[2].last_step, 8U);
  EXPECT_EQ(family.stages[2].cost_per_step, 3.0);
  EXPECT_EQ(family.cost, 5 * 9.0 + 3 * 3.0);
  EXPECT_EQ(family.cost_apart, 2 * 1.0 + 5 * 2.0 + 5 * 1.0 + 8 * 4.0);
  EXPECT_EQ(family.steps_asked, 20U);
  EXPECT_EQ(family.steps_done, 5 * 3U + 3 * 1U);
  EXPECT_EQ(family.n_fits, 3U);
}

}  // namespace
}  // namespace tenfold
