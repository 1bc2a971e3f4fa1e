#pragma once

/// Sorting a node's samples by a column that isn't presorted, by wide vectors where they can.

#include <cstdint>
#include <vector>

#include "trees/ordered/packed_keys.hpp"
#include "trees/ordered/sample_sort.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

class ColumnSort {
 public:
  ColumnSort(bool has_vectors, std::size_t n_samples);

  /// Whether a sample and its rank in the column share 32 bits, and there are vectors to sort them with.
  [[nodiscard]] bool packs(const TrainingColumn& column) const;

  /// Packs keys of samples (marked or not), of a column that allows it.
  RankRange pack(const TrainingColumn& column, const std::uint32_t* samples, std::uint32_t n);

  /// Writes the samples at hand (marked or not) to `sorted`, which may be the same, as scikit-learn's sort
  /// leaves them; nothing where all are of one rank.
  RankRange sort(const TrainingColumn& column, const std::uint32_t* at_hand, std::uint32_t n,
                 std::uint32_t* sorted);

  /// The keys of the last column that was packed, sorted if it was.
  [[nodiscard]] const PackedKeys& packed() const { return packed_; }

 private:
  RankRange make_keys(const TrainingColumn& column, const std::uint32_t* samples, std::uint32_t n);

  bool has_vectors_;
  PackedKeys packed_;
  std::vector<Key> keys_;
  sorting::Places places_;
};

}  // namespace tenfold::ordered
