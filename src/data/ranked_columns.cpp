#include "data/ranked_columns.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "data/column_reader.hpp"
#include "data/radix_sort.hpp"

namespace tenfold {

namespace {

/// Unsigned integers in the order of the floats they come from (finite values, no negative zero).
std::uint32_t ordered_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

/// The float that such an integer comes from.
float value_of(std::uint32_t ordered) {
  return std::bit_cast<float>((ordered & 0x80000000U) != 0 ? ordered & 0x7fffffffU : ~ordered);
}

template <typename Rank>
void write_ranks(std::span<const float> values, std::span<const std::uint64_t> sorted_keys,
                 std::uint8_t* to) {
  auto* const ranks = reinterpret_cast<Rank*>(to);
  std::uint32_t rank = 0;
  for (const std::uint64_t key : sorted_keys) {
    rank += static_cast<std::uint32_t>(values[rank] != value_of(static_cast<std::uint32_t>(key >> 32U)));
    ranks[static_cast<std::uint32_t>(key)] = static_cast<Rank>(rank);
  }
}

std::vector<std::uint64_t> close_to_next(std::span<const float> values) {
  std::vector<std::uint64_t> bits(values.size() / 64 + 1);
  for (std::size_t rank = 0; rank + 1 < values.size(); ++rank) {
    const bool is_close = values[rank + 1] <= values[rank] + kFeatureThreshold;
    bits[rank / 64] |= std::uint64_t{is_close} << (rank % 64);
  }
  return bits;
}

/// The distinct values of a column, ascending.
struct ColumnValues {
  std::vector<float> values;
  std::size_t width = 1;  ///< bytes that a rank takes
};

/// Writes a column's keys, value above and row below, and sorts them. What is zero goes to its place at once:
/// in columns that are mostly zeros little is left to sort.
void sort_keys(std::span<const float> values_by_row, std::span<std::uint64_t> keys,
               std::span<std::uint64_t> scratch) {
  constexpr std::size_t kFewestSortedByDigits = 256;
  const auto negative = static_cast<std::size_t>(
      std::ranges::count_if(values_by_row, [](float value) { return value < 0.0F; }));
  const auto zeros = static_cast<std::size_t>(std::ranges::count(values_by_row, 0.0F));
  std::array<std::size_t, 3> next{0, negative, negative + zeros};
  for (std::size_t row = 0; row < values_by_row.size(); ++row) {
    const float value = values_by_row[row];
    const std::size_t part = static_cast<std::size_t>(value >= 0.0F) + static_cast<std::size_t>(value > 0.0F);
    keys[next[part]++] = (std::uint64_t{ordered_bits(value)} << 32U) | row;
  }
  for (const auto& part : {keys.first(negative), keys.subspan(negative + zeros)}) {
    if (part.size() < kFewestSortedByDigits) {
      std::ranges::sort(part);
    } else {
      radix_sort(part, scratch, 32, 64);
    }
  }
}

/// Sorts one column whose values are all finite; `keys` hold the rows in their order afterwards.
ColumnValues sort_column(std::span<const float> values_by_row, std::vector<std::uint64_t>& keys,
                         std::vector<std::uint64_t>& scratch) {
  sort_keys(values_by_row, keys, scratch);

  ColumnValues column;
  for (const std::uint64_t key : keys) {
    const float value = value_of(static_cast<std::uint32_t>(key >> 32U));
    if (column.values.empty() || column.values.back() != value) {
      column.values.push_back(value);
    }
  }
  column.values.shrink_to_fit();
  if (column.values.size() > std::size_t{1} << 16U) {
    column.width = sizeof(std::uint32_t);
  } else if (column.values.size() > std::size_t{1} << 8U) {
    column.width = sizeof(std::uint16_t);
  }
  return column;
}

}  // namespace

RankedColumns::RankedColumns(const Matrix& x) {
  std::visit([this](const auto& view) { build(view); }, x);
}

template <typename T>
void RankedColumns::build(const MatrixView<T>& x) {
  n_rows_ = x.n_rows;
  ColumnReader<T> reader(x);
  std::vector<std::uint64_t> keys(x.n_rows);
  std::vector<std::uint64_t> scratch(x.n_rows);
  columns_.reserve(x.n_columns);
  constexpr std::size_t kAlignment = 64;  // a cache line
  memory_.ranks = PageBlock(x.n_columns * (n_rows_ * sizeof(std::uint32_t) + kAlignment));
  std::size_t used = 0;
  for (std::size_t c = 0; c < x.n_columns; ++c) {
    const std::span<const float> values = reader.read(c);
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) {
      all_finite_ = false;
      return;
    }
    ColumnValues column = sort_column(values, keys, scratch);
    std::uint8_t* const ranks = memory_.ranks.data() + used;
    switch (column.width) {
      case 1:
        write_ranks<std::uint8_t>(column.values, keys, ranks);
        break;
      case 2:
        write_ranks<std::uint16_t>(column.values, keys, ranks);
        break;
      default:
        write_ranks<std::uint32_t>(column.values, keys, ranks);
    }
    const std::size_t size = column.width * n_rows_;
    add_column(column.values, {ranks, size}, column.width);
    memory_.values.push_back(std::move(column.values));
    used += (size + kAlignment - 1) / kAlignment * kAlignment;
  }
  lay_out_rows();
  list_others();
}

