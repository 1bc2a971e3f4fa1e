#pragma once

/// A data set: one set of rows, in the forms that learners ask for.
///
/// A *form* is a way of keeping the columns. Each is built once, when it is first asked for, of the matrix
/// that the data set was made from; all folds, candidates and threads share it. The target stands beside the
/// forms. There are two:
///   column store  ranks of finite values (`src/data/ranked_columns.hpp`): plain arrays, its *parts*. Another
///                 process can map the parts from a file and make a data set of them that copies nothing.
///   ranked table  ranks of values that may be missing (`src/data/ranked_table.hpp`)

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <variant>
#include <vector>

#include "tenfold/target.hpp"

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

/// A matrix of either precision.
using Matrix = std::variant<MatrixView<float>, MatrixView<double>>;

/// What of a data set a plan looks at.
struct DataShape {
  std::size_t n_rows = 0;
  std::size_t n_columns = 0;
  std::size_t n_classes = 0;  ///< zero where real numbers are learnt
  double n_values = 2.0;      ///< distinct values of a column, on average
};

/// Which forms of the columns a learner reads.
struct DataNeeds {
  bool ranks = false;
  bool ranked_table = false;  ///< ranks that may be missing
};

/// The arrays that make up a column store and its target, wherever they are kept.
struct DataParts {
  std::size_t n_classes = 0;
  std::span<const std::uint16_t> labels;             ///< (n_rows) class codes
  std::span<const std::uint8_t> row_records;         ///< the ranks of each row together
  std::vector<std::span<const float>> values;        ///< per column: distinct values, ascending
  std::vector<std::span<const std::uint8_t>> ranks;  ///< per column: the rank of every row
};

class RankedColumns;
class RankedTable;

class Data {
 public:
  /// Rows as a matrix and what is to be learnt of them. The matrix is read when a form is first asked for:
  /// `owner`, if given, is held until `drop_source`; without one the caller keeps the matrix alive.
  /// Throws std::invalid_argument on sizes that do not match, and where there are no rows or no columns.
  Data(Matrix x, Target target, std::shared_ptr<const void> owner = nullptr);

  /// Over the parts of another data set; nothing is copied, and `owner` is held as long as the data are.
  /// Throws std::invalid_argument unless the parts are those of a store: sizes, order of values, ranks and
  /// class codes are checked, so that no later access can be out of bounds.
  explicit Data(const DataParts& parts, std::shared_ptr<const void> owner = nullptr);

  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;
  ~Data();

  [[nodiscard]] std::size_t n_rows() const { return target_.n_rows(); }
  [[nodiscard]] std::size_t n_columns() const { return n_columns_; }
  [[nodiscard]] std::size_t n_classes() const { return target_.n_classes(); }
  [[nodiscard]] const Target& target() const { return target_; }

  /// The column store. Throws std::logic_error where it would have to be built and the matrix is gone.
  [[nodiscard]] const RankedColumns& ranks() const;
  /// The ranked table. Throws as `ranks`.
  [[nodiscard]] const RankedTable& ranked_table() const;
  /// False where a value is NaN or beyond float32; builds the ranks.
  [[nodiscard]] bool all_finite() const;
  /// Builds what a learner needs.
  void build(const DataNeeds& needs) const;
  /// Lets go of the matrix: forms that are not there by then cannot be had. Where there is none, the data set
  /// is its target alone.
  void drop_source();

  /// What to map elsewhere; valid as long as the data set is. Builds the ranks. All values must be finite.
  [[nodiscard]] DataParts parts() const;
  /// For a plan; builds the ranks unless there is a form already, or none to be had.
  [[nodiscard]] DataShape shape() const;
  /// A number that tells other contents apart from these; builds the ranks as `shape` does.
  [[nodiscard]] std::uint64_t digest() const;
  /// Bytes held by the forms that are there, and by the target.
  [[nodiscard]] std::size_t n_bytes() const;

 private:
  /// Whether there is a form, or a matrix to build one of.
  [[nodiscard]] bool has_form() const;

  Target target_;
  std::size_t n_columns_ = 0;
  Matrix source_;
  bool has_source_ = false;
  std::shared_ptr<const void> owner_;

  mutable std::mutex building_;
  mutable std::unique_ptr<const RankedColumns> ranks_;
  mutable std::unique_ptr<const RankedTable> ranked_table_;
  mutable std::uint64_t digest_ = 0;
};

}  // namespace tenfold
