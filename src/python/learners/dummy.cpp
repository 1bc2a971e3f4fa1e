/// Baselines: specs as plain data, and the learner that they make.

#include "tenfold/learners/dummy.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "python/choices.hpp"

namespace tenfold::python {

namespace nb = nanobind;
using namespace nb::literals;

namespace {

DummyStrategy strategy_named(const std::string& name) {
  return choice_named<DummyStrategy>(
      "strategy", name, {{"prior", DummyStrategy::kPrior}, {"most_frequent", DummyStrategy::kMostFrequent}});
}

}  // namespace

void bind_dummy(nb::module_& module) {
  nb::class_<DummySpec>(module, "DummySpec")
      .def(
          "__init__",
          [](DummySpec* self, const std::string& strategy) {
            new (self) DummySpec{strategy_named(strategy)};
          },
          nb::kw_only(), "strategy"_a);
  module.def(
      "dummy_learner",
      [](std::vector<DummySpec> specs) {
        return std::const_pointer_cast<Learner>(make_dummy_learner(std::move(specs)));
      },
      "specs"_a);
}

}  // namespace tenfold::python
