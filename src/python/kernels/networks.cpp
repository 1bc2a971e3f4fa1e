/// The part of tenfold._kernels that trains networks; conversion, no logic. Memory of a network is seen by
/// arrays that keep the network alive. Its steps take microseconds, so that the GIL is kept.

#include "python/kernels/networks.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "kernels/network.hpp"
#include "python/kernels/arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;
namespace kernels = tenfold::kernels;
using tenfold::python::need;

namespace {

using ConstMatrix = nb::ndarray<const double, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
using RowNumbers = tenfold::python::Vector<const std::int64_t>;
using Sums = tenfold::python::Vector<double>;

kernels::Activation activation_of(std::string_view name) {
  using enum kernels::Activation;
  if (name == "identity") {
    return kIdentity;
  }
  if (name == "logistic") {
    return kLogistic;
  }
  if (name == "tanh") {
    return kTanh;
  }
  if (name == "relu") {
    return kRelu;
  }
  throw std::invalid_argument("activation must be one of identity, logistic, tanh, relu");
}

kernels::Output output_of(std::string_view name) {
  using enum kernels::Output;
  if (name == "softmax") {
    return kClasses;
  }
  if (name == "logistic") {
    return kLabels;
  }
  if (name == "identity") {
    return kNumbers;
  }
  throw std::invalid_argument("output must be one of softmax, logistic, identity");
}

void need_rows(const kernels::Network& network, std::size_t n_rows) {
  need(n_rows <= network.n_rows(), "n_rows must not be more than a batch has");
}

void need_layer(const kernels::Network& network, std::size_t layer, std::size_t end) {
  need(layer >= 1 && layer < end && end <= network.n_layers(), "layer must be one behind the rows");
}

std::span<const std::int64_t> checked(const kernels::Network& network, const RowNumbers& rows,
                                      std::size_t n_all) {
  need_rows(network, rows.shape(0));
  const auto n = static_cast<std::int64_t>(n_all);
  const std::span<const std::int64_t> numbers{rows.data(), rows.shape(0)};
  need(std::ranges::all_of(numbers, [n](std::int64_t row) { return row >= 0 && row < n; }),
       "rows must be numbers of rows");
  return numbers;
}

void take_rows(kernels::Network& network, const ConstMatrix& X, const RowNumbers& rows) {
  need(X.shape(1) == network.n_units(0), "X must have the network's columns");
  network.take_rows(X.data(), checked(network, rows, X.shape(0)));
}

void take_targets(kernels::Network& network, const ConstMatrix& y, const RowNumbers& rows) {
  need(y.shape(1) == network.n_units(network.n_layers() - 1), "y must have the network's outputs");
  network.take_targets(y.data(), checked(network, rows, y.shape(0)));
}

nb::object seen(std::span<double> values, std::vector<std::size_t> shape, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, double>(values.data(), shape.size(), shape.data(), owner));
}

/// All memory that others compute on, by name.
nb::dict memory(nb::handle self) {
  auto& network = nb::cast<kernels::Network&>(self);
  const auto vector_of = [&](std::span<double> values) { return seen(values, {values.size()}, self); };
  nb::list activations;
  nb::list deltas;
  for (std::size_t layer = 0; layer < network.n_layers(); ++layer) {
    const std::vector<std::size_t> shape{network.n_rows(), network.n_units(layer)};
    activations.append(seen(network.activations(layer), shape, self));
    deltas.append(layer == 0 ? nb::object(nb::none()) : seen(network.deltas(layer), shape, self));
  }
  nb::dict views;
  views["parameters"] = vector_of(network.parameters());
  views["gradients"] = vector_of(network.gradients());
  views["first_moments"] = vector_of(network.first_moments());
  views["second_moments"] = vector_of(network.second_moments());
  views["losses"] = vector_of(network.losses());
  views["row_sums"] = vector_of(network.row_sums());
  views["activations"] = activations;
  views["deltas"] = deltas;
  return views;
}

}  // namespace

void bind_networks(nb::module_& m) {  // NOLINT(misc-const-correctness): it is added to
  nb::class_<kernels::Network>(m, "Network")
      .def(
          "__init__",
          [](kernels::Network* self, const std::vector<std::size_t>& units, std::size_t n_rows,
             std::string_view activation, std::string_view output) {
            constexpr std::size_t kMost = std::size_t{1} << 31;
            need(units.size() > 1, "units must be of at least two layers");
            need(std::ranges::all_of(units, [](std::size_t n) { return n > 0 && n < kMost; }) && n_rows > 0,
                 "layers and batches must not be empty, nor layers of 2^31 units");
            new (self) kernels::Network(units, n_rows, activation_of(activation), output_of(output));
          },
          "units"_a, "n_rows"_a, "activation"_a, "output"_a)
      .def("memory", &memory)
      .def("take_rows", &take_rows, "X"_a, "rows"_a)
      .def("take_targets", &take_targets, "y"_a, "rows"_a)
      .def(
          "add_intercepts",
          [](kernels::Network& self, std::size_t layer, std::size_t n_rows) {
            need_rows(self, n_rows);
            need_layer(self, layer, self.n_layers());
            self.add_intercepts(layer, n_rows);
          },
          "layer"_a, "n_rows"_a)
      .def(
          "finish_outputs",
          [](kernels::Network& self, std::size_t n_rows) {
            need_rows(self, n_rows);
            self.finish_outputs(n_rows);
          },
          "n_rows"_a)
      .def(
          "sum_by_class",
          [](const kernels::Network& self, std::size_t n_rows, const Sums& sums) {
            need_rows(self, n_rows);
            need(sums.shape(0) == self.n_units(self.n_layers() - 1), "sums must be one an output");
            self.sum_by_class(n_rows, {sums.data(), sums.shape(0)});
          },
          "n_rows"_a, "sums"_a)
      .def(
          "differentiate",
          [](kernels::Network& self, std::size_t layer, std::size_t n_rows) {
            need_rows(self, n_rows);
            need_layer(self, layer, self.n_layers() - 1);
            self.differentiate(layer, n_rows);
          },
          "layer"_a, "n_rows"_a)
      .def(
          "finish_gradients",
          [](kernels::Network& self, double alpha, std::size_t n_rows) {
            self.finish_gradients(alpha, n_rows);
          },
          "alpha"_a, "n_rows"_a)
      .def(
          "step_adam",
          [](kernels::Network& self, double alpha, std::size_t n_rows, double rate, double beta_1,
             double beta_2, double epsilon) {
            self.step(kernels::AdamSettings{beta_1, beta_2, epsilon}, alpha, n_rows, rate);
          },
          "alpha"_a, "n_rows"_a, "rate"_a, "beta_1"_a, "beta_2"_a, "epsilon"_a)
      .def(
          "step_momentum",
          [](kernels::Network& self, double alpha, std::size_t n_rows, double rate, double momentum,
             bool nesterov) {
            self.step(kernels::MomentumSettings{momentum, nesterov}, alpha, n_rows, rate);
          },
          "alpha"_a, "n_rows"_a, "rate"_a, "momentum"_a, "nesterov"_a)
      .def("is_finite", &kernels::Network::is_finite);
}
