#include "data/check.hpp"

#include <stdexcept>
#include <string>

namespace tenfold {

void check_rows(std::span<const std::int64_t> rows, std::size_t n_rows) {
  if (rows.empty()) {
    throw std::invalid_argument("a split has no training or no test rows.");
  }
  for (const std::int64_t row : rows) {
    if (row < 0 || static_cast<std::size_t>(row) >= n_rows) {
      throw std::invalid_argument("a split names row " + std::to_string(row) + "; the data set has " +
                                  std::to_string(n_rows) + " rows.");
    }
  }
}

void check_finite(const Data& data) {
  if (!data.all_finite()) {
    throw std::invalid_argument("X holds NaN or a value too large for float32.");
  }
}

}  // namespace tenfold
