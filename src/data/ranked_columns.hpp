#pragma once

/// The column store, the form of a data set that trees read.
///
/// A tree asks of a column only how its values are ordered and which of them are equal. So each column
/// is kept as its sorted distinct values and, per row, the *rank* of the row's value among them, in the
/// narrowest of 1, 2 or 4 bytes. Split search compares and counts ranks; values are looked up only to
/// form a threshold. Ranks are stored twice: by column for nodes that hold many rows, by row for nodes
/// that hold few, where all columns of a row should arrive in one cache line.
///
/// Values are float32, as scikit-learn's trees see them. NaN and values beyond float32 are not stored:
/// `all_finite()` is then false and nothing else may be used.
///
/// A store is a set of plain arrays, its *parts*. Another process can map the parts of a store from a file
/// and make a store of them that copies nothing.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "data/page_block.hpp"
#include "tenfold/data.hpp"

namespace tenfold {

/// Neighbouring values no further apart than this count as one (scikit-learn's FEATURE_THRESHOLD).
inline constexpr float kFeatureThreshold = 1e-7F;

/// A row that has another value in a column than most rows.
struct OtherRow {
  std::uint32_t row = 0;
  std::uint32_t rank = 0;
};

/// One column: distinct values ascending, and the rank of every row.
struct Column {
  std::span<const float> values;        ///< distinct, ascending
  std::span<const std::uint8_t> ranks;  ///< n_rows ranks of `width` bytes each
  std::uint8_t width = 1;               ///< bytes a rank takes: 1, 2 or 4
  std::uint32_t row_offset = 0;         ///< where this column's rank stands in a row record
  bool has_close_values = false;        ///< two neighbours lie within scikit-learn's FEATURE_THRESHOLD
  std::span<const std::uint64_t> close_to_next;  ///< a bit a rank: its neighbour above is that close

  /// In a *mostly common* column at least seven rows of eight have one value (often zero). It lists the
  /// others, so that a node with more rows than these needs to look at these alone.
  bool is_mostly_common = false;
  std::uint32_t common_rank = 0;
  std::span<const OtherRow> others;

  /// Whether a split can lie between two ranks that are neighbours in a node. Mostly a bit tells, where the
  /// values themselves would have to be fetched.
  [[nodiscard]] bool separates(std::uint32_t below, std::uint32_t above) const {
    return below != above && ((close_to_next[below / 64] >> (below % 64) & 1U) == 0 ||
                              values[above] > values[below] + kFeatureThreshold);
  }

  /// Ranks as an array of `Rank`; `sizeof(Rank) == width`.
  template <typename Rank>
  [[nodiscard]] const Rank* ranks_as() const {
    return reinterpret_cast<const Rank*>(ranks.data());
  }
};

/// Calls `use` with a pointer to the column's ranks by row, in the type that they are kept in.
template <typename Use>
decltype(auto) with_ranks(const Column& column, Use&& use) {
  switch (column.width) {
    case 1:
      return use(column.ranks_as<std::uint8_t>());
    case 2:
      return use(column.ranks_as<std::uint16_t>());
    default:
      return use(column.ranks_as<std::uint32_t>());
  }
}

/// Where the ranks of a column stand, a row `stride` bytes behind the one before: by column, or in the rows'
/// records.
template <typename Rank>
struct RankView {
  const std::uint8_t* first = nullptr;
  std::size_t stride = sizeof(Rank);

  [[nodiscard]] Rank operator[](std::size_t row) const {
    Rank rank = 0;
    std::memcpy(&rank, first + row * stride, sizeof rank);
    return rank;
  }
};

class RankedColumns {
 public:
  /// Copies what it needs from `x` (n_rows x n_columns, at least one of each).
  explicit RankedColumns(const Matrix& x);

  /// A store over the parts of another one, which must outlive it; nothing is copied. Throws
  /// std::invalid_argument unless the parts are those of a store.
  explicit RankedColumns(const DataParts& parts);

  // Spans point into the store itself.
  RankedColumns(const RankedColumns&) = delete;
  RankedColumns& operator=(const RankedColumns&) = delete;
  RankedColumns(RankedColumns&&) = default;
  RankedColumns& operator=(RankedColumns&&) = default;
  ~RankedColumns() = default;

