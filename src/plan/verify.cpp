#include "plan/verify.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "invariant.hpp"

namespace tenfold {

namespace {

/// Sums of doubles in different orders differ by less.
constexpr double kRounding = 1e-9;

void verify_stages(const Family& family) {
  std::uint32_t before = 0;
  double cost = 0.0;
  for (const Stage& stage : family.stages) {
    invariant(stage.last_step > before, "stages of a family end one after another");
    invariant(std::isfinite(stage.cost_per_step) && stage.cost_per_step > 0.0, "a step costs something");
    cost += (stage.last_step - before) * stage.cost_per_step;
    before = stage.last_step;
  }
  invariant(std::abs(cost - family.cost) <= kRounding * cost, "stages add up to the cost of a family");
}

void verify_family(const Family& family, const PlanRequest& request, std::vector<int>& seen) {
  invariant(!family.readings.empty() && !family.members.empty(), "a family has cells and members");
  invariant(family.split < request.splits.size(), "a family's split is there");
  std::vector<bool> read(family.members.size(), false);
  std::uint32_t longest = 0;
  for (const Reading& reading : family.readings) {
    invariant(reading.cell < request.cells.size(), "a reading's cell is there");
    invariant(request.cells[reading.cell].split == family.split, "cells of a family are of one split");
    invariant(reading.member < family.members.size(), "a reading's member is there");
    invariant(reading.step >= 1, "a reading takes a step");
    read[reading.member] = true;
    longest = std::max(longest, reading.step);
    ++seen[reading.cell];
  }
  invariant(std::ranges::all_of(read, [](bool is_read) { return is_read; }), "each member is read");
  invariant(longest == family.n_steps(), "a family ends with its last reading");
  invariant(std::isfinite(family.cost) && family.cost > 0.0, "a family costs something");
  invariant(family.n_fits >= 1 && family.n_fits <= family.readings.size(), "fits are no more than cells");
  invariant(family.cost <= family.cost_apart * (1.0 + kRounding), "sharing costs no more than fitting apart");
  invariant(family.steps_done <= family.steps_asked, "sharing takes no more steps than fitting apart");
  verify_stages(family);
}

}  // namespace

void verify(const Plan& plan, const PlanRequest& request) {
  std::vector<int> seen(request.cells.size(), 0);
  for (const Family& family : plan.families) {
    verify_family(family, request, seen);
  }
  invariant(std::ranges::all_of(seen, [](int times) { return times == 1; }), "each cell is in one family");
  invariant(std::ranges::is_sorted(plan.families,
                                   [](const Family& a, const Family& b) { return a.cost > 1.1 * b.cost; }),
            "longer families come first");
}

}  // namespace tenfold
