// Trees of histogram gradient boosting, beside splits that are found by trying all of them.
//
// Records are packed: a + makes a copy of what may lie anywhere.

#include "kernels/histogram_tree.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace tenfold::kernels {
namespace {

constexpr std::size_t kRows = 201;
constexpr std::size_t kColumns = 6;  // no whole number of blocks
constexpr std::size_t kBins = 17;

struct Data {
  std::vector<std::uint8_t> codes = std::vector<std::uint8_t>(kRows * kColumns);
  std::vector<float> gradients = std::vector<float>(kRows);
  std::vector<float> hessians = std::vector<float>(kRows);
};

Data some_data() {
  Data data;
  std::uint32_t state = 1;
  const auto next = [&state] {
    state = state * 1664525U + 1013904223U;
    return state >> 8;
  };
  for (std::uint8_t& code : data.codes) {
    code = static_cast<std::uint8_t>(next() % (kBins - 1));
  }
  for (std::size_t row = 0; row < kRows; ++row) {
    data.gradients[row] = std::sin(static_cast<float>(next() % 1000) + static_cast<float>(data.codes[row]));
    data.hessians[row] = 0.1F + static_cast<float>(next() % 100) / 100;
  }
  return data;
}

std::vector<Column> columns(bool has_missing) {
  return std::vector<Column>(kColumns, {kBins - 1, has_missing, 0});
}

GrowthLimits limits(std::uint32_t min_samples_leaf, std::size_t max_leaf_nodes) {
  return {{0.5, 1e-3, 0.0, min_samples_leaf, false}, max_leaf_nodes, std::nullopt, 1.0};
}

std::vector<NodeRecord> records_of(const HistogramGrower& grower) {
  std::vector<double> thresholds;
  std::vector<std::int64_t> offsets{0};
  for (const Column& column : grower.table().columns()) {
    for (std::uint32_t bin = 0; bin + 1 < column.n_bins; ++bin) {
      thresholds.push_back(bin + 0.5);
    }
    offsets.push_back(static_cast<std::int64_t>(thresholds.size()));
  }
  std::vector<std::uint8_t> bytes(grower.n_nodes() * sizeof(NodeRecord));
  grower.write(thresholds, offsets, bytes.data());
  std::vector<NodeRecord> records(grower.n_nodes());
  std::memcpy(records.data(), bytes.data(), bytes.size());
  return records;
}

double score(double gradient, double hessian) {
  return gradient * gradient / (hessian + 0.5);
}

TEST(HistogramTree, SplitsWhereTryingAllSplitsSaysSo) {
  const Data data = some_data();
  HistogramGrower grower(BinnedTable(data.codes.data(), kRows, columns(false), kBins));
  grower.grow(data.gradients, data.hessians, limits(5, 2), nullptr);
  double best = 0;
  std::size_t best_column = 0;
  std::size_t best_bin = 0;
  for (std::size_t column = 0; column < kColumns; ++column) {
    for (std::size_t bin = 0; bin + 2 < kBins; ++bin) {
      double gradient[2] = {0, 0};
      double hessian[2] = {0, 0};
      std::size_t n[2] = {0, 0};
      for (std::size_t row = 0; row < kRows; ++row) {
        const auto side = static_cast<std::size_t>(data.codes[column * kRows + row] > bin);
        gradient[side] += static_cast<double>(data.gradients[row]);
        hessian[side] += static_cast<double>(data.hessians[row]);
        ++n[side];
      }
      const double gain = score(gradient[0], hessian[0]) + score(gradient[1], hessian[1]);
      if (n[0] >= 5 && n[1] >= 5 && gain > best) {
        best = gain;
        best_column = column;
        best_bin = bin;
      }
    }
  }
  const std::vector<NodeRecord> records = records_of(grower);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(+records[0].column, static_cast<std::int64_t>(best_column));
  EXPECT_EQ(records[0].bin, best_bin);
  EXPECT_DOUBLE_EQ(+records[0].threshold, static_cast<double>(best_bin) + 0.5);
  EXPECT_NEAR(+records[0].gain, best, 1e-9);
}

TEST(HistogramTree, LeavesHaveAllRowsAndTheirValues) {
  const Data data = some_data();
  HistogramGrower grower(BinnedTable(data.codes.data(), kRows, columns(false), kBins));
  for (const std::size_t max_leaves : {31U, 4U, 9U}) {  // one tree after the other in the same memory
    grower.grow(data.gradients, data.hessians, limits(3, max_leaves), nullptr);
    std::vector<double> raw(kRows, 0.0);
    grower.add_to(raw);
    std::size_t n_rows = 0;
    for (const Leaf& leaf : grower.leaves()) {
      double gradient = 0;
      double hessian = 0;
      for (std::uint32_t at = leaf.start; at < leaf.stop; ++at) {
        const std::uint32_t row = grower.partition()[at];
        gradient += static_cast<double>(data.gradients[row]);
        hessian += static_cast<double>(data.hessians[row]);
        EXPECT_EQ(raw[row], leaf.value);
      }
      EXPECT_NEAR(leaf.value, -gradient / (hessian + 0.5), 1e-9);
      EXPECT_GE(leaf.stop - leaf.start, 3U);
      n_rows += leaf.stop - leaf.start;
    }
    EXPECT_EQ(n_rows, kRows);
    EXPECT_EQ(grower.leaves().size(), max_leaves);
  }
}

TEST(HistogramTree, MissingValuesGoWhereTheyBelong) {
  std::vector<std::uint8_t> codes(kRows, 0);
  std::vector<float> gradients(kRows, 1.0F);
  const std::vector<float> hessians(1, 1.0F);
  for (std::size_t row = 0; row < kRows; ++row) {
    codes[row] = row % 3 == 0 ? kBins - 1 : static_cast<std::uint8_t>(row % 2);
    gradients[row] = row % 3 == 0 || row % 2 == 0 ? -1.0F : 1.0F;  // those that are missing are as bin 0
  }
  HistogramGrower grower(BinnedTable(codes.data(), kRows, {{2, true, 0}}, kBins));
  grower.grow(gradients, hessians, limits(1, 2), nullptr);
  const std::vector<NodeRecord> records = records_of(grower);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].missing_left, 1);
  EXPECT_EQ(records[0].bin, 0);
}

