/// Data sets. Copied in: class codes, and X by way of the column store. Viewed: the parts of another store,
/// whose arrays are held.

#include "tenfold/data.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <utility>
#include <vector>

#include "data/ranked_table.hpp"
#include "python/arrays.hpp"
#include "python/bindings.hpp"
#include "tenfold/target.hpp"

namespace tenfold::python {

using namespace nb::literals;

namespace {

template <typename T>
void make_data(Data* self, const MatrixArray<T>& x, const VectorArray<std::int32_t>& y,
               std::size_t n_classes) {
  const nb::gil_scoped_release release;
  new (self) Data(MatrixView<T>{x.data(), x.shape(0), x.shape(1), x.stride(0), x.stride(1)},
                  Target::of_classes(viewed(y), n_classes));
  self->build({.ranks = true});
  self->drop_source();  // X may change or go from here on
}

/// A data set of ranks that may be missing; X is read here and not kept.
template <typename T>
std::unique_ptr<Data> make_ordered(const MatrixArray<T>& x, Target target) {
  const nb::gil_scoped_release release;
  auto data = std::make_unique<Data>(
      MatrixView<T>{x.data(), x.shape(0), x.shape(1), x.stride(0), x.stride(1)}, std::move(target));
  data->build({.ranked_table = true});
  data->drop_source();
  return data;
}

/// A data set of which no columns are ever read.
std::unique_ptr<Data> make_target_alone(Target target, std::size_t n_columns) {
  const std::size_t n_rows = target.n_rows();
  auto data = std::make_unique<Data>(MatrixView<float>{nullptr, n_rows, n_columns, 0, 0}, std::move(target));
  data->drop_source();
  return data;
}

template <typename T>
void bind_ordered(nb::module_& module) {
  module.def(
      "ordered_dataset",
      [](const MatrixArray<T>& x, const VectorArray<double>& y) {
        return make_ordered(x, Target::of_reals(viewed(y)));
      },
      "X"_a.noconvert(), "y"_a);
  module.def(
      "ordered_dataset",
      [](const MatrixArray<T>& x, const VectorArray<std::int32_t>& y, std::size_t n_classes) {
        return make_ordered(x, Target::of_classes(viewed(y), n_classes));
      },
      "X"_a.noconvert(), "y"_a, "n_classes"_a);
}

nb::tuple parts_of(nb::handle_t<Data> self) {
  const DataParts parts = nb::cast<const Data&>(self).parts();
  nb::list values;
  nb::list ranks;
  for (std::size_t c = 0; c < parts.values.size(); ++c) {
    values.append(view_of(parts.values[c], self));
    ranks.append(view_of(parts.ranks[c], self));
  }
  return nb::make_tuple(parts.n_classes, view_of(parts.labels, self), view_of(parts.row_records, self),
                        values, ranks);
}

/// The arrays that a data set views, held for as long as it is there.
struct PartArrays {
  VectorArray<std::uint16_t> labels;
  VectorArray<std::uint8_t> row_records;
  std::vector<VectorArray<float>> values;
  std::vector<VectorArray<std::uint8_t>> ranks;
};

std::unique_ptr<Data> from_parts(std::size_t n_classes, VectorArray<std::uint16_t> labels,
                                 VectorArray<std::uint8_t> row_records,
                                 std::vector<VectorArray<float>> values,
                                 std::vector<VectorArray<std::uint8_t>> ranks) {
  auto held = std::make_shared<const PartArrays>(
      PartArrays{std::move(labels), std::move(row_records), std::move(values), std::move(ranks)});
  DataParts parts{n_classes, viewed(held->labels), viewed(held->row_records), {}, {}};
  for (const VectorArray<float>& array : held->values) {
    parts.values.push_back(viewed(array));
  }
  for (const VectorArray<std::uint8_t>& array : held->ranks) {
    parts.ranks.push_back(viewed(array));
  }
  return std::make_unique<Data>(parts, std::move(held));
}

}  // namespace

void bind_data(nb::module_& module) {
  nb::class_<Data>(module, "Dataset")
      .def("__init__", &make_data<float>, "X"_a.noconvert(), "y"_a, "n_classes"_a)
      .def("__init__", &make_data<double>, "X"_a.noconvert(), "y"_a, "n_classes"_a)
      .def_prop_ro("all_finite", &Data::all_finite)
      .def_prop_ro("n_rows", &Data::n_rows)
      .def_prop_ro("n_columns", &Data::n_columns)
      .def_prop_ro("n_classes", &Data::n_classes)
      .def_prop_ro("nbytes", &Data::n_bytes)
      .def("parts", &parts_of)
      .def_static("of_parts", &from_parts, "n_classes"_a, "labels"_a.noconvert(), "row_records"_a.noconvert(),
                  "values"_a.noconvert(), "ranks"_a.noconvert());
  bind_ordered<float>(module);
  bind_ordered<double>(module);
  module.def(
      "target_dataset",
      [](const VectorArray<double>& y, std::size_t n_columns) {
        return make_target_alone(Target::of_reals(viewed(y)), n_columns);
      },
      "y"_a, "n_columns"_a);
  module.def(
      "target_dataset",
      [](const VectorArray<std::int32_t>& y, std::size_t n_columns, std::size_t n_classes) {
        return make_target_alone(Target::of_classes(viewed(y), n_classes), n_columns);
      },
      "y"_a, "n_columns"_a, "n_classes"_a);
  module.def(
      "has_infinite", [](const Data& data) { return data.ranked_table().has_infinite(); }, "dataset"_a);
  module.def("has_missing", [](const Data& data) { return data.ranked_table().has_missing(); }, "dataset"_a);
}

}  // namespace tenfold::python
