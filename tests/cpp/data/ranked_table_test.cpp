#include "data/ranked_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace tenfold {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

template <typename T>
MatrixView<T> columns_of(const std::vector<T>& values, std::size_t n_columns) {
  const std::size_t n_rows = values.size() / n_columns;
  return {values.data(), n_rows, n_columns, static_cast<std::ptrdiff_t>(n_columns), 1};
}

TEST(RankedTable, RanksFollowTheOrderOfValues) {
  const std::vector<float> x{3.0F, -1.0F, 0.0F, -1.0F, 7.5F, -2.0F};
  const RankedTable table(columns_of(x, 1));
  const RankedColumn& column = table.column(0);
  EXPECT_EQ(column.values, (std::vector<float>{-2.0F, -1.0F, 0.0F, 3.0F, 7.5F}));
  EXPECT_EQ(column.ranks, (std::vector<std::uint32_t>{3, 1, 2, 1, 4, 0}));
  EXPECT_FALSE(column.has_missing);
  EXPECT_FALSE(table.has_missing());
  EXPECT_FALSE(table.has_infinite());
}

TEST(RankedTable, MissingValuesRankBehindAllOthers) {
  const std::vector<float> x{kMissing, 1.0F, 5.0F, 1.0F, kMissing, 2.0F};
  const RankedTable table(columns_of(x, 2));
  EXPECT_EQ(table.column(0).ranks, (std::vector<std::uint32_t>{1, 0, 1}));
  EXPECT_EQ(table.column(0).missing(), 1U);
  EXPECT_EQ(table.column(1).ranks, (std::vector<std::uint32_t>{0, 0, 1}));
  EXPECT_TRUE(table.column(0).has_missing);
  EXPECT_FALSE(table.column(1).has_missing);
  EXPECT_TRUE(table.has_missing());
}

TEST(RankedTable, AColumnOfMissingValuesAlone) {
  const std::vector<double> x(4, std::numeric_limits<double>::quiet_NaN());
  const RankedTable table(columns_of(x, 1));
  EXPECT_TRUE(table.column(0).values.empty());
  EXPECT_EQ(table.column(0).ranks, (std::vector<std::uint32_t>{0, 0, 0, 0}));
}

TEST(RankedTable, ZerosOfEitherSignAreOneValue) {
  const std::vector<float> x{0.0F, -0.0F, 1.0F, -0.0F};
  const RankedTable table(columns_of(x, 1));
  EXPECT_EQ(table.column(0).values.size(), 2U);
  EXPECT_EQ(table.column(0).ranks, (std::vector<std::uint32_t>{0, 0, 1, 0}));
}

TEST(RankedTable, DoublesAreRankedAsTheFloatsThatTheyBecome) {
  const std::vector<double> x{1.0, 1.0 + 1e-12, 2.0, 1e300};
  const RankedTable table(columns_of(x, 1));
  EXPECT_EQ(table.column(0).ranks, (std::vector<std::uint32_t>{0, 0, 1, 2}));
  EXPECT_TRUE(table.has_infinite()) << "1e300 is beyond float32";
}

}  // namespace
}  // namespace tenfold
