/// The one list of learners' bindings.

#include <nanobind/nanobind.h>

#include "python/bindings.hpp"
#include "tenfold/learner.hpp"

namespace tenfold::python {

void bind_boosting(nanobind::module_& module);
void bind_dummy(nanobind::module_& module);
void bind_forest(nanobind::module_& module);
void bind_ordered_forest(nanobind::module_& module);

void bind_learners(nanobind::module_& module) {
  nanobind::class_<Learner>(module, "Learner").def_prop_ro("n_specs", &Learner::n_specs);
  bind_forest(module);
  bind_ordered_forest(module);
  bind_boosting(module);
  bind_dummy(module);
}

}  // namespace tenfold::python
