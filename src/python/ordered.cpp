/// The order-exact growth in Python: one table, one tree. Copied in: nothing but what a call names.

#include "ordered.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "trees/ordered/ordered_search.hpp"
#include "trees/ordered/tree_growth.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace tenfold::ordered;
template <typename T>
using Matrix = nb::ndarray<const T, nb::ndim<2>, nb::device::cpu>;
template <typename T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename T>
std::span<const T> viewed(const Vector<T>& values) {
  return {values.data(), values.size()};
}

template <typename T>
nb::ndarray<nb::numpy, T> moved(std::vector<T> values, std::vector<std::size_t> shape) {
  auto* const owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {owned->data(), shape.size(), shape.data(), owner};
}

nb::dict to_python(tenfold::GrownTree tree, std::size_t n_values) {
  const std::size_t n_nodes = tree.nodes.size();
  auto* const owned = new std::vector<tenfold::TreeNode>(std::move(tree.nodes));
  const nb::capsule owner(owned,
                          [](void* p) noexcept { delete static_cast<std::vector<tenfold::TreeNode>*>(p); });
  const std::size_t n_bytes = n_nodes * sizeof(tenfold::TreeNode);
  nb::dict result;
  result["nodes"] = nb::ndarray<nb::numpy, std::uint8_t>(reinterpret_cast<std::uint8_t*>(owned->data()), 1,
                                                         &n_bytes, owner);
  result["values"] = moved(std::move(tree.values), {n_nodes, 1, n_values});
  result["max_depth"] = tree.max_depth;
  return result;
}

/// Grows one tree over all rows of a table; `y` are targets, or class codes.
nb::dict grow_tree(const RankedTable& table, const Vector<double>& y,
                   const std::optional<Vector<double>>& weights, const std::string& criterion,
                   std::size_t n_classes, bool random_thresholds, std::uint32_t max_features,
                   std::uint32_t max_depth, std::uint32_t min_samples_split, std::uint32_t min_samples_leaf,
                   double min_weight_leaf, double min_impurity_decrease, std::uint32_t max_leaf_nodes,
                   std::uint32_t generator_state, bool any_order) {
  std::vector<std::int64_t> rows(table.n_rows());
  std::iota(rows.begin(), rows.end(), 0);
  const TrainingColumns columns(table, rows,
                                random_thresholds ? Presorting::kNone
                                                  : (any_order ? Presorting::kAll : Presorting::kMostly));
  const SearchRules rules{random_thresholds, max_features, min_samples_leaf, min_weight_leaf, any_order};
  const GrowthMember member{max_depth, min_samples_split, min_impurity_decrease, max_leaf_nodes};
  const std::span<const double> weights_view = weights ? viewed(*weights) : std::span<const double>{};
  double total_weight = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    total_weight += weights ? weights_view[i] : 1.0;
  }
  const TreeStart start{generator_state, weights_view, total_weight};
  tenfold::GrownTree tree;
  const auto grow = [&](auto& growth) { growth.grow(start, {}, {}, &tree); };
  if (criterion == "squared_error") {
    TreeGrowth<Moments> growth(table, columns, rules, std::span(&member, 1), false);
    growth.statistics().set_samples(viewed(y), weights_view);
    grow(growth);
    return to_python(std::move(tree), 1);
  }
  const std::vector<std::uint32_t> labels(y.data(), y.data() + y.size());
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
  if (name == "squared_error") {
    return OrderedCriterion::kSquaredError;
  }
  if (name != "gini" && name != "entropy") {
    throw std::invalid_argument("criterion is '" + name + "'; must be 'squared_error', 'gini' or 'entropy'.");
  }
  return name == "gini" ? OrderedCriterion::kGini : OrderedCriterion::kEntropy;
}

Weighting weighting_named(const std::string& name) {
  if (name == "none") {
    return Weighting::kNone;
  }
  if (name == "grow") {
    return Weighting::kGrow;
  }
  if (name != "draw" && name != "subsample") {
    throw std::invalid_argument("weighting is '" + name + "'; must be 'none', 'grow', 'draw' or 'subsample'.");
  }
  return name == "draw" ? Weighting::kDraw : Weighting::kSubsample;
}

