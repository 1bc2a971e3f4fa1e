#pragma once

/// What the bindings of all learners of trees have in common: names into choices, grown trees into arrays.

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "python/arrays.hpp"
#include "tenfold/tree.hpp"

namespace tenfold::python {

/// Throws std::invalid_argument, naming the value and what is allowed.
Splitter splitter_named(const std::string& name);

/// The choice of that name among pairs of a name and a choice. Throws as `splitter_named`.
template <typename Choice, std::size_t kSize>
Choice choice_named(const char* parameter, const std::string& name,
                    const std::pair<const char*, Choice> (&choices)[kSize]) {  // NOLINT(*-avoid-c-arrays)
  std::string allowed;
  for (const auto& [known, choice] : choices) {
    if (name == known) {
      return choice;
    }
    allowed += (allowed.empty() ? "'" : ", '") + std::string(known) + "'";
  }
  throw std::invalid_argument(std::string(parameter) + " is '" + name + "'; must be one of " + allowed + ".");
}

/// A grown tree as `GrownTree` of the stubs describes it; `n_values` a node.
nb::dict to_python(GrownTree tree, std::size_t n_values);
/// A list of them.
nb::list to_python(std::vector<GrownTree> trees, std::size_t n_values);

}  // namespace tenfold::python
