/// Forests that are grown in scikit-learn's order of samples: specs, the learner, and whole trees.

#include "tenfold/learners/ordered_forest.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/ranked_table.hpp"
#include "python/arrays.hpp"
#include "python/learners/trees.hpp"
#include "tenfold/random.hpp"
#include "trees/ordered/tree_growth.hpp"

namespace tenfold::python {

using namespace nb::literals;

namespace {

using namespace tenfold::ordered;

/// Grows one tree over all rows of a data set, with weights as they are given.
nb::dict grow_tree(const Data& data, const std::optional<VectorArray<double>>& weights,
                   const std::string& criterion, bool random_thresholds, std::uint32_t max_features,
                   std::uint32_t max_depth, std::uint32_t min_samples_split, std::uint32_t min_samples_leaf,
                   double min_weight_leaf, double min_impurity_decrease, std::uint32_t max_leaf_nodes,
                   std::uint32_t generator_state, bool any_order, bool plain) {
  const RankedTable& table = data.ranked_table();
  std::vector<std::int64_t> rows(table.n_rows());
  std::iota(rows.begin(), rows.end(), 0);
  const TrainingColumns columns(
      table, rows,
      random_thresholds ? Presorting::kNone : (any_order ? Presorting::kAll : Presorting::kMostly));
  const SearchRules rules{
      random_thresholds, max_features, min_samples_leaf, min_weight_leaf, any_order, {}, plain};
  const GrowthMember member{max_depth, min_samples_split, min_impurity_decrease, max_leaf_nodes};
  const std::span<const double> weights_view = weights ? viewed(*weights) : std::span<const double>{};
  double total_weight = 0.0;
  for (std::size_t i = 0; i < table.n_rows(); ++i) {
    total_weight += weights ? weights_view[i] : 1.0;
  }
  const TreeStart start{generator_state, weights_view, total_weight};
  GrownTree tree;
  const auto grow = [&](auto& growth) { growth.grow(start, {}, {}, &tree); };
  if (criterion == "squared_error") {
    TreeGrowth<Moments> growth(table, columns, rules, std::span(&member, 1), false);
    growth.statistics().set_samples(data.target().reals(), weights_view);
    grow(growth);
    return to_python(std::move(tree), 1);
  }
  if (criterion == "poisson") {
    TreeGrowth<PoissonSums> growth(table, columns, rules, std::span(&member, 1), false);
    growth.statistics().set_samples(data.target().reals(), weights_view);
    grow(growth);
    return to_python(std::move(tree), 1);
  }
  const std::span<const std::uint16_t> codes = data.target().codes();
  const std::vector<std::uint32_t> labels(codes.begin(), codes.end());
  const std::size_t n_classes = data.n_classes();
  if (criterion == "gini") {
    TreeGrowth<ClassWeights<false>> growth(table, columns, rules, std::span(&member, 1), false);
    growth.statistics().set_samples(labels, n_classes, weights_view);
    grow(growth);
  } else {
    TreeGrowth<ClassWeights<true>> growth(table, columns, rules, std::span(&member, 1), false);
    growth.statistics().set_samples(labels, n_classes, weights_view);
    grow(growth);
  }
  return to_python(std::move(tree), n_classes);
}

OrderedCriterion criterion_named(const std::string& name) {
  return choice_named<OrderedCriterion>("criterion", name,
                                        {{"squared_error", OrderedCriterion::kSquaredError},
                                         {"poisson", OrderedCriterion::kPoisson},
                                         {"gini", OrderedCriterion::kGini},
                                         {"entropy", OrderedCriterion::kEntropy}});
}

Weighting weighting_named(const std::string& name) {
  return choice_named<Weighting>("weighting", name,
                                 {{"none", Weighting::kNone},
                                  {"grow", Weighting::kGrow},
                                  {"draw", Weighting::kDraw},
                                  {"subsample", Weighting::kSubsample}});
}

void make_spec(OrderedForestSpec* self, const std::string& splitter, const std::string& criterion,
               std::uint32_t n_estimators, std::uint32_t max_features, std::uint32_t max_depth,
               std::uint32_t min_samples_split, std::uint32_t min_samples_leaf, double min_weight_leaf,
               double min_impurity_decrease, std::uint32_t max_leaf_nodes, double ccp_alpha, bool bootstrap,
               std::uint32_t max_samples, const std::string& weighting, std::int32_t weights,
               std::int32_t seed_source, const std::vector<int>& monotonic) {
  new (self) OrderedForestSpec{.splitter = splitter_named(splitter),
                               .criterion = criterion_named(criterion),
                               .n_estimators = n_estimators,
                               .max_features = max_features,
                               .max_depth = max_depth,
                               .min_samples_split = min_samples_split,
                               .min_samples_leaf = min_samples_leaf,
                               .min_weight_leaf = min_weight_leaf,
                               .min_impurity_decrease = min_impurity_decrease,
                               .max_leaf_nodes = max_leaf_nodes,
                               .ccp_alpha = ccp_alpha,
                               .bootstrap = bootstrap,
                               .max_samples = max_samples,
                               .weighting = weighting_named(weighting),
                               .weights = weights,
                               .seed_source = seed_source,
                               .monotonic = {monotonic.begin(), monotonic.end()}};
}

std::shared_ptr<Learner> make_learner(std::vector<OrderedForestSpec> specs, std::vector<SeedSource> sources,
                                      const WeightArrays& weights) {
  return std::const_pointer_cast<Learner>(
      make_ordered_forest_learner(std::move(specs), std::move(sources), copied_weights(weights)));
}

nb::list grow(const Data& data, const OrderedForestSpec& spec, const SeedSource& source,
              const std::optional<VectorArray<double>>& weights, std::size_t n_threads) {
  std::vector<GrownTree> trees;
  {
    const nb::gil_scoped_release release;
    trees = grow_ordered_trees(data, spec, source, weights ? viewed(*weights) : std::span<const double>{},
                               n_threads);
  }
  return to_python(std::move(trees), std::max<std::size_t>(data.n_classes(), 1));
}

using IntegerVectors = std::vector<VectorArray<std::int64_t>>;

/// What is asked of each tree; lists that are empty ask for the same of all: no weights, all rows, all
/// columns.
std::vector<MemberTree> asked_of(const std::vector<std::uint32_t>& states,
                                 const std::vector<VectorArray<double>>& weights, const IntegerVectors& rows,
                                 const IntegerVectors& columns) {
  std::vector<MemberTree> asked(states.size());
  const auto of_each = [&](const auto& given, const char* name, auto take) {
    if (!given.empty() && given.size() != states.size()) {
      throw std::invalid_argument(std::string(name) + " is not of as many trees as states.");
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      take(asked[i]) = viewed(given[i]);
    }
  };
  of_each(weights, "weights", [](MemberTree& one) -> auto& { return one.weights; });
  of_each(rows, "rows", [](MemberTree& one) -> auto& { return one.rows; });
  of_each(columns, "columns", [](MemberTree& one) -> auto& { return one.columns; });
  for (std::size_t i = 0; i < states.size(); ++i) {
    asked[i].splitter_state = states[i];
  }
  return asked;
}

nb::list grow_members(MemberTrees& self, const std::vector<std::uint32_t>& states,
                      const std::vector<VectorArray<double>>& weights, const IntegerVectors& rows,
                      const IntegerVectors& columns, std::size_t n_threads) {
  const std::vector<MemberTree> asked = asked_of(states, weights, rows, columns);
  std::vector<GrownTree> trees;
  {
    const nb::gil_scoped_release release;
    trees = self.grow(asked, n_threads);
  }
  return to_python(std::move(trees), self.n_values());
}

/// One tree, and the leaf of each row of the data set.
nb::tuple grow_with_leaves(MemberTrees& self, std::uint32_t state,
                           const std::optional<VectorArray<double>>& weights,
                           const std::optional<VectorArray<std::int64_t>>& rows) {
  MemberTree asked;
  asked.splitter_state = state;
  asked.weights = weights ? viewed(*weights) : std::span<const double>{};
  asked.rows = rows ? viewed(*rows) : std::span<const std::int64_t>{};
  GrownTree tree;
  std::vector<std::uint32_t> leaves;
  {
    const nb::gil_scoped_release release;
    tree = std::move(self.grow(std::span(&asked, 1), 1).front());
    leaves = self.leaves(tree);
  }
  const std::size_t n_rows = leaves.size();
  return nb::make_tuple(to_python(std::move(tree), self.n_values()), moved(std::move(leaves), {n_rows}));
}

}  // namespace

void bind_ordered_forest(nb::module_& module) {
  module.def(
      "n_distinct",
      [](const Data& data) {
        std::size_t n = 0;
        for (std::size_t c = 0; c < data.n_columns(); ++c) {
          n += data.ranked_table().column(c).values.size();
        }
        return n;
      },
      "dataset"_a);
  nb::class_<OrderedForestSpec>(module, "OrderedForestSpec")
      .def("__init__", &make_spec, nb::kw_only(), "splitter"_a, "criterion"_a, "n_estimators"_a,
           "max_features"_a, "max_depth"_a, "min_samples_split"_a, "min_samples_leaf"_a, "min_weight_leaf"_a,
           "min_impurity_decrease"_a, "max_leaf_nodes"_a, "ccp_alpha"_a, "bootstrap"_a, "max_samples"_a,
           "weighting"_a, "weights"_a, "seed_source"_a, "monotonic"_a = std::vector<int>{});
  module.def("ordered_forest_learner", &make_learner, "specs"_a, "seed_sources"_a, "weights"_a);
  module.def("grow_ordered", &grow, "dataset"_a, "spec"_a, "seed_source"_a, "weights"_a.none(),
             "n_threads"_a);
  nb::class_<MemberTrees>(module, "MemberTrees")
      .def(nb::init<const Data&, const OrderedForestSpec&>(), "dataset"_a, "spec"_a, nb::keep_alive<1, 2>())
      .def("grow", &grow_members, "states"_a, nb::kw_only(), "weights"_a = std::vector<VectorArray<double>>{},
           "rows"_a = IntegerVectors{}, "columns"_a = IntegerVectors{}, "n_threads"_a = 1)
      .def("grow_with_leaves", &grow_with_leaves, "state"_a, "weights"_a = nb::none(), "rows"_a = nb::none());
  module.def(
      "splitter_state",
      [](std::uint32_t seed) { return LegacyGenerator(seed).below(TreeGenerator::kLargest); }, "seed"_a);
  module.def("grow_ordered_tree", &grow_tree, "dataset"_a, "weights"_a.none(), nb::kw_only(), "criterion"_a,
             "random_thresholds"_a, "max_features"_a, "max_depth"_a, "min_samples_split"_a,
             "min_samples_leaf"_a, "min_weight_leaf"_a, "min_impurity_decrease"_a, "max_leaf_nodes"_a,
             "generator_state"_a, "any_order"_a = false, "plain"_a = false);
}

}  // namespace tenfold::python