TEST(HistogramTree, ASplitOnWhatIsMissingHasNoThreshold) {
  std::vector<std::uint8_t> codes(kRows);
  std::vector<float> gradients(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    codes[row] = row % 3 == 0 ? kBins - 1 : 0;
    gradients[row] = row % 3 == 0 ? 1.0F : -1.0F;
  }
  HistogramGrower grower(BinnedTable(codes.data(), kRows, {{1, true, 0}}, kBins));
  grower.grow(gradients, std::vector<float>(1, 1.0F), limits(1, 2), nullptr);
  const std::vector<NodeRecord> records = records_of(grower);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(+records[0].threshold, std::numeric_limits<double>::infinity());
  EXPECT_EQ(records[0].missing_left, 0);
}

TEST(HistogramTree, ColumnsThatWereNotDrawnAreLeftAlone) {
  const Data data = some_data();
  HistogramGrower grower(BinnedTable(data.codes.data(), kRows, columns(false), kBins));
  const std::vector<std::uint8_t> only{0, 0, 0, 0, 1, 0};
  std::size_t n_drawn = 0;
  grower.grow(data.gradients, data.hessians, limits(3, 6), [&] {
    ++n_drawn;
    return only.data();
  });
  for (const NodeRecord& record : records_of(grower)) {
    EXPECT_TRUE(record.is_leaf != 0 || record.column == 4);
  }
  EXPECT_GT(n_drawn, 1U);
}

}  // namespace
}  // namespace tenfold::kernels
