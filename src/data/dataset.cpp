#include "tenfold/dataset.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "data/radix_sort.hpp"

namespace tenfold {

namespace {

/// Unsigned integers in the order of the floats they come from (finite values, no negative zero).
std::uint32_t ordered_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

template <typename Rank>
void store_ranks(Column& column, std::span<const std::uint64_t> sorted_keys,
                 std::span<const float> values_by_row) {
  column.ranks.resize(sorted_keys.size() * sizeof(Rank));
  auto* ranks = reinterpret_cast<Rank*>(column.ranks.data());
  std::uint32_t rank = 0;
  for (const std::uint64_t key : sorted_keys) {
    const auto row = static_cast<std::uint32_t>(key);
    if (column.values[rank] != values_by_row[row]) {
      ++rank;
    }
    ranks[row] = static_cast<Rank>(rank);
  }
  column.width = sizeof(Rank);
}

/// Ranks one column whose values are all finite; `keys` and `scratch` are working space.
Column rank_column(std::span<const float> values_by_row, std::vector<std::uint64_t>& keys,
                   std::vector<std::uint64_t>& scratch) {
  const std::size_t n_rows = values_by_row.size();
  for (std::size_t row = 0; row < n_rows; ++row) {
    keys[row] = (std::uint64_t{ordered_bits(values_by_row[row])} << 32U) | row;
  }
  radix_sort(keys, scratch, 32, 64);

  Column column;
  for (const std::uint64_t key : keys) {
    const float value = values_by_row[static_cast<std::uint32_t>(key)];
    if (column.values.empty() || column.values.back() != value) {
      if (!column.values.empty() && value <= column.values.back() + Dataset::kFeatureThreshold) {
        column.has_close_values = true;
      }
      column.values.push_back(value);
    }
  }
  column.values.shrink_to_fit();
  if (column.values.size() <= std::size_t{1} << 8U) {
    store_ranks<std::uint8_t>(column, keys, values_by_row);
  } else if (column.values.size() <= std::size_t{1} << 16U) {
    store_ranks<std::uint16_t>(column, keys, values_by_row);
  } else {
    store_ranks<std::uint32_t>(column, keys, values_by_row);
  }
  return column;
}

}  // namespace

template <typename T>
Dataset::Dataset(MatrixView<T> x, std::span<const std::int32_t> labels, std::size_t n_classes)
    : n_classes_(n_classes) {
  if (labels.size() != x.n_rows) {
    throw std::invalid_argument("y has " + std::to_string(labels.size()) + " labels; X has " +
                                std::to_string(x.n_rows) + " rows.");
  }
  if (x.n_rows > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("X has " + std::to_string(x.n_rows) + " rows; at most 2**32 - 1 fit.");
  }
  if (n_classes == 0 || n_classes > kMaxClasses) {
    throw std::invalid_argument("n_classes is " + std::to_string(n_classes) + "; must be in [1, " +
                                std::to_string(kMaxClasses) + "].");
  }
  labels_.reserve(labels.size());
  for (const std::int32_t label : labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= n_classes) {
      throw std::invalid_argument("y holds the class code " + std::to_string(label) + "; must be in [0, " +
                                  std::to_string(n_classes) + ").");
    }
    labels_.push_back(static_cast<std::uint16_t>(label));
  }

  std::vector<float> values(x.n_rows);
  std::vector<std::uint64_t> keys(x.n_rows);
  std::vector<std::uint64_t> scratch(x.n_rows);
  columns_.reserve(x.n_columns);
  for (std::size_t c = 0; c < x.n_columns; ++c) {
    bool finite = true;
    for (std::size_t row = 0; row < x.n_rows; ++row) {
      // Adding zero turns -0 into +0, which the comparisons of a tree cannot tell apart.
      values[row] = static_cast<float>(x.at(row, c)) + 0.0F;
      finite = finite && std::isfinite(values[row]);
    }
    if (!finite) {
      all_finite_ = false;
      return;
    }
    columns_.push_back(rank_column(values, keys, scratch));
  }
  lay_out_rows();
}

template Dataset::Dataset(MatrixView<float>, std::span<const std::int32_t>, std::size_t);
template Dataset::Dataset(MatrixView<double>, std::span<const std::int32_t>, std::size_t);

void Dataset::lay_out_rows() {
  std::size_t width = 0;
  for (Column& column : columns_) {
    column.row_offset = static_cast<std::uint32_t>(width);
    width += column.width;
  }
  // Up to a cache line, a power of two keeps every record inside one line.
  constexpr std::size_t kCacheLine = 64;
  row_stride_ = width <= kCacheLine ? std::bit_ceil(width) : width;
  row_records_.resize(n_rows() * row_stride_);
  for (const Column& column : columns_) {
    for (std::size_t row = 0; row < n_rows(); ++row) {
      std::memcpy(row_records_.data() + row * row_stride_ + column.row_offset,
                  column.ranks.data() + row * column.width, column.width);
    }
  }
}

std::size_t Dataset::n_bytes() const {
  std::size_t bytes = row_records_.size() + labels_.size() * sizeof(std::uint16_t);
  for (const Column& column : columns_) {
    bytes += column.values.size() * sizeof(float) + column.ranks.size();
  }
  return bytes;
}

}  // namespace tenfold
