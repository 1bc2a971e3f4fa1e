#pragma once

/// The sharing rules of forests that are grown in scikit-learn's order of samples.

#include <span>

#include "plan/sharing_rule.hpp"
#include "tenfold/learners/ordered_forest.hpp"

namespace tenfold {

using OrderedForestRule = SharingRule<OrderedForestSpec>;

/// All of them, in the order in which they are applied.
std::span<const OrderedForestRule* const> ordered_forest_rules();

}  // namespace tenfold
