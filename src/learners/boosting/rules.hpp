#pragma once

/// The sharing rules of boosted models.

#include <span>

#include "plan/sharing_rule.hpp"
#include "tenfold/learners/boosting.hpp"

namespace tenfold {

using BoostingRule = SharingRule<BoostingSpec>;

/// All of them, in the order in which they are applied.
std::span<const BoostingRule* const> boosting_rules();

}  // namespace tenfold
