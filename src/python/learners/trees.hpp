#pragma once

/// What the bindings of all learners of trees have in common: grown trees into arrays.

#include <nanobind/nanobind.h>

#include <cstddef>
#include <string>
#include <vector>

#include "python/arrays.hpp"
#include "python/choices.hpp"
#include "tenfold/tree.hpp"

namespace tenfold::python {

/// Throws std::invalid_argument, naming the value and what is allowed.
Splitter splitter_named(const std::string& name);

/// A grown tree as `GrownTree` of the stubs describes it; `n_values` a node.
nb::dict to_python(GrownTree tree, std::size_t n_values);
/// A list of them.
nb::list to_python(std::vector<GrownTree> trees, std::size_t n_values);

}  // namespace tenfold::python
