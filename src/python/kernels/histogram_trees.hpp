#pragma once

#include <nanobind/nanobind.h>

/// Bind the trees of histogram gradient boosting (`kernels/histogram_tree.hpp`).
void bind_histogram_trees(nanobind::module_& m);
