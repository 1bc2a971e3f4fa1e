#include "tenfold/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "data/radix_sort.hpp"
#include "test_data.hpp"

namespace tenfold {
namespace {

template <typename T>
Dataset one_column(const std::vector<T>& values) {
  const std::vector<std::int32_t> labels(values.size(), 0);
  return {MatrixView<T>{values.data(), values.size(), 1, 1, 1}, labels, 1};
}

TEST(Dataset, RanksAreOrderAmongDistinctValues) {
  const Dataset dataset = one_column<float>({2.5F, -1.0F, 2.5F, 1e30F, -0.0F, 0.0F});
  const Column& column = dataset.column(0);
  EXPECT_TRUE(std::ranges::equal(column.values, std::vector<float>{-1.0F, 0.0F, 2.5F, 1e30F}));
  const std::vector<std::uint32_t> expected{2, 0, 2, 3, 1, 1};
  for (std::size_t row = 0; row < expected.size(); ++row) {
    EXPECT_EQ(dataset.rank(row, column), expected[row]) << "row " << row;
    EXPECT_EQ(column.ranks_as<std::uint8_t>()[row], expected[row]) << "row " << row;
  }
}

TEST(Dataset, TakesTheNarrowestRank) {
  for (const auto& [n_values, width] : {std::pair{256, 1}, {257, 2}, {65'536, 2}, {65'537, 4}}) {
    std::vector<float> values;
    for (int i = n_values; i > 0; --i) {
      values.push_back(static_cast<float>(i));
    }
    const Dataset dataset = one_column(values);
    EXPECT_EQ(dataset.column(0).width, width) << n_values << " values";
    EXPECT_EQ(dataset.rank(0, dataset.column(0)), static_cast<std::uint32_t>(n_values - 1));
    EXPECT_EQ(dataset.rank(static_cast<std::size_t>(n_values) - 1, dataset.column(0)), 0U);
  }
}

TEST(Dataset, ReadsAnyStrides) {
  // The same 3 x 2 matrix row by row, column by column, and backwards.
  const std::vector<double> rows{1, 10, 2, 20, 3, 30};
  const std::vector<double> columns{1, 2, 3, 10, 20, 30};
  const std::vector<std::int32_t> labels{0, 1, 0};
  const Dataset by_row(MatrixView<double>{rows.data(), 3, 2, 2, 1}, labels, 2);
  const Dataset by_column(MatrixView<double>{columns.data(), 3, 2, 1, 3}, labels, 2);
  const Dataset backwards(MatrixView<double>{columns.data() + 2, 3, 2, -1, 3}, labels, 2);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_TRUE(std::ranges::equal(by_row.column(c).values, by_column.column(c).values));
    EXPECT_TRUE(std::ranges::equal(by_row.column(c).ranks, by_column.column(c).ranks));
    EXPECT_EQ(backwards.rank(0, backwards.column(c)), 2U);
  }
}

TEST(Dataset, RowRecordsHoldWhatColumnsHold) {
  const Dataset dataset = testing::mixed_data(3000, 4, 1).dataset();
  for (std::size_t c = 0; c < dataset.n_columns(); ++c) {
    const Column& column = dataset.column(c);
    for (std::size_t row = 0; row < dataset.n_rows(); row += 97) {
      const std::uint32_t by_column =
          column.width == 1 ? column.ranks_as<std::uint8_t>()[row] : column.ranks_as<std::uint16_t>()[row];
      ASSERT_EQ(dataset.rank(row, column), by_column);
    }
  }
}

TEST(Dataset, MarksValuesCloserThanTheThreshold) {
  EXPECT_TRUE(one_column<float>({1.0F, 1.00000006F}).column(0).has_close_values);
  EXPECT_FALSE(one_column<float>({1.0F, 1.0001F}).column(0).has_close_values);
  EXPECT_TRUE(one_column<float>({1e-9F, 2e-9F, 5.0F}).column(0).has_close_values);
}

TEST(Dataset, SaysWhereValuesAreNotFinite) {
  EXPECT_TRUE(one_column<double>({0.0, 3e38}).all_finite());
  EXPECT_FALSE(one_column<double>({0.0, 1e39}).all_finite()) << "beyond float32";
  EXPECT_FALSE(one_column<float>({0.0F, std::numeric_limits<float>::quiet_NaN()}).all_finite());
}

TEST(Dataset, RefusesWhatDoesNotFit) {
  const std::vector<float> x{1, 2};
  const MatrixView<float> view{x.data(), 2, 1, 1, 1};
  const std::vector<std::int32_t> too_few{0};
  const std::vector<std::int32_t> out_of_range{0, 2};
  EXPECT_THROW(Dataset(view, too_few, 2), std::invalid_argument);
  EXPECT_THROW(Dataset(view, out_of_range, 2), std::invalid_argument);
}

TEST(Dataset, IsTheSameOverItsParts) {
  const Dataset dataset = testing::mixed_data(3000, 4, 1).dataset();
  const DatasetParts parts = dataset.parts();
  const Dataset viewing(parts);
  EXPECT_EQ(viewing.n_rows(), dataset.n_rows());
  EXPECT_EQ(viewing.n_classes(), dataset.n_classes());
  EXPECT_EQ(viewing.n_bytes(), dataset.n_bytes());
  ASSERT_EQ(viewing.n_columns(), dataset.n_columns());
  for (std::size_t c = 0; c < dataset.n_columns(); ++c) {
    const Column& column = viewing.column(c);
    EXPECT_EQ(column.values.data(), dataset.column(c).values.data()) << "a copy";
    EXPECT_EQ(column.has_close_values, dataset.column(c).has_close_values);
    for (std::size_t row = 0; row < dataset.n_rows(); row += 97) {
      ASSERT_EQ(viewing.rank(row, column), dataset.rank(row, dataset.column(c)));
      ASSERT_EQ(viewing.label(row), dataset.label(row));
    }
  }
}

TEST(Dataset, RefusesPartsOfDifferentSizes) {
  const Dataset dataset = testing::mixed_data(300, 2, 1).dataset();
  DatasetParts parts = dataset.parts();
  parts.labels = parts.labels.first(299);
  EXPECT_THROW(Dataset{parts}, std::invalid_argument);
  parts = dataset.parts();
  parts.row_records = parts.row_records.first(17);
  EXPECT_THROW(Dataset{parts}, std::invalid_argument);
  parts = dataset.parts();
  parts.values.pop_back();
  EXPECT_THROW(Dataset{parts}, std::invalid_argument);
}

TEST(RadixSort, SortsStablyByTheBitsAskedFor) {
  std::mt19937_64 random(5);
  std::vector<std::uint64_t> keys(5000);
  for (std::uint64_t& key : keys) {
    key = ((random() % 700) << 32U) | (random() & 0xffffffffU);
  }
  std::vector<std::uint64_t> expected = keys;
  std::stable_sort(expected.begin(), expected.end(),
                   [](std::uint64_t a, std::uint64_t b) { return (a >> 32U) < (b >> 32U); });
  std::vector<std::uint64_t> scratch(keys.size());
  radix_sort(keys, scratch, 32, 42);
  EXPECT_EQ(keys, expected);
}

}  // namespace
}  // namespace tenfold
