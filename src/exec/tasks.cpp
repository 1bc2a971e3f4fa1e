#include "exec/tasks.hpp"

#include <algorithm>

#include "invariant.hpp"

namespace tenfold {

namespace {

constexpr std::size_t kTasksPerThread = 8;

/// Cuts one family into tasks of about `enough` seconds.
void cut_family(const Family& family, std::size_t number, double enough, std::vector<Task>& tasks) {
  std::uint32_t next = 0;
  for (const Stage& stage : family.stages) {
    const std::uint32_t n_steps = stage.last_step - next;
    const auto fit = static_cast<std::uint32_t>(std::min<double>(enough / stage.cost_per_step, n_steps));
    const std::uint32_t step = std::clamp<std::uint32_t>(fit, 1, n_steps);
    while (next < stage.last_step) {
      const std::uint32_t last = std::min(next + step, stage.last_step);
      tasks.push_back({number, {next, last}, stage.cost_per_step * (last - next)});
      next = last;
    }
  }
}

}  // namespace

std::vector<Task> cut_tasks(std::span<const Family> families, std::size_t n_threads) {
  double total = 0.0;
  for (const Family& family : families) {
    total += family.cost;
  }
  const double small = total / static_cast<double>(n_threads * kTasksPerThread);
  std::vector<Task> tasks;
  for (std::size_t f = 0; f < families.size(); ++f) {
    invariant(!families[f].stages.empty(), "a family has a stage");
    if (n_threads > 1 && families[f].cost > small && !families[f].one_after_another) {
      cut_family(families[f], f, small, tasks);
    } else {
      tasks.push_back({f, {0, families[f].n_steps()}, families[f].cost});
    }
  }
  return tasks;
}

}  // namespace tenfold
