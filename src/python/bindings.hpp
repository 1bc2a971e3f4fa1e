#pragma once

/// The parts of the module `tenfold._engine`, one file a concept; conversion and the GIL, no logic.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <vector>

#include "tenfold/plan.hpp"

namespace tenfold::python {

void bind_data(nanobind::module_& module);
void bind_learners(nanobind::module_& module);
void bind_plan(nanobind::module_& module);
void bind_random(const nanobind::module_& module);
void bind_search(const nanobind::module_& module);

using CellArray = nanobind::ndarray<const std::int32_t, nanobind::shape<-1, 2>, nanobind::c_contig>;

/// Cells of an array of (spec, split).
std::vector<Cell> to_cells(const CellArray& cells);
/// A plan's families as dictionaries.
nanobind::list to_python(const Plan& plan);

}  // namespace tenfold::python
