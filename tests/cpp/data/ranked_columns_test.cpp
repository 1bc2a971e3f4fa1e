#include "data/ranked_columns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "test_data.hpp"

namespace tenfold {
namespace {

template <typename T>
RankedColumns one_column(const std::vector<T>& values) {
  return RankedColumns(MatrixView<T>{values.data(), values.size(), 1, 1, 1});
}

TEST(RankedColumns, RanksAreOrderAmongDistinctValues) {
  const RankedColumns columns = one_column<float>({2.5F, -1.0F, 2.5F, 1e30F, -0.0F, 0.0F});
  const Column& column = columns.column(0);
  EXPECT_TRUE(std::ranges::equal(column.values, std::vector<float>{-1.0F, 0.0F, 2.5F, 1e30F}));
  const std::vector<std::uint32_t> expected{2, 0, 2, 3, 1, 1};
  for (std::size_t row = 0; row < expected.size(); ++row) {
    EXPECT_EQ(columns.rank(row, column), expected[row]) << "row " << row;
    EXPECT_EQ(column.ranks_as<std::uint8_t>()[row], expected[row]) << "row " << row;
  }
}

TEST(RankedColumns, TakesTheNarrowestRank) {
  for (const auto& [n_values, width] : {std::pair{256, 1}, {257, 2}, {65'536, 2}, {65'537, 4}}) {
    std::vector<float> values;
    for (int i = n_values; i > 0; --i) {
      values.push_back(static_cast<float>(i));
    }
    const RankedColumns columns = one_column(values);
    EXPECT_EQ(columns.column(0).width, width) << n_values << " values";
    EXPECT_EQ(columns.rank(0, columns.column(0)), static_cast<std::uint32_t>(n_values - 1));
    EXPECT_EQ(columns.rank(static_cast<std::size_t>(n_values) - 1, columns.column(0)), 0U);
  }
}

TEST(RankedColumns, ReadsAnyStrides) {
  // The same 3 x 2 matrix row by row, column by column, and backwards.
  const std::vector<double> rows{1, 10, 2, 20, 3, 30};
  const std::vector<double> columns{1, 2, 3, 10, 20, 30};
  const RankedColumns by_row(MatrixView<double>{rows.data(), 3, 2, 2, 1});
  const RankedColumns by_column(MatrixView<double>{columns.data(), 3, 2, 1, 3});
  const RankedColumns backwards(MatrixView<double>{columns.data() + 2, 3, 2, -1, 3});
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_TRUE(std::ranges::equal(by_row.column(c).values, by_column.column(c).values));
    EXPECT_TRUE(std::ranges::equal(by_row.column(c).ranks, by_column.column(c).ranks));
    EXPECT_EQ(backwards.rank(0, backwards.column(c)), 2U);
  }
}

TEST(RankedColumns, RowRecordsHoldWhatColumnsHold) {
  const testing::TestData made = testing::mixed_data(3000, 4, 1);
  const Data data = made.data();
  const RankedColumns& columns = data.ranks();
  for (std::size_t c = 0; c < columns.n_columns(); ++c) {
    const Column& column = columns.column(c);
    for (std::size_t row = 0; row < columns.n_rows(); row += 97) {
      const std::uint32_t by_column =
          column.width == 1 ? column.ranks_as<std::uint8_t>()[row] : column.ranks_as<std::uint16_t>()[row];
      ASSERT_EQ(columns.rank(row, column), by_column);
    }
  }
}

TEST(RankedColumns, MarksValuesCloserThanTheThreshold) {
  EXPECT_TRUE(one_column<float>({1.0F, 1.00000006F}).column(0).has_close_values);
  EXPECT_FALSE(one_column<float>({1.0F, 1.0001F}).column(0).has_close_values);
  EXPECT_TRUE(one_column<float>({1e-9F, 2e-9F, 5.0F}).column(0).has_close_values);
}

TEST(RankedColumns, SeparatesValuesByTheThreshold) {
  // Close are neighbours within the threshold; the third value is further than that from the first.
  // count.
  const RankedColumns columns = one_column<float>({0.0F, 6e-8F, 1.2e-7F, 5.0F});
  const Column& column = columns.column(0);
  EXPECT_FALSE(column.separates(0, 0));
  EXPECT_FALSE(column.separates(0, 1));
  EXPECT_TRUE(column.separates(0, 2)) << "no longer neighbours in the data set, but in a node";
  EXPECT_FALSE(column.separates(1, 2));
  EXPECT_TRUE(column.separates(1, 3));
  EXPECT_TRUE(column.separates(2, 3));
}

TEST(RankedColumns, SaysWhereValuesAreNotFinite) {
  EXPECT_TRUE(one_column<double>({0.0, 3e38}).all_finite());
  EXPECT_FALSE(one_column<double>({0.0, 1e39}).all_finite()) << "beyond float32";
  EXPECT_FALSE(one_column<float>({0.0F, std::numeric_limits<float>::quiet_NaN()}).all_finite());
}

}  // namespace
}  // namespace tenfold
