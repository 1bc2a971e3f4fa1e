/// The Python module `tenfold._engine`.

#include <nanobind/nanobind.h>

#include "python/bindings.hpp"
#include "tenfold/tree.hpp"

NB_MODULE(_engine, module) {
  module.attr("__version__") = TENFOLD_VERSION;
  module.def("instruction_set", &tenfold::instruction_set);
  tenfold::python::bind_data(module);
  tenfold::python::bind_random(module);
  tenfold::python::bind_learners(module);
  tenfold::python::bind_plan(module);
  tenfold::python::bind_search(module);
}
