#pragma once

#include <nanobind/nanobind.h>

/// Add the training of networks to the module tenfold._kernels.
void bind_networks(nanobind::module_& m);
