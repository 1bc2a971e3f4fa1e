#pragma once

/// A node's samples divided at a threshold that was drawn, sixteen at a time.
///
/// Needs the instructions of AVX-512: whoever uses this asks `has_wide_vectors` first.

#include <cstdint>

#include "trees/ordered/partition_space.hpp"
#include "trees/ordered/proxy_bound.hpp"

namespace tenfold::ordered {

struct ValueRange {
  float lowest = 0.0F;
  float highest = 0.0F;
};

/// Of a node's samples; none is missing.
ValueRange range_of(const float* values, const std::uint32_t* samples, std::uint32_t n);

/// Divides samples as scikit-learn does: values up to the threshold go left. Returns how many did.
/// `space` has room for all of them.
std::uint32_t divide_at(double threshold, const float* values, std::uint32_t* samples, std::uint32_t n,
                        const PartitionSpace& space);

/// Whether the split of the first `n_left` samples from the others may have a proxy of at least `best`, if it
/// is added up in scikit-learn's order. False is certain.
bool division_may_reach(const SumNode& node, const std::uint32_t* samples, std::uint32_t n_left, double best);

}  // namespace tenfold::ordered
