#pragma once

/// What a family costs step by step, as its members leave it one after another.

#include <cstdint>
#include <set>
#include <span>

#include "tenfold/plan.hpp"

namespace tenfold {

/// Members that read a family beyond `step` steps, as a bit set; a member leaves with its last reading.
[[nodiscard]] inline std::uint64_t members_beyond(const Family& family, std::uint32_t step) {
  std::uint64_t members = 0;
  for (const Reading& reading : family.readings) {
    members |= std::uint64_t{reading.step > step} << reading.member;
  }
  return members;
}

/// One step of some members together.
struct StepTogether {
  double seconds = 0.0;  ///< on one core
  std::uint32_t n_fits = 1;
};

/// Fills in a family's stages, seconds, steps and fits. `costs` has the seconds of a step of each member by
/// itself; `together(members)` says what those members, a bit set, take of one.
template <typename Together>
void add_stages(Family& family, std::span<const double> costs, Together&& together) {
  std::set<std::uint32_t> ends;
  for (const Reading& reading : family.readings) {
    ends.insert(reading.step);
    family.steps_asked += reading.step;
    family.cost_apart += reading.step * costs[reading.member];
  }
  std::uint32_t before = 0;
  for (const std::uint32_t end : ends) {
    const StepTogether step = together(members_beyond(family, before));
    family.stages.push_back({end, step.seconds});
    family.cost += step.seconds * (end - before);
    family.steps_done += std::uint64_t{step.n_fits} * (end - before);
    if (before == 0) {
      family.n_fits = step.n_fits;
    }
    before = end;
  }
}

}  // namespace tenfold
