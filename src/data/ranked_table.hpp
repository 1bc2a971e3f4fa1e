#pragma once

/// The form of a data set that an order-exact growth reads: per column the sorted distinct values, and per
/// row the rank of its value among them.
///
/// Differs from the column store (`ranked_columns.hpp`) in what it allows: missing values, whose rank lies
/// one past the last value. Comparisons of values are comparisons of ranks; values are looked up to form a
/// threshold, and to tell neighbours that scikit-learn counts as one.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tenfold/data.hpp"

namespace tenfold {

struct RankedColumn {
  std::vector<float> values;         ///< distinct, ascending, without NaN
  std::vector<std::uint32_t> ranks;  ///< by row; `values.size()` where the value is missing
  /// By rank, whether a neighbouring value is so close that no split may lie between; empty where none is.
  std::vector<std::uint8_t> is_close;
  bool has_missing = false;

  [[nodiscard]] std::uint32_t missing() const { return static_cast<std::uint32_t>(values.size()); }
};

class RankedTable {
 public:
  template <typename T>
  explicit RankedTable(MatrixView<T> x);

  [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
  [[nodiscard]] std::size_t n_columns() const { return columns_.size(); }
  [[nodiscard]] const RankedColumn& column(std::size_t index) const { return columns_[index]; }
  /// A value beyond float32, or infinite: scikit-learn refuses such data.
  [[nodiscard]] bool has_infinite() const { return has_infinite_; }
  [[nodiscard]] bool has_missing() const { return has_missing_; }
  [[nodiscard]] std::size_t n_bytes() const;

 private:
  std::size_t n_rows_ = 0;
  std::vector<RankedColumn> columns_;
  bool has_infinite_ = false;
  bool has_missing_ = false;
};

extern template RankedTable::RankedTable(MatrixView<float>);
extern template RankedTable::RankedTable(MatrixView<double>);

}  // namespace tenfold