void make_spec(OrderedForestSpec* self, const std::string& splitter, const std::string& criterion,
               std::uint32_t n_estimators, std::uint32_t max_features, std::uint32_t max_depth,
               std::uint32_t min_samples_split, std::uint32_t min_samples_leaf, double min_weight_leaf,
               double min_impurity_decrease, std::uint32_t max_leaf_nodes, bool bootstrap,
               std::uint32_t max_samples, const std::string& weighting, std::int32_t weights,
               std::int32_t seed_source) {
  if (splitter != "best" && splitter != "random") {
    throw std::invalid_argument("splitter is '" + splitter + "'; must be 'best' or 'random'.");
  }
  new (self) OrderedForestSpec{
      .splitter = splitter == "best" ? tenfold::Splitter::kBest : tenfold::Splitter::kRandom,
      .criterion = criterion_named(criterion),
      .n_estimators = n_estimators,
      .max_features = max_features,
      .max_depth = max_depth,
      .min_samples_split = min_samples_split,
      .min_samples_leaf = min_samples_leaf,
      .min_weight_leaf = min_weight_leaf,
      .min_impurity_decrease = min_impurity_decrease,
      .max_leaf_nodes = max_leaf_nodes,
      .bootstrap = bootstrap,
      .max_samples = max_samples,
      .weighting = weighting_named(weighting),
      .weights = weights,
      .seed_source = seed_source};
}

using Rows = Vector<std::int64_t>;

void make_search(OrderedSearch* self, const RankedTable& table, const OrderedTarget& target,
                 const std::vector<OrderedForestSpec>& specs, const std::vector<tenfold::SeedSource>& sources,
                 const std::vector<std::pair<Rows, Rows>>& splits,
                 const nb::ndarray<const std::int32_t, nb::shape<-1, 2>, nb::c_contig>& cells,
                 const std::vector<std::vector<Vector<double>>>& weights, std::uint64_t free_seed,
                 bool score_train) {
  std::vector<tenfold::Split> own_splits;
  for (const auto& [train, test] : splits) {
    own_splits.push_back({{train.data(), train.data() + train.size()}, {test.data(), test.data() + test.size()}});
  }
  std::vector<tenfold::Cell> own_cells;
  for (std::size_t c = 0; c < cells.shape(0); ++c) {
    if (cells(c, 0) < 0 || cells(c, 1) < 0) {
      throw std::invalid_argument("cell " + std::to_string(c) + " has a negative spec or split number.");
    }
    own_cells.push_back({static_cast<std::uint32_t>(cells(c, 0)), static_cast<std::uint32_t>(cells(c, 1))});
  }
  SplitWeights own_weights;
  for (const auto& by_split : weights) {
    auto& own = own_weights.emplace_back();
    for (const Vector<double>& array : by_split) {
      own.emplace_back(array.data(), array.data() + array.size());
    }
  }
  const nb::gil_scoped_release release;
  new (self) OrderedSearch(table, target, specs, sources, std::move(own_splits), std::move(own_cells),
                           std::move(own_weights), {free_seed, score_train});
}

nb::list families_of(const OrderedSearch& search) {
  nb::list result;
  for (const OrderedFamily& family : search.families()) {
    nb::list cells;
    for (const OrderedReading& reading : family.readings) {
      cells.append(reading.cell);
    }
    nb::list rules;
    for (const char* const rule : family.rules) {
      rules.append(rule);
    }
    nb::dict item;
    item["split"] = family.split;
    item["cells"] = cells;
    item["rules"] = rules;
    item["n_members"] = family.members.size();
    item["n_trees"] = family.n_trees;
    item["free"] = family.is_free();
    item["predicted_seconds"] = family.cost;
    result.append(item);
  }
  return result;
}

