/// Forests: specs and seeds as plain data, the learner that they make, and whole trees.

#include "tenfold/learners/forest.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "python/arrays.hpp"
#include "python/learners/trees.hpp"

namespace tenfold::python {

using namespace nb::literals;

namespace {

Criterion criterion_named(const std::string& name) {
  return choice_named<Criterion>("criterion", name,
                                 {{"gini", Criterion::kGini}, {"entropy", Criterion::kEntropy}});
}

nb::list grow(const Data& data, const ForestSpec& spec, const SeedSource& seed_source,
              const VectorArray<std::int64_t>& rows, std::size_t n_threads, std::size_t first_tree,
              const std::optional<VectorArray<double>>& probabilities) {
  std::vector<GrownTree> trees;
  {
    const nb::gil_scoped_release release;
    trees = grow_trees(data, spec, seed_source, viewed(rows), n_threads, first_tree,
                       probabilities ? viewed(*probabilities) : std::span<const double>{});
  }
  return to_python(std::move(trees), data.n_classes());
}

nb::list grow_counted(const Data& data, const ForestSpec& spec, const std::vector<std::uint32_t>& states,
                      const std::vector<VectorArray<std::int64_t>>& counts, std::size_t n_threads) {
  std::vector<std::span<const std::int64_t>> views;
  views.reserve(counts.size());
  for (const VectorArray<std::int64_t>& one : counts) {
    views.push_back(viewed(one));
  }
  std::vector<GrownTree> trees;
  {
    const nb::gil_scoped_release release;
    trees = grow_counted_trees(data, spec, states, views, n_threads);
  }
  return to_python(std::move(trees), data.n_classes());
}

std::shared_ptr<Learner> make_learner(std::vector<ForestSpec> specs, std::vector<SeedSource> seed_sources,
                                      const WeightArrays& probabilities) {
  return std::const_pointer_cast<Learner>(
      make_forest_learner(std::move(specs), std::move(seed_sources), copied_weights(probabilities)));
}

}  // namespace

void bind_forest(nb::module_& module) {
  nb::class_<ForestSpec>(module, "ForestSpec")
      .def(
          "__init__",
          [](ForestSpec* self, const std::string& splitter, const std::string& criterion,
             std::uint32_t n_estimators, std::uint32_t max_features, std::uint32_t max_depth,
             std::uint32_t min_samples_split, std::uint32_t min_samples_leaf, double min_weight_leaf,
             double min_impurity_decrease, double ccp_alpha, bool bootstrap, std::uint32_t max_samples,
             std::int32_t seed_source, std::int32_t weights) {
            new (self) ForestSpec{splitter_named(splitter),
                                  criterion_named(criterion),
                                  n_estimators,
                                  max_features,
                                  max_depth,
                                  min_samples_split,
                                  min_samples_leaf,
                                  min_weight_leaf,
                                  min_impurity_decrease,
                                  ccp_alpha,
                                  bootstrap,
                                  max_samples,
                                  seed_source,
                                  weights};
          },
          nb::kw_only(), "splitter"_a, "criterion"_a, "n_estimators"_a, "max_features"_a, "max_depth"_a,
          "min_samples_split"_a, "min_samples_leaf"_a, "min_weight_leaf"_a, "min_impurity_decrease"_a,
          "ccp_alpha"_a, "bootstrap"_a, "max_samples"_a, "seed_source"_a, "weights"_a = -1);

  nb::class_<SeedSource>(module, "SeedSource")
      .def(
          "__init__",
          [](SeedSource* self, const VectorArray<std::uint32_t>& tree_seeds,
             std::optional<std::uint32_t> splitter_state) {
            new (self) SeedSource{copied(tree_seeds), splitter_state};
          },
          "tree_seeds"_a, "splitter_state"_a = nb::none());

  module.def("forest_learner", &make_learner, "specs"_a, "seed_sources"_a,
             "probabilities"_a = WeightArrays{});
  module.def("grow_counted", &grow_counted, "dataset"_a, "spec"_a, "states"_a, "counts"_a, "n_threads"_a);
  module.def("largest_bootstrap", &largest_bootstrap, "n_rows"_a);
  module.def("grow", &grow, "dataset"_a, "spec"_a, "seed_source"_a, "rows"_a, "n_threads"_a,
             "first_tree"_a = 0, "probabilities"_a = nb::none());
}

}  // namespace tenfold::python
