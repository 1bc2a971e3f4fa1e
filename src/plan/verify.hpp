#pragma once

/// Verifying a plan: what must hold of every plan of every learner.

#include "tenfold/plan.hpp"

namespace tenfold {

/// Throws std::logic_error where a plan is not one of these cells: a cell missing or twice, a member or a
/// step that is not there, a cost or a size that cannot be, more work than without sharing.
void verify(const Plan& plan, const PlanRequest& request);

}  // namespace tenfold