  /// Adds the store's own to the parts of a data set. All values must be finite.
  void add_to(DataParts& parts) const;

  [[nodiscard]] bool all_finite() const { return all_finite_; }
  [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
  [[nodiscard]] std::size_t n_columns() const { return columns_.size(); }
  /// Bytes held by the store.
  [[nodiscard]] std::size_t n_bytes() const;

  [[nodiscard]] const Column& column(std::size_t index) const { return columns_[index]; }
  /// Whether some column is mostly common.
  [[nodiscard]] bool has_mostly_common() const { return !others_.empty(); }
  /// The row-wise records of all rows, one behind the other.
  [[nodiscard]] std::span<const std::uint8_t> row_records() const { return row_records_; }

  /// Rank of one cell, read from the row-wise copy.
  [[nodiscard]] std::uint32_t rank(std::size_t row, const Column& column) const {
    const std::uint8_t* cell = row_records_.data() + row * row_stride_ + column.row_offset;
    switch (column.width) {
      case 1:
        return *cell;
      case 2: {
        std::uint16_t rank = 0;
        std::memcpy(&rank, cell, sizeof rank);
        return rank;
      }
      default: {
        std::uint32_t rank = 0;
        std::memcpy(&rank, cell, sizeof rank);
        return rank;
      }
    }
  }

  /// The row-wise record of a row: the ranks of all its columns, at their `row_offset`s.
  [[nodiscard]] const std::uint8_t* row_record(std::size_t row) const {
    return row_records_.data() + row * row_stride_;
  }

  /// Whether some rows, scattered over the data set, are better read from their records: where too few of
  /// them share a cache line of a column, and the columns that a node looks at share those of a record.
  [[nodiscard]] bool reads_records(std::size_t n_some, const Column& column) const {
    constexpr std::size_t kCacheLine = 64;
    constexpr std::size_t kWidestRecord = 4 * kCacheLine;
    return row_stride_ <= kWidestRecord && n_some * (kCacheLine / column.width) <= n_rows_;
  }

  /// The ranks of a column, from where so many scattered rows are best read.
  template <typename Rank>
  [[nodiscard]] RankView<Rank> ranks_for(std::size_t n_some, const Column& column) const {
    if (reads_records(n_some, column)) {
      return {row_records_.data() + column.row_offset, row_stride_};
    }
    return {column.ranks.data(), sizeof(Rank)};
  }

  /// Calls `use` with these, in the type that the column's ranks are kept in.
  template <typename Use>
  decltype(auto) with_ranks_for(std::size_t n_some, const Column& column, Use&& use) const {
    switch (column.width) {
      case 1:
        return use(ranks_for<std::uint8_t>(n_some, column));
      case 2:
        return use(ranks_for<std::uint16_t>(n_some, column));
      default:
        return use(ranks_for<std::uint32_t>(n_some, column));
    }
  }

  /// Neighbouring values no further apart than this count as one (scikit-learn's FEATURE_THRESHOLD).
  static constexpr float kFeatureThreshold = tenfold::kFeatureThreshold;

 private:
  /// What a store that was built here owns; what is moved keeps its memory, so spans stay valid.
  struct Memory {
    PageBlock row_records;
    std::vector<std::vector<float>> values;
    PageBlock ranks;  ///< of all columns, one behind the other
  };

  template <typename T>
  void build(const MatrixView<T>& x);
  void add_column(std::span<const float> values, std::span<const std::uint8_t> ranks, std::size_t width);
  /// Throws std::invalid_argument unless what was taken from elsewhere is what a store would hold.
  void check_column(std::size_t index) const;
  template <typename Rank>
  void check_ranks(std::size_t index) const;
  /// Sets the columns' places in a row record, and the record's size.
  void place_columns();
  void lay_out_rows();
  /// Finds the columns that are mostly common.
  void list_others();

  Memory memory_;
  std::vector<std::vector<OtherRow>> others_;              ///< of the columns that are mostly common
  std::vector<std::vector<std::uint64_t>> close_to_next_;  ///< by column
  std::vector<Column> columns_;
  std::span<const std::uint8_t> row_records_;
  std::size_t row_stride_ = 0;
  std::size_t n_rows_ = 0;
  bool all_finite_ = true;
};

}  // namespace tenfold
