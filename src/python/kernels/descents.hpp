#pragma once

#include <nanobind/nanobind.h>

/// Add the descents of linear models to the module tenfold._kernels.
void bind_descents(nanobind::module_& m);
