#pragma once

/// A node's samples by one column, sixteen at a time: scikit-learn's sort swap by swap, and whether a split
/// better than the best so far can lie in the column at all.
///
/// A *packed key* holds a rank in its upper bits and a sample in its lower ones. The sort is that of
/// `sample_sort.hpp`; its passes are seen as a whole there, and done as a whole here.
///
/// Whether a column can win is told from sums in any order, with a bound on what rounding can make of them in
/// that order and in scikit-learn's. Columns that can't need no sums in scikit-learn's order.
///
/// Needs the instructions of AVX-512: whoever uses this asks `has_wide_vectors` first.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trees/ordered/partition_space.hpp"
#include "trees/ordered/proxy_bound.hpp"

namespace tenfold::ordered {

struct RankRange {
  std::uint32_t lowest = 0;
  std::uint32_t highest = 0;
};

/// Keys of the samples of one node by one column after another.
class PackedKeys {
 public:
  PackedKeys() = default;
  PackedKeys(const PackedKeys&) = delete;
  PackedKeys& operator=(const PackedKeys&) = delete;
  PackedKeys(PackedKeys&&) = default;
  PackedKeys& operator=(PackedKeys&&) = default;
  ~PackedKeys() = default;

  /// Makes room for so many keys; to be called before each node.
  void reserve(std::size_t n);

  std::uint32_t* keys = nullptr;
  std::uint32_t sample_bits = 4;  ///< at least 4
  PartitionSpace space;

 private:
  std::vector<std::uint32_t> memory_;
};

/// Makes keys of a node's samples (marked or not) and their ranks; there is room for them.
RankRange pack_keys(const PackedKeys& packed, const std::uint32_t* samples, std::uint32_t n,
                    const std::uint32_t* ranks);

/// Sorts the first n keys by rank, equal ranks in the order in which scikit-learn 1.9 leaves them.
void sort_packed(const PackedKeys& packed, std::uint32_t n);

/// Whether a position between two of the sorted keys may have a proxy of at least `best`, if it is added up
/// in scikit-learn's order. False is certain.
bool may_reach(const PackedKeys& packed, const SumNode& node, double best);

/// The sum of the absolute targets of a node's samples, rounded up.
double magnitude_of(const MomentSample* samples, const std::uint32_t* order, std::uint32_t n);

namespace sorting {

/// scikit-learn's heap sort of packed keys, where its quicksort goes too deep.
void heap_sort_packed(std::uint32_t* keys, std::size_t n, std::uint32_t sample_bits);

}  // namespace sorting

}  // namespace tenfold::ordered
