#pragma once

/// Equal and close values of a presorted order: where no split lies, and in which order equal ones stand.
///
/// Ranks tell the order of different values once and for all. That of equal ones is what scikit-learn's sort
/// leaves, which depends on the order in which it found the node's samples.

#include <cstdint>
#include <vector>

#include "trees/ordered/sample_sort.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// The ties of one presorted order after another.
class Ties {
 public:
  /// Appends the positions of an order between equal or close values to `blocked`, and notes the ties whose
  /// order can be told: not those whose samples are all copies of one row.
  void find(const TrainingColumns& columns, const TrainingColumn& column, const std::uint32_t* order,
            std::uint32_t n, std::vector<std::uint32_t>& blocked);

  [[nodiscard]] bool empty() const { return positions_.empty(); }

  /// Puts the ties that were found into the order in which scikit-learn's sort, starting from the order at
  /// hand, leaves them.
  void arrange(const TrainingColumn& column, const std::uint32_t* at_hand, std::uint32_t* order,
               std::uint32_t n);

 private:
  std::vector<std::uint32_t> positions_;    ///< between equal values
  std::vector<std::uint32_t> tied_before_;  ///< by position, how many samples before it are tied
  std::vector<Key> keys_;
  sorting::Places places_;
};

}  // namespace tenfold::ordered
