/// Boosted models: specs as plain data, the learner that they make, and whole models.

#include "tenfold/learners/boosting.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "python/arrays.hpp"
#include "python/learners/trees.hpp"

namespace tenfold::python {

using namespace nb::literals;

namespace {

BoostingLoss loss_named(const std::string& name) {
  return choice_named<BoostingLoss>("loss", name,
                                    {{"squared_error", BoostingLoss::kSquaredError},
                                     {"absolute_error", BoostingLoss::kAbsoluteError},
                                     {"huber", BoostingLoss::kHuber},
                                     {"quantile", BoostingLoss::kQuantile},
                                     {"log_loss", BoostingLoss::kLogLoss},
                                     {"exponential", BoostingLoss::kExponential}});
}

void make_spec(BoostingSpec* self, const std::string& loss, double alpha, std::uint32_t n_estimators,
               double learning_rate, std::uint32_t n_in_bag, std::uint32_t max_features,
               std::uint32_t max_depth, std::uint32_t min_samples_split, std::uint32_t min_samples_leaf,
               double min_weight_leaf, double min_impurity_decrease, std::uint32_t max_leaf_nodes,
               double ccp_alpha, std::int32_t start, std::int32_t weights, std::int32_t seed_source) {
  new (self) BoostingSpec{.loss = loss_named(loss),
                          .alpha = alpha,
                          .n_estimators = n_estimators,
                          .learning_rate = learning_rate,
                          .n_in_bag = n_in_bag,
                          .max_features = max_features,
                          .max_depth = max_depth,
                          .min_samples_split = min_samples_split,
                          .min_samples_leaf = min_samples_leaf,
                          .min_weight_leaf = min_weight_leaf,
                          .min_impurity_decrease = min_impurity_decrease,
                          .max_leaf_nodes = max_leaf_nodes,
                          .ccp_alpha = ccp_alpha,
                          .start = start,
                          .weights = weights,
                          .seed_source = seed_source};
}

std::shared_ptr<Learner> make_learner(std::vector<BoostingSpec> specs,
                                      std::vector<MersenneTwister> generators, const WeightArrays& starts,
                                      const WeightArrays& weights) {
  return std::const_pointer_cast<Learner>(make_boosting_learner(
      std::move(specs), std::move(generators), copied_weights(starts), copied_weights(weights)));
}

nb::object array_of_reals(std::vector<double> values) {
  const std::size_t size = values.size();
  return nb::cast(moved(std::move(values), {size}));
}

nb::dict fit(const Data& data, const BoostingSpec& spec, const MersenneTwister& generator,
             const VectorArray<double>& raw, const std::optional<VectorArray<double>>& weights) {
  using Clock = std::chrono::steady_clock;
  BoostedModel model;
  Clock::time_point looked = Clock::now();
  const auto take_interrupts = [&looked] {
    if (Clock::now() - looked < std::chrono::milliseconds(50)) {
      return;
    }
    const nb::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) {
      throw nb::python_error();
    }
    looked = Clock::now();
  };
  {
    const nb::gil_scoped_release release;
    model = boost(data, spec, generator, viewed(raw), weights ? viewed(*weights) : std::span<const double>{},
                  take_interrupts);
  }
  nb::dict result;
  result["trees"] = to_python(std::move(model.trees), 1);

  result["n_outputs"] = model.n_outputs;
  result["train_losses"] = array_of_reals(std::move(model.train_losses));
  result["other_losses"] = array_of_reals(std::move(model.other_losses));
  result["generator"] = model.generator;
  return result;
}

}  // namespace

void bind_boosting(nb::module_& module) {
  nb::class_<BoostingSpec>(module, "BoostingSpec")
      .def("__init__", &make_spec, nb::kw_only(), "loss"_a, "alpha"_a, "n_estimators"_a, "learning_rate"_a,
           "n_in_bag"_a, "max_features"_a, "max_depth"_a, "min_samples_split"_a, "min_samples_leaf"_a,
           "min_weight_leaf"_a, "min_impurity_decrease"_a, "max_leaf_nodes"_a, "ccp_alpha"_a, "start"_a,
           "weights"_a, "seed_source"_a);
  module.def("boosting_learner", &make_learner, "specs"_a, "generators"_a, "starts"_a, "weights"_a);
  module.def("boost", &fit, "dataset"_a, "spec"_a, "generator"_a, "raw"_a, "weights"_a.none());
  const auto bind_of_rows = [&module](const char* name, auto* function) {
    module.def(
        name,
        [function](const std::string& loss, double parameter, std::size_t n_outputs,
                   const VectorArray<double>& targets, const VectorArray<double>& raw) {
          if (raw.size() != targets.size() * n_outputs) {
            throw std::invalid_argument("raw is not of as many rows as targets.");
          }
          return array_of_reals(
              function(loss_named(loss), parameter, n_outputs, viewed(targets), viewed(raw)));
        },
        "loss"_a, "parameter"_a, "n_outputs"_a, "targets"_a, "raw"_a);
  };
  bind_of_rows("boosting_gradients", &negative_gradients);
  bind_of_rows("boosting_losses", &losses);
}

}  // namespace tenfold::python
