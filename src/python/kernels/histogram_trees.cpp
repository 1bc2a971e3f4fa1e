#include "python/kernels/histogram_trees.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/histogram_tree.hpp"
#include "python/kernels/arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;
namespace kernels = tenfold::kernels;
using tenfold::python::array_of;
using tenfold::python::need;
using tenfold::python::span_of;
using tenfold::python::Vector;

namespace {

using Codes = nb::ndarray<const std::uint8_t, nb::shape<-1, -1>, nb::f_contig, nb::device::cpu>;

kernels::BinnedTable table_of(const Codes& codes, std::size_t n_bins, const Vector<const std::uint32_t>& used,
                              const Vector<const std::uint8_t>& missing,
                              const Vector<const std::int8_t>& monotonic) {
  const std::size_t n_rows = codes.shape(0);
  const std::size_t n_columns = codes.shape(1);
  need(n_rows > 0 && n_rows < (std::size_t{1} << 31) && n_columns > 0, "codes must have rows and columns");
  need(n_bins >= 3 && n_bins <= 256, "n_bins must be from 3 to 256");
  need(used.shape(0) == n_columns && missing.shape(0) == n_columns && monotonic.shape(0) == n_columns,
       "n_bins_non_missing, has_missing and monotonic must have an element for each column");
  std::vector<kernels::Column> columns;
  for (std::size_t column = 0; column < n_columns; ++column) {
    const std::uint32_t n_used = used.data()[column];
    need(n_used > 0 && n_used < n_bins, "n_bins_non_missing must be from 1 to n_bins - 1");
    const std::uint8_t* first = codes.data() + column * n_rows;
    for (std::size_t row = 0; row < n_rows; ++row) {
      need(first[row] < n_used || first[row] == n_bins - 1, "codes must be bins");
    }
    columns.push_back({n_used, missing.data()[column] != 0, monotonic.data()[column]});
  }
  return {codes.data(), n_rows, std::move(columns), n_bins};
}

void grow(kernels::HistogramGrower& grower, const Vector<const float>& gradients,
          const Vector<const float>& hessians, std::optional<std::size_t> max_leaf_nodes,
          std::optional<std::uint32_t> max_depth, std::uint32_t min_samples_leaf, double min_gain,
          double min_hessian, double l2_regularization, double shrinkage,
          const std::optional<nb::callable>& draw, const std::optional<Vector<const std::uint8_t>>& mask) {
  const std::size_t n_rows = grower.table().n_rows();
  need(gradients.shape(0) == n_rows, "gradients must be one a row");
  need(hessians.shape(0) == n_rows || hessians.shape(0) == 1, "hessians must be one a row, or one");
  kernels::GrowthLimits limits{{l2_regularization, min_hessian, min_gain, min_samples_leaf, false},
                               max_leaf_nodes,
                               max_depth,
                               shrinkage};
  for (const kernels::Column& column : grower.table().columns()) {
    limits.split.constrains |= column.monotonic != 0;
  }
  if (draw) {
    need(mask && mask->shape(0) == grower.table().columns().size(),
         "mask must have an element for each column");
    grower.grow(span_of(gradients), span_of(hessians), limits, [&] {
      (*draw)();
      return mask->data();
    });
    return;
  }
  const nb::gil_scoped_release released;
  grower.grow(span_of(gradients), span_of(hessians), limits, nullptr);
}

nb::tuple leaves(const kernels::HistogramGrower& grower) {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> stops;
  std::vector<double> values;
  for (const kernels::Leaf& leaf : grower.leaves()) {
    starts.push_back(leaf.start);
    stops.push_back(leaf.stop);
    values.push_back(leaf.value);
  }
  return nb::make_tuple(array_of(std::move(starts)), array_of(std::move(stops)), array_of(std::move(values)));
}

void write_records(const kernels::HistogramGrower& grower, const Vector<const double>& thresholds,
                   const Vector<const std::int64_t>& offsets, const Vector<std::uint8_t>& records) {
  const auto& columns = grower.table().columns();
  need(offsets.shape(0) == columns.size() + 1, "offsets must have an element more than there are columns");
  for (std::size_t column = 0; column < columns.size(); ++column) {
    need(offsets.data()[column] >= 0 &&
             offsets.data()[column + 1] - offsets.data()[column] == std::int64_t{columns[column].n_bins} - 1,
         "offsets must leave a threshold between each two bins");
  }
  need(static_cast<std::size_t>(offsets.data()[columns.size()]) <= thresholds.shape(0),
       "offsets must be those of thresholds");
  need(records.shape(0) == grower.n_nodes() * sizeof(kernels::NodeRecord),
       "records must have the bytes of each node");
  grower.write(span_of(thresholds), span_of(offsets), records.data());
}

}  // namespace

void bind_histogram_trees(nb::module_& m) {  // NOLINT(misc-const-correctness): it is added to
  nb::class_<kernels::HistogramGrower>(m, "HistogramGrower")
      .def(
          "__init__",
          [](kernels::HistogramGrower* self, const Codes& codes, std::size_t n_bins,
             const Vector<const std::uint32_t>& n_bins_non_missing,
             const Vector<const std::uint8_t>& has_missing, const Vector<const std::int8_t>& monotonic) {
            new (self)
                kernels::HistogramGrower(table_of(codes, n_bins, n_bins_non_missing, has_missing, monotonic));
          },
          "codes"_a, "n_bins"_a, "n_bins_non_missing"_a, "has_missing"_a, "monotonic"_a,
          nb::keep_alive<1, 2>())
      .def("grow", &grow, "gradients"_a, "hessians"_a, "max_leaf_nodes"_a.none(), "max_depth"_a.none(),
           "min_samples_leaf"_a, "min_gain"_a, "min_hessian"_a, "l2_regularization"_a, "shrinkage"_a,
           "draw"_a.none(), "mask"_a.none())
      .def_prop_ro("n_nodes", &kernels::HistogramGrower::n_nodes)
      .def("partition", [](const kernels::HistogramGrower& self) { return array_of(self.partition()); })
      .def("leaves", &leaves)
      .def(
          "set_leaf_values",
          [](kernels::HistogramGrower& self, const Vector<const double>& values) {
            need(values.shape(0) == self.leaves().size(), "values must be one a leaf");
            self.set_leaf_values(span_of(values));
          },
          "values"_a)
      .def(
          "add_to",
          [](const kernels::HistogramGrower& self, const Vector<double>& raw) {
            need(raw.shape(0) == self.table().n_rows() && self.n_nodes() > 0, "raw must be one a row");
            self.add_to(span_of(raw));
          },
          "raw"_a)
      .def("write", &write_records, "thresholds"_a, "offsets"_a, "records"_a);
}
