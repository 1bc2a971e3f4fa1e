/// The Python module: conversion of arrays and handling of the GIL, no logic.
///
/// Copied in: labels, seeds, row numbers (they are small), and X by way of the column store. Moved out
/// without a copy: probabilities and grown trees, whose memory the returned arrays own.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ordered.hpp"
#include "tenfold/dataset.hpp"
#include "tenfold/forest_spec.hpp"
#include "tenfold/search.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using tenfold::Criterion;
using tenfold::Dataset;
using tenfold::ForestSpec;
using tenfold::Search;
using tenfold::SeedSource;
using tenfold::Split;
using tenfold::Splitter;

template <typename T>
using Matrix = nb::ndarray<const T, nb::ndim<2>, nb::device::cpu>;
template <typename T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename T>
std::vector<T> copied(const Vector<T>& values) {
  return {values.data(), values.data() + values.size()};
}

template <typename T>
std::span<const T> viewed(const Vector<T>& values) {
  return {values.data(), values.size()};
}

/// An array that owns the vector it was made from.
template <typename T>
nb::ndarray<nb::numpy, T> moved(std::vector<T> values, std::vector<std::size_t> shape) {
  auto* const owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {owned->data(), shape.size(), shape.data(), owner};
}

template <typename T>
void make_dataset(Dataset* self, const Matrix<T>& x, const Vector<std::int32_t>& y, std::size_t n_classes) {
  const nb::gil_scoped_release release;
  new (self) Dataset(tenfold::MatrixView<T>{x.data(), x.shape(0), x.shape(1), x.stride(0), x.stride(1)},
                     viewed(y), n_classes);
}

Splitter splitter_named(const std::string& name) {
  if (name != "best" && name != "random") {
    throw std::invalid_argument("splitter is '" + name + "'; must be 'best' or 'random'.");
  }
  return name == "best" ? Splitter::kBest : Splitter::kRandom;
}

Criterion criterion_named(const std::string& name) {
  if (name != "gini" && name != "entropy") {
    throw std::invalid_argument("criterion is '" + name + "'; must be 'gini' or 'entropy'.");
  }
  return name == "gini" ? Criterion::kGini : Criterion::kEntropy;
}

nb::dict to_python(tenfold::GrownTree tree, std::size_t n_classes) {
  const std::size_t n_nodes = tree.nodes.size();
  auto* const owned = new std::vector<tenfold::TreeNode>(std::move(tree.nodes));
  const nb::capsule owner(owned,
                          [](void* p) noexcept { delete static_cast<std::vector<tenfold::TreeNode>*>(p); });
  const std::size_t n_bytes = n_nodes * sizeof(tenfold::TreeNode);
  nb::dict result;
  result["nodes"] = nb::ndarray<nb::numpy, std::uint8_t>(reinterpret_cast<std::uint8_t*>(owned->data()), 1,
                                                         &n_bytes, owner);
  result["values"] = moved(std::move(tree.values), {n_nodes, 1, n_classes});
  result["max_depth"] = tree.max_depth;
  return result;
}

