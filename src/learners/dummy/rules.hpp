#pragma once

/// The sharing rules of baselines.

#include <span>

#include "plan/sharing_rule.hpp"
#include "tenfold/learners/dummy.hpp"

namespace tenfold {

using DummyRule = SharingRule<DummySpec>;

/// All of them, in the order in which they are applied.
std::span<const DummyRule* const> dummy_rules();

}  // namespace tenfold
