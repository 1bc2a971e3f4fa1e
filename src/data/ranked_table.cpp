#include "data/ranked_table.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "data/column_reader.hpp"
#include "data/radix_sort.hpp"
#include "data/ranked_columns.hpp"

namespace tenfold {

namespace {

/// Unsigned integers in the order of the floats they come from (no NaN, no negative zero).
std::uint32_t ordered_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

/// By value, whether a neighbour lies within scikit-learn's threshold; empty where none does.
std::vector<std::uint8_t> close_neighbours(const std::vector<float>& values) {
  std::vector<std::uint8_t> is_close;
  for (std::size_t rank = 1; rank < values.size(); ++rank) {
    if (values[rank] <= values[rank - 1] + kFeatureThreshold) {
      is_close.resize(values.size());
      is_close[rank - 1] = is_close[rank] = 1;
    }
  }
  return is_close;
}

}  // namespace

template <typename T>
RankedTable::RankedTable(MatrixView<T> x) : n_rows_(x.n_rows), columns_(x.n_columns) {
  // The highest bit of a sample number is used as a mark.
  if (x.n_rows >= std::size_t{1} << 31U) {
    throw std::invalid_argument("X has " + std::to_string(x.n_rows) + " rows; at most 2**31 - 1 fit.");
  }
  ColumnReader<T> reader(x);
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> scratch;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    RankedColumn& column = columns_[c];
    keys.clear();
    const std::span<const float> values = reader.read(c);
    for (std::size_t row = 0; row < n_rows_; ++row) {
      if (std::isnan(values[row])) {
        column.has_missing = true;
        continue;
      }
      has_infinite_ = has_infinite_ || std::isinf(values[row]);
      keys.push_back((std::uint64_t{ordered_bits(values[row])} << 32U) | row);
    }
    scratch.resize(keys.size());
    if (!keys.empty()) {
      radix_sort(keys, scratch, 32, 64);
    }
    column.ranks.resize(n_rows_);
    for (const std::uint64_t key : keys) {
      const auto row = static_cast<std::uint32_t>(key);
      if (column.values.empty() || column.values.back() != values[row]) {
        column.values.push_back(values[row]);
      }
      column.ranks[row] = static_cast<std::uint32_t>(column.values.size()) - 1;
    }
    column.is_close = close_neighbours(column.values);
    if (column.has_missing) {
      for (std::size_t row = 0; row < n_rows_; ++row) {
        if (std::isnan(values[row])) {
          column.ranks[row] = column.missing();
        }
      }
      has_missing_ = true;
    }
  }
}

template RankedTable::RankedTable(MatrixView<float>);
template RankedTable::RankedTable(MatrixView<double>);

std::size_t RankedTable::n_bytes() const {
  std::size_t bytes = 0;
  for (const RankedColumn& column : columns_) {
    bytes += column.values.size() * sizeof(float) + column.ranks.size() * sizeof(std::uint32_t) +
             column.is_close.size();
  }
  return bytes;
}

}  // namespace tenfold
