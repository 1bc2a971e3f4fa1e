#pragma once

/// The column store: one data set, prepared once, shared by every fold, candidate and thread.
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

namespace tenfold {

/// A read-only matrix somewhere in memory; strides count elements, not bytes.
template <typename T>
struct MatrixView {
  const T* data = nullptr;
  std::size_t n_rows = 0;
  std::size_t n_columns = 0;
  std::ptrdiff_t row_stride = 0;
  std::ptrdiff_t column_stride = 0;

  [[nodiscard]] T at(std::size_t row, std::size_t column) const {
    return data[static_cast<std::ptrdiff_t>(row) * row_stride +
                static_cast<std::ptrdiff_t>(column) * column_stride];
  }
};

/// One column: distinct values ascending, and the rank of every row.
struct Column {
  std::span<const float> values;        ///< distinct, ascending
  std::span<const std::uint8_t> ranks;  ///< n_rows ranks of `width` bytes each
  std::uint8_t width = 1;               ///< bytes a rank takes: 1, 2 or 4
  std::uint32_t row_offset = 0;         ///< where this column's rank stands in a row record
  bool has_close_values = false;        ///< two neighbours lie within scikit-learn's FEATURE_THRESHOLD

  /// Ranks as an array of `Rank`; `sizeof(Rank) == width`.
  template <typename Rank>
  [[nodiscard]] const Rank* ranks_as() const {
    return reinterpret_cast<const Rank*>(ranks.data());
  }
};

/// The arrays that make up a store, wherever they are kept.
struct DatasetParts {
  std::size_t n_classes = 0;
  std::span<const std::uint16_t> labels;             ///< (n_rows)
  std::span<const std::uint8_t> row_records;         ///< the ranks of each row together
  std::vector<std::span<const float>> values;        ///< per column, as `Column::values`
  std::vector<std::span<const std::uint8_t>> ranks;  ///< per column, as `Column::ranks`
};

class Dataset {
 public:
  /// Copies what it needs from `x` (n_rows x n_columns) and `labels` (class codes below `n_classes`).
  /// Throws std::invalid_argument on sizes that do not match or codes out of range.
  template <typename T>
  Dataset(MatrixView<T> x, std::span<const std::int32_t> labels, std::size_t n_classes);

  /// A store over the parts of another one, which must outlive it; nothing is copied. Sizes are checked
  /// (std::invalid_argument), contents are not: they must be those of a store.
  explicit Dataset(const DatasetParts& parts);

  // Spans point into the store itself.
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;
  Dataset(Dataset&&) = default;
  Dataset& operator=(Dataset&&) = default;
  ~Dataset() = default;

  /// What to map elsewhere; valid as long as the store is. All values must be finite.
  [[nodiscard]] DatasetParts parts() const;

  [[nodiscard]] bool all_finite() const { return all_finite_; }
  [[nodiscard]] std::size_t n_rows() const { return labels_.size(); }
  [[nodiscard]] std::size_t n_columns() const { return columns_.size(); }
  [[nodiscard]] std::size_t n_classes() const { return n_classes_; }
  /// Bytes held by the store.
  [[nodiscard]] std::size_t n_bytes() const;

  [[nodiscard]] const Column& column(std::size_t index) const { return columns_[index]; }
  [[nodiscard]] std::uint16_t label(std::size_t row) const { return labels_[row]; }

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

  /// Neighbouring values no further apart than this count as one (scikit-learn's FEATURE_THRESHOLD).
  static constexpr float kFeatureThreshold = 1e-7F;
  static constexpr std::size_t kMaxClasses = 65'535;

 private:
  /// What a store that was built here owns; a moved vector keeps its memory, so spans stay valid.
  struct Memory {
    std::vector<std::uint16_t> labels;
    std::vector<std::uint8_t> row_records;
    std::vector<std::vector<float>> values;
    std::vector<std::vector<std::uint8_t>> ranks;
  };

  /// Sets the columns' places in a row record, and the record's size.
  void place_columns();
  void lay_out_rows();

  Memory memory_;
  std::vector<Column> columns_;
  std::span<const std::uint16_t> labels_;
  std::span<const std::uint8_t> row_records_;
  std::size_t row_stride_ = 0;
  std::size_t n_classes_ = 0;
  bool all_finite_ = true;
};

extern template Dataset::Dataset(MatrixView<float>, std::span<const std::int32_t>, std::size_t);
extern template Dataset::Dataset(MatrixView<double>, std::span<const std::int32_t>, std::size_t);

}  // namespace tenfold