RankedColumns::RankedColumns(const DataParts& parts)
    : row_records_(parts.row_records), n_rows_(parts.labels.size()) {
  if (parts.values.size() != parts.ranks.size()) {
    throw std::invalid_argument("the parts of a data set differ in their number of columns.");
  }
  for (std::size_t c = 0; c < parts.values.size(); ++c) {
    const std::size_t width = n_rows_ == 0 ? 0 : parts.ranks[c].size() / n_rows_;
    if ((width != 1 && width != 2 && width != 4) || parts.ranks[c].size() != width * n_rows_) {
      throw std::invalid_argument("column " + std::to_string(c) + " has " +
                                  std::to_string(parts.ranks[c].size()) + " bytes of ranks for " +
                                  std::to_string(n_rows_) + " rows.");
    }
    add_column(parts.values[c], parts.ranks[c], width);
  }
  place_columns();
  if (row_records_.size() != n_rows_ * row_stride_) {
    throw std::invalid_argument("the rows of a data set take " + std::to_string(row_records_.size()) +
                                " bytes; expected " + std::to_string(n_rows_ * row_stride_) + ".");
  }
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    check_column(c);
  }
  list_others();
}

void RankedColumns::add_column(std::span<const float> values, std::span<const std::uint8_t> ranks,
                               std::size_t width) {
  const std::vector<std::uint64_t>& bits = close_to_next_.emplace_back(close_to_next(values));
  const auto has_bit = [](std::uint64_t word) { return word != 0; };
  columns_.push_back({.values = values,
                      .ranks = ranks,
                      .width = static_cast<std::uint8_t>(width),
                      .has_close_values = std::ranges::any_of(bits, has_bit),
                      .close_to_next = bits,
                      .others = {}});
}

void RankedColumns::check_column(std::size_t index) const {
  const Column& column = columns_[index];
  const auto out_of_order = std::ranges::adjacent_find(column.values, std::greater_equal<>());
  if (column.values.empty() || out_of_order != column.values.end() ||
      !std::ranges::all_of(column.values, [](float value) { return std::isfinite(value); })) {
    throw std::invalid_argument("the values of column " + std::to_string(index) +
                                " are not finite numbers in ascending order.");
  }
  switch (column.width) {
    case 1:
      return check_ranks<std::uint8_t>(index);
    case 2:
      return check_ranks<std::uint16_t>(index);
    default:
      return check_ranks<std::uint32_t>(index);
  }
}

