/// The order-exact growth in Python: one table, one tree. Copied in: nothing but what a call names.

#include "ordered.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

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
      .def_prop_ro("has_infinite", &RankedTable::has_infinite)
      .def_prop_ro("has_missing", &RankedTable::has_missing)
      .def_prop_ro("nbytes", &RankedTable::n_bytes);
  module.def("grow_ordered_tree", &grow_tree, "table"_a, "y"_a, "weights"_a.none(), nb::kw_only(),
             "criterion"_a, "n_classes"_a = 1, "random_thresholds"_a, "max_features"_a, "max_depth"_a,
             "min_samples_split"_a, "min_samples_leaf"_a, "min_weight_leaf"_a, "min_impurity_decrease"_a,
             "max_leaf_nodes"_a, "generator_state"_a, "any_order"_a = false);
}
