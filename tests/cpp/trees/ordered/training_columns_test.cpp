#include "trees/ordered/training_columns.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace tenfold::ordered {
namespace {

RankedTable table_of(const std::vector<float>& x, std::size_t n_columns) {
  return RankedTable(MatrixView<float>{x.data(), x.size() / n_columns, n_columns,
                                       static_cast<std::ptrdiff_t>(n_columns), 1});
}

std::vector<std::uint32_t> samples_of(const TrainingColumn& column) {
  std::vector<std::uint32_t> samples;
  for (const std::uint32_t entry : column.order) {
    samples.push_back(entry & kSampleMask);
  }
  return samples;
}

std::vector<bool> marks_of(const TrainingColumn& column) {
  std::vector<bool> marks;
  for (const std::uint32_t entry : column.order) {
    marks.push_back((entry & kNearMark) != 0);
  }
  return marks;
}

TEST(TrainingColumns, SamplesStandInTheOrderOfValues) {
  const RankedTable table = table_of({5, 1, 4, 2, 3}, 1);
  const std::array<std::int64_t, 4> rows{4, 0, 1, 3};
  const TrainingColumns columns(table, rows, Presorting::kMostly);
  ASSERT_TRUE(columns[0].is_presorted());
  EXPECT_EQ(samples_of(columns[0]), (std::vector<std::uint32_t>{2, 3, 0, 1}));
  EXPECT_EQ(marks_of(columns[0]), (std::vector<bool>{false, false, false, false}));
  EXPECT_EQ(columns[0].value(columns[0].ranks[1]), 5.0F);
  EXPECT_FALSE(TrainingColumns(table, rows, Presorting::kNone)[0].is_presorted());
}

TEST(TrainingColumns, EqualAndCloseNeighboursAreMarked) {
  // A half with a value that scikit-learn counts as the same, and 2 twice.
  const RankedTable table =
      table_of({0.5F, 0.5F + 6e-8F, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 1);
  std::vector<std::int64_t> rows(table.n_rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<std::int64_t>(i);
  }
  const TrainingColumns columns(table, rows, Presorting::kMostly);
  ASSERT_TRUE(columns[0].is_presorted());
  const std::vector<bool> marks = marks_of(columns[0]);
  for (std::size_t place = 0; place < marks.size(); ++place) {
    const bool is_near = place == 0 || place == 1 || place == 3 || place == 4;
    EXPECT_EQ(marks[place], is_near) << "place " << place;
  }
}

TEST(TrainingColumns, ColumnsOfFewOrMissingValuesAreSortedNodeByNode) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const RankedTable table = table_of({0, 1, 1, 2, 0, missing, 1, 4, 0, 5, 1, 6}, 2);
  const std::array<std::int64_t, 6> rows{0, 1, 2, 3, 4, 5};
  const TrainingColumns mostly(table, rows, Presorting::kMostly);
  EXPECT_FALSE(mostly[0].is_presorted());
  EXPECT_FALSE(mostly[1].is_presorted());
  EXPECT_TRUE(mostly[1].has_missing);
  const TrainingColumns all(table, rows, Presorting::kAll);
  EXPECT_EQ(samples_of(all[0]), (std::vector<std::uint32_t>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(samples_of(all[1]).back(), 2U) << "the missing one";
  // Whether a column has missing values is asked of the training rows alone.
  const std::array<std::int64_t, 3> others{0, 1, 4};
  EXPECT_FALSE(TrainingColumns(table, others, Presorting::kMostly)[1].has_missing);
}

TEST(TrainingColumns, CopiesOfARowNeedNoOrder) {
  const RankedTable table = table_of({3, 1, 2}, 1);
  const std::array<std::int64_t, 6> rows{0, 1, 0, 2, 2, 2};
  EXPECT_FALSE(TrainingColumns(table, rows, Presorting::kMostly)[0].is_presorted());
  const TrainingColumns columns(table, rows, Presorting::kMostly, {}, true);
  EXPECT_TRUE(columns[0].is_presorted());
  EXPECT_TRUE(columns.is_copy(0, 2));
  EXPECT_FALSE(columns.is_copy(0, 1));
}

TEST(TrainingColumns, ColumnsMayBeChosenMoreThanOnce) {
  const RankedTable table = table_of({1, 9, 2, 8, 3, 7}, 2);
  const std::array<std::int64_t, 3> rows{0, 1, 2};
  const std::array<std::int64_t, 3> chosen{1, 0, 1};
  const TrainingColumns columns(table, rows, Presorting::kAll, chosen);
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(samples_of(columns[0]), (std::vector<std::uint32_t>{2, 1, 0}));
  EXPECT_EQ(samples_of(columns[1]), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(samples_of(columns[2]), samples_of(columns[0]));
}

}  // namespace
}  // namespace tenfold::ordered