template <typename Rank>
void RankedColumns::check_ranks(std::size_t index) const {
  const Column& column = columns_[index];
  if (reinterpret_cast<std::uintptr_t>(column.ranks.data()) % alignof(Rank) != 0) {
    throw std::invalid_argument("the ranks of column " + std::to_string(index) + " are not aligned.");
  }
  const Rank* const ranks = column.ranks_as<Rank>();
  const std::uint8_t* cell = row_records_.data() + column.row_offset;
  bool sound = true;
  for (std::size_t row = 0; row < n_rows_; ++row) {
    Rank by_row = 0;
    std::memcpy(&by_row, cell + row * row_stride_, sizeof by_row);
    sound = sound && by_row == ranks[row] && ranks[row] < column.values.size();
  }
  if (!sound) {
    throw std::invalid_argument("column " + std::to_string(index) +
                                " has ranks without a value, or others by row than by column.");
  }
}

void RankedColumns::add_to(DataParts& parts) const {
  parts.row_records = row_records_;
  for (const Column& column : columns_) {
    parts.values.push_back(column.values);
    parts.ranks.push_back(column.ranks);
  }
}

void RankedColumns::place_columns() {
  std::size_t width = 0;
  for (Column& column : columns_) {
    column.row_offset = static_cast<std::uint32_t>(width);
    width += column.width;
  }
  // Up to a cache line, a power of two keeps every record inside one line.
  constexpr std::size_t kCacheLine = 64;
  row_stride_ = width <= kCacheLine ? std::bit_ceil(width) : width;
}

void RankedColumns::lay_out_rows() {
  place_columns();
  memory_.row_records = PageBlock(n_rows() * row_stride_);
  std::fill_n(memory_.row_records.data(), n_rows() * row_stride_,
              std::uint8_t{0});  // what lies between records
  // Some rows at a time, whose records stay in the cache.
  constexpr std::size_t kRowsAtOnce = 256;
  for (std::size_t first = 0; first < n_rows(); first += kRowsAtOnce) {
    const std::size_t end = std::min(first + kRowsAtOnce, n_rows());
    for (const Column& column : columns_) {
      with_ranks(column, [&](const auto* ranks) {
        for (std::size_t row = first; row < end; ++row) {
          std::memcpy(memory_.row_records.data() + row * row_stride_ + column.row_offset, ranks + row,
                      sizeof *ranks);
        }
      });
    }
  }
  row_records_ = {memory_.row_records.data(), n_rows() * row_stride_};
}

void RankedColumns::list_others() {
  constexpr std::size_t kRowsAnOther = 8;
  for (Column& column : columns_) {
    if (column.values.size() == 1) {
      continue;
    }
    with_ranks(column, [&](const auto* ranks) {
      // Only a value that more than half of the rows have comes out of this vote; the count decides.
      std::uint32_t common = 0;
      std::size_t lead = 0;
      for (std::size_t row = 0; row < n_rows_; ++row) {
        if (lead == 0) {
          common = ranks[row];
        }
        lead = ranks[row] == common ? lead + 1 : lead - 1;
      }
      const auto n_common = static_cast<std::size_t>(std::count(ranks, ranks + n_rows_, common));
      if ((n_rows_ - n_common) * kRowsAnOther > n_rows_) {
        return;
      }
      std::vector<OtherRow>& others = others_.emplace_back();
      others.reserve(n_rows_ - n_common);
      for (std::size_t row = 0; row < n_rows_; ++row) {
        if (ranks[row] != common) {
          others.push_back({static_cast<std::uint32_t>(row), ranks[row]});
        }
      }
      column.is_mostly_common = true;
      column.common_rank = common;
      column.others = others;
    });
  }
}

std::size_t RankedColumns::n_bytes() const {
  std::size_t bytes = row_records_.size();
  for (const Column& column : columns_) {
    bytes += column.values.size_bytes() + column.ranks.size() + column.close_to_next.size_bytes() +
             column.others.size_bytes();
  }
  return bytes;
}

}  // namespace tenfold