void bind_search(nb::module_& module) {
  nb::class_<OrderedTarget>(module, "OrderedTarget")
      .def("__init__", [](OrderedTarget* self, const Vector<double>& values, std::size_t n_classes) {
        new (self) OrderedTarget{{values.data(), values.data() + values.size()}, n_classes};
      }, "values"_a, "n_classes"_a = 0);
  nb::class_<OrderedForestSpec>(module, "OrderedForestSpec")
      .def("__init__", &make_spec, nb::kw_only(), "splitter"_a, "criterion"_a, "n_estimators"_a,
           "max_features"_a, "max_depth"_a, "min_samples_split"_a, "min_samples_leaf"_a, "min_weight_leaf"_a,
           "min_impurity_decrease"_a, "max_leaf_nodes"_a, "bootstrap"_a, "max_samples"_a, "weighting"_a,
           "weights"_a, "seed_source"_a);
  nb::class_<OrderedSearch>(module, "OrderedSearch")
      .def("__init__", &make_search, "table"_a, "target"_a, "specs"_a, "seed_sources"_a, "splits"_a, "cells"_a,
           "weights"_a, nb::kw_only(), "free_seed"_a = 0, "score_train"_a = false, nb::keep_alive<1, 2>(),
           nb::keep_alive<1, 3>())
      .def("families", &families_of)
      .def("family_seconds",
           [](const OrderedSearch& self) {
             std::vector<double> seconds = self.family_seconds();
             const std::size_t size = seconds.size();
             return moved(std::move(seconds), {size});
           })
      .def("start", &OrderedSearch::start, "n_threads"_a, nb::call_guard<nb::gil_scoped_release>())
      .def("wait", &OrderedSearch::wait, "seconds"_a, nb::call_guard<nb::gil_scoped_release>())
      .def("cancel", &OrderedSearch::cancel, nb::call_guard<nb::gil_scoped_release>())
      .def("progress", &OrderedSearch::progress)
      .def("finished",
           [](OrderedSearch& self) {
             const std::vector<std::uint32_t> finished = self.take_finished();
             return moved(std::vector<std::int32_t>(finished.begin(), finished.end()), {finished.size()});
           })
      .def(
          "probabilities",
          [](OrderedSearch& self, std::size_t cell, bool train) {
            OrderedResult& result = self.result(cell);
            std::vector<double>& kept = train ? result.train : result.test;
            const std::size_t n_rows = kept.size() / self.n_values();
            return moved(std::exchange(kept, {}), {n_rows, self.n_values()});
          },
          "cell"_a, "train"_a = false)
      .def("seconds", [](OrderedSearch& self) {
        std::vector<double> values;
        for (std::size_t c = 0; c < self.n_cells(); ++c) {
          values.push_back(self.result(c).fit_seconds);
          values.push_back(self.result(c).score_seconds);
        }
        return moved(std::move(values), {self.n_cells(), 2});
      });
  module.def(
      "grow_ordered",
      [](const RankedTable& table, const OrderedTarget& target, const OrderedForestSpec& spec,
         const tenfold::SeedSource& source, const std::optional<Vector<double>>& weights,
         std::size_t n_threads) {
        std::vector<tenfold::GrownTree> trees;
        {
          const nb::gil_scoped_release release;
          trees = grow_ordered_trees(table, target, spec, source,
                                     weights ? viewed(*weights) : std::span<const double>{}, n_threads);
        }
        nb::list result;
        for (tenfold::GrownTree& tree : trees) {
          result.append(to_python(std::move(tree), target.n_values()));
        }
        return result;
      },
      "table"_a, "target"_a, "spec"_a, "seed_source"_a, "weights"_a.none(), "n_threads"_a);
}

}  // namespace

void bind_ordered(nb::module_& module) {
  nb::class_<RankedTable>(module, "RankedTable")
      .def("__init__",
           [](RankedTable* self, const Matrix<float>& x) {
             new (self) RankedTable(tenfold::MatrixView<float>{x.data(), x.shape(0), x.shape(1), x.stride(0),
                                                               x.stride(1)});
           })
      .def("__init__",
           [](RankedTable* self, const Matrix<double>& x) {
             new (self) RankedTable(tenfold::MatrixView<double>{x.data(), x.shape(0), x.shape(1),
                                                                x.stride(0), x.stride(1)});
           })
      .def_prop_ro("n_rows", &RankedTable::n_rows)
      .def_prop_ro("n_columns", &RankedTable::n_columns)
      .def_prop_ro("has_infinite", &RankedTable::has_infinite)
      .def_prop_ro("has_missing", &RankedTable::has_missing)
      .def_prop_ro("nbytes", &RankedTable::n_bytes);
  module.def("grow_ordered_tree", &grow_tree, "table"_a, "y"_a, "weights"_a.none(), nb::kw_only(),
             "criterion"_a, "n_classes"_a = 1, "random_thresholds"_a, "max_features"_a, "max_depth"_a,
             "min_samples_split"_a, "min_samples_leaf"_a, "min_weight_leaf"_a, "min_impurity_decrease"_a,
             "max_leaf_nodes"_a, "generator_state"_a, "any_order"_a = false);
  bind_search(module);
}
