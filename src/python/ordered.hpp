#pragma once

#include <nanobind/nanobind.h>

/// Adds the order-exact growth to the module.
void bind_ordered(nanobind::module_& module);
