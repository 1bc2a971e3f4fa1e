#pragma once

/// Columns of a matrix, one after the other, as scikit-learn's trees see them.
///
/// A matrix mostly lies row by row in memory. Taking one column out of it touches every cache line, and of
/// each only one value; so neighbouring columns are read together, and handed out one by one.

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "tenfold/data.hpp"

namespace tenfold {

template <typename T>
class ColumnReader {
 public:
  explicit ColumnReader(const MatrixView<T>& x)
      : x_(x),
        width_(x.column_stride == 1 ? std::min(x.n_columns, kTogether) : 1),
        values_(width_ * x.n_rows) {}

  /// The values of a column in single precision, valid until the next call; columns are asked for in order.
  std::span<const float> read(std::size_t column) {
    const std::size_t place = column % width_;
    if (place == 0) {
      const std::size_t n = std::min(width_, x_.n_columns - column);
      for (std::size_t row = 0; row < x_.n_rows; ++row) {
        for (std::size_t c = 0; c < n; ++c) {
          // Adding zero turns -0 into +0, which the comparisons of a tree cannot tell apart.
          values_[c * x_.n_rows + row] = static_cast<float>(x_.at(row, column + c)) + 0.0F;
        }
      }
    }
    return std::span(values_).subspan(place * x_.n_rows, x_.n_rows);
  }

 private:
  static constexpr std::size_t kTogether = 8;  ///< a cache line of doubles

  MatrixView<T> x_;
  std::size_t width_;
  std::vector<float> values_;
};

}  // namespace tenfold
