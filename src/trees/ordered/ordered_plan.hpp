#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tenfold/plan.hpp"
#include "trees/ordered/forest_family.hpp"

namespace tenfold::ordered {

/// Families of these cells, the longest predicted first. Looks at specs and sizes only. Throws
/// std::invalid_argument where a cell names a spec or a split that is not there.
std::vector<OrderedFamily> plan_ordered(std::span<const OrderedForestSpec> specs, std::span<const Cell> cells,
                                        std::span<const SplitSize> splits, std::uint32_t n_columns);

}  // namespace tenfold::ordered