nb::list families(const Search& search) {
  nb::list result;
  for (const tenfold::Family& family : search.plan().families) {
    nb::list cells;
    for (const tenfold::Reading& reading : family.readings) {
      cells.append(reading.cell);
    }
    nb::list rules;
    for (const std::string_view rule : family.rules) {
      rules.append(nb::str(rule.data(), rule.size()));
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

/// A read-only array over memory that `owner` keeps alive.
template <typename T>
nb::object view_of(std::span<const T> values, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, const T, nb::ndim<1>>(values.data(), {values.size()}, owner));
}

nb::tuple parts_of(nb::handle_t<Dataset> self) {
  const tenfold::DatasetParts parts = nb::cast<const Dataset&>(self).parts();
  nb::list values;
  nb::list ranks;
  for (std::size_t c = 0; c < parts.values.size(); ++c) {
    values.append(view_of(parts.values[c], self));
    ranks.append(view_of(parts.ranks[c], self));
  }
  return nb::make_tuple(parts.n_classes, view_of(parts.labels, self), view_of(parts.row_records, self),
                        values, ranks);
}

Dataset from_parts(std::size_t n_classes, const Vector<std::uint16_t>& labels,
                   const Vector<std::uint8_t>& row_records, const std::vector<Vector<float>>& values,
                   const std::vector<Vector<std::uint8_t>>& ranks) {
  tenfold::DatasetParts parts{n_classes, viewed(labels), viewed(row_records), {}, {}};
  for (const Vector<float>& array : values) {
    parts.values.push_back(viewed(array));
  }
  for (const Vector<std::uint8_t>& array : ranks) {
    parts.ranks.push_back(viewed(array));
  }
  return Dataset(parts);
}

std::vector<tenfold::Cell> to_cells(
    const nb::ndarray<const std::int32_t, nb::shape<-1, 2>, nb::c_contig>& cells) {
  std::vector<tenfold::Cell> result;
  for (std::size_t c = 0; c < cells.shape(0); ++c) {
    if (cells(c, 0) < 0 || cells(c, 1) < 0) {
      throw std::invalid_argument("cell " + std::to_string(c) + " has a negative spec or split number.");
    }
    result.push_back({static_cast<std::uint32_t>(cells(c, 0)), static_cast<std::uint32_t>(cells(c, 1))});
  }
  return result;
}

}  // namespace

NB_MODULE(_engine, module) {
  module.attr("__version__") = TENFOLD_VERSION;
  module.def("instruction_set", &tenfold::instruction_set);

  nb::class_<Dataset>(module, "Dataset")
      .def("__init__", &make_dataset<float>, "X"_a.noconvert(), "y"_a, "n_classes"_a)
      .def("__init__", &make_dataset<double>, "X"_a.noconvert(), "y"_a, "n_classes"_a)
      .def_prop_ro("all_finite", &Dataset::all_finite)
      .def_prop_ro("n_rows", &Dataset::n_rows)
      .def_prop_ro("n_columns", &Dataset::n_columns)
      .def_prop_ro("n_classes", &Dataset::n_classes)
      .def_prop_ro("nbytes", &Dataset::n_bytes)
      .def("parts", &parts_of)
      .def_static("of_parts", &from_parts, "n_classes"_a, "labels"_a.noconvert(), "row_records"_a.noconvert(),
                  "values"_a.noconvert(), "ranks"_a.noconvert(), nb::keep_alive<0, 2>(),
                  nb::keep_alive<0, 3>(), nb::keep_alive<0, 4>(), nb::keep_alive<0, 5>());

  nb::class_<ForestSpec>(module, "ForestSpec")
      .def(
          "__init__",
          [](ForestSpec* self, const std::string& splitter, const std::string& criterion,
             std::uint32_t n_estimators, std::uint32_t max_features, std::uint32_t max_depth,
             std::uint32_t min_samples_split, std::uint32_t min_samples_leaf, double min_weight_leaf,
             double min_impurity_decrease, double ccp_alpha, bool bootstrap, std::uint32_t max_samples,
             std::int32_t seed_source) {
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
                                  seed_source};
          },
          nb::kw_only(), "splitter"_a, "criterion"_a, "n_estimators"_a, "max_features"_a, "max_depth"_a,
          "min_samples_split"_a, "min_samples_leaf"_a, "min_weight_leaf"_a, "min_impurity_decrease"_a,
          "ccp_alpha"_a, "bootstrap"_a, "max_samples"_a, "seed_source"_a);

  nb::class_<SeedSource>(module, "SeedSource")
      .def(
          "__init__",
          [](SeedSource* self, const Vector<std::uint32_t>& tree_seeds,
             std::optional<std::uint32_t> splitter_state) {
            new (self) SeedSource{copied(tree_seeds), splitter_state};
          },
          "tree_seeds"_a, "splitter_state"_a = nb::none());

  using Rows = std::pair<Vector<std::int64_t>, Vector<std::int64_t>>;
  nb::class_<Search>(module, "Search")
      .def(
          "__init__",
          [](Search* self, const Dataset& dataset, std::vector<ForestSpec> specs,
             std::vector<SeedSource> seed_sources, const std::vector<Rows>& splits,
             const nb::ndarray<const std::int32_t, nb::shape<-1, 2>, nb::c_contig>& cells,
             std::uint64_t free_seed, bool score_train, bool keep_probabilities) {
            std::vector<Split> copies;
            copies.reserve(splits.size());
            for (const auto& [train, test] : splits) {
              copies.push_back({copied(train), copied(test)});
            }
            std::vector<tenfold::Cell> table = to_cells(cells);
            const nb::gil_scoped_release release;
            new (self) Search(dataset, std::move(specs), std::move(seed_sources), std::move(copies),
                              std::move(table), {free_seed, score_train, keep_probabilities});
          },
          "dataset"_a, "specs"_a, "seed_sources"_a, "splits"_a, "cells"_a, nb::kw_only(), "free_seed"_a = 0,
          "score_train"_a = false, "keep_probabilities"_a = false, nb::keep_alive<1, 2>())
      .def("families", &families)
      .def("family_seconds",
           [](const Search& self) {
             std::vector<double> seconds = self.family_seconds();
             const std::size_t size = seconds.size();
             return moved(std::move(seconds), {size});
           })
      .def("start", &Search::start, "n_threads"_a, nb::call_guard<nb::gil_scoped_release>())
      .def("wait", &Search::wait, "seconds"_a, nb::call_guard<nb::gil_scoped_release>())
      .def("cancel", &Search::cancel, nb::call_guard<nb::gil_scoped_release>())
      .def("progress", &Search::progress)
      .def("finished",
           [](Search& self) {
             const std::vector<std::uint32_t> finished = self.take_finished();
             return moved(std::vector<std::int32_t>(finished.begin(), finished.end()), {finished.size()});
           })
      .def("accuracy",
           [](Search& self) {
             std::vector<double> values;
             for (std::size_t c = 0; c < self.n_cells(); ++c) {
               values.push_back(self.result(c).test_accuracy);
               values.push_back(self.result(c).train_accuracy);
             }
             return moved(std::move(values), {self.n_cells(), 2});
           })
      .def(
          "probabilities",
          [](Search& self, std::size_t cell, bool train) {
            const std::size_t n_classes = self.n_classes();
            auto& result = self.result(cell);
            std::vector<double>& kept = train ? result.train_probabilities : result.test_probabilities;
            const std::size_t n_rows = kept.size() / n_classes;
            return moved(std::exchange(kept, {}), {n_rows, n_classes});
          },
          "cell"_a, "train"_a = false)
      .def("seconds", [](Search& self) {
        std::vector<double> values;
        for (std::size_t c = 0; c < self.n_cells(); ++c) {
          values.push_back(self.result(c).fit_seconds);
          values.push_back(self.result(c).score_seconds);
        }
        return moved(std::move(values), {self.n_cells(), 2});
      });

  module.def(
      "grow",
      [](const Dataset& dataset, const ForestSpec& spec, const SeedSource& seed_source,
         const Vector<std::int64_t>& rows, std::size_t n_threads, std::size_t first_tree) {
        std::vector<tenfold::GrownTree> trees;
        {
          const nb::gil_scoped_release release;
          trees = tenfold::grow_trees(dataset, spec, seed_source, viewed(rows), n_threads, first_tree);
        }
        nb::list result;
        for (tenfold::GrownTree& tree : trees) {
          result.append(to_python(std::move(tree), dataset.n_classes()));
        }
        return result;
      },
      "dataset"_a, "spec"_a, "seed_source"_a, "rows"_a, "n_threads"_a, "first_tree"_a = 0);

  bind_ordered(module);
}
