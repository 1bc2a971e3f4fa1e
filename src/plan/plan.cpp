#include "tenfold/plan.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "invariant.hpp"
#include "plan/verify.hpp"
#include "tenfold/learner.hpp"

namespace tenfold {

namespace {

void check_cells(const Learner& learner, const PlanRequest& request) {
  for (std::size_t c = 0; c < request.cells.size(); ++c) {
    const Cell& cell = request.cells[c];
    if (cell.spec >= learner.n_specs() || cell.split >= request.splits.size()) {
      throw std::invalid_argument("cell " + std::to_string(c) + " names spec " + std::to_string(cell.spec) +
                                  " and split " + std::to_string(cell.split) + "; there are " +
                                  std::to_string(learner.n_specs()) + " specs and " +
                                  std::to_string(request.splits.size()) + " splits.");
    }
  }
}

/// Costs within ten percent of each other are of one class, whose families are in the order of their cells:
/// so the splits of a candidate follow each other, and a search that is stopped has whole candidates.
double class_of(double cost) {
  return cost > 0.0 ? std::floor(std::log(cost) / std::log(1.1)) : std::numeric_limits<double>::lowest();
}

std::uint32_t first_cell(const Family& family) {
  return std::ranges::min(family.readings, {}, &Reading::cell).cell;
}

/// The family's cells, each fitted alone.
std::vector<Family> apart(const Learner& learner, const PlanRequest& request, const Family& family) {
  std::vector<Cell> cells;
  cells.reserve(family.readings.size());
  for (const Reading& reading : family.readings) {
    cells.push_back(request.cells[reading.cell]);
  }
  PlanRequest own = request;
  own.cells = cells;
  own.options.share = false;
  std::vector<Family> families = learner.plan(own);
  for (Family& alone : families) {
    for (Reading& reading : alone.readings) {
      reading.cell = family.readings[reading.cell].cell;
    }
  }
  return families;
}

}  // namespace

bool PlanOptions::is_disabled(std::string_view rule) const {
  return !share || std::ranges::find(disabled_rules, rule) != disabled_rules.end();
}

double Plan::cost() const {
  double sum = 0.0;
  for (const Family& family : families) {
    sum += family.cost;
  }
  return sum;
}

std::uint64_t Plan::steps_asked() const {
  std::uint64_t sum = 0;
  for (const Family& family : families) {
    sum += family.steps_asked;
  }
  return sum;
}

std::uint64_t Plan::steps_done() const {
  std::uint64_t sum = 0;
  for (const Family& family : families) {
    sum += family.steps_done;
  }
  return sum;
}

Plan make_plan(const Learner& learner, const PlanRequest& request) {
  check_cells(learner, request);
  Plan plan;
  for (Family& family : learner.plan(request)) {
    if (family.readings.size() > 1 && family.cost > family.cost_apart) {
      std::ranges::move(apart(learner, request, family), std::back_inserter(plan.families));
    } else {
      plan.families.push_back(std::move(family));
    }
  }
  std::ranges::stable_sort(plan.families, [](const Family& a, const Family& b) {
    return std::tuple(-class_of(a.cost), first_cell(a)) < std::tuple(-class_of(b.cost), first_cell(b));
  });
  if constexpr (kInvariantsRun) {
    verify(plan, request);
  }
  return plan;
}

}  // namespace tenfold
