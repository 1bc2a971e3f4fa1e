/// The Python module tenfold._kernels: kernels between rows with libsvm's arithmetic; conversion and the GIL,
/// no logic. All arrays are the caller's, C-contiguous and of doubles; results are written into one of them.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string_view.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>

#include "kernels/vector_kernels.hpp"

namespace nb = nanobind;
using namespace nb::literals;
namespace kernels = tenfold::kernels;

namespace {

using Matrix = nb::ndarray<double, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
using ConstMatrix = nb::ndarray<const double, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
using Columns = nb::ndarray<const int, nb::shape<-1>, nb::c_contig, nb::device::cpu>;

kernels::Rows rows_of(const ConstMatrix& X) {
  // BLAS takes pointers to what it may not write.
  return {const_cast<double*>(X.data()), X.shape(0), X.shape(1)};
}

kernels::Dot dot_at(std::uintptr_t address) {
  if (address == 0) {
    throw std::invalid_argument("dot must be the address of BLAS' ddot");
  }
  return std::bit_cast<kernels::Dot>(address);
}

void need(bool holds, const char* what) {
  if (!holds) {
    throw std::invalid_argument(what);
  }
}

void need_columns(const Columns& columns, std::size_t n) {
  for (std::size_t i = 0; i < columns.shape(0); ++i) {
    const int column = columns.data()[i];
    need(column >= 0 && static_cast<std::size_t>(column) < n, "columns must be numbers of rows");
  }
}

std::span<const int> span_of(const Columns& columns) {
  return {columns.data(), columns.shape(0)};
}

kernels::Parameters parameters_of(std::string_view kind, double gamma, double coef0, int degree) {
  if (kind == "linear") {
    return {kernels::Kind::kLinear, gamma, coef0, degree};
  }
  if (kind == "poly") {
    return {kernels::Kind::kPolynomial, gamma, coef0, degree};
  }
  if (kind == "rbf") {
    return {kernels::Kind::kRbf, gamma, coef0, degree};
  }
  if (kind == "sigmoid") {
    return {kernels::Kind::kSigmoid, gamma, coef0, degree};
  }
  throw std::invalid_argument("kind must be one of linear, poly, rbf, sigmoid");
}

void training_products(const ConstMatrix& X, bool squared_distance, std::uintptr_t dot, const Matrix& out) {
  need(out.shape(0) == X.shape(0) && out.shape(1) == X.shape(0), "out must be n_samples x n_samples");
  need(X.shape(1) <= std::numeric_limits<int>::max(), "X has too many columns");
  const auto call = dot_at(dot);
  const nb::gil_scoped_release released;
  kernels::training_products(rows_of(X), squared_distance, call, out.data());
}

void prediction_products(const ConstMatrix& X, const ConstMatrix& Y, bool squared_distance,
                         const Columns& columns, std::uintptr_t dot, const Matrix& out) {
  need(out.shape(0) == X.shape(0) && out.shape(1) == Y.shape(0), "out must be a row for X, a column for Y");
  need(X.shape(1) == Y.shape(1), "X and Y must have the same columns");
  need_columns(columns, Y.shape(0));
  const auto call = dot_at(dot);
  const nb::gil_scoped_release released;
  kernels::prediction_products(rows_of(X), rows_of(Y), squared_distance, span_of(columns), call, out.data());
}

void apply_symmetric(std::string_view kind, double gamma, double coef0, int degree,
                     const ConstMatrix& products, const Matrix& out) {
  need(products.shape(0) == products.shape(1), "products must be square");
  need(out.shape(0) == products.shape(0) && out.shape(1) == products.shape(1), "out must be as products");
  const auto parameters = parameters_of(kind, gamma, coef0, degree);
  const nb::gil_scoped_release released;
  kernels::apply_symmetric(parameters, products.data(), products.shape(0), out.data());
}

void apply_columns(std::string_view kind, double gamma, double coef0, int degree, const ConstMatrix& products,
                   const Columns& columns, const Matrix& out) {
  need(out.shape(0) == products.shape(0) && out.shape(1) == products.shape(1), "out must be as products");
  need_columns(columns, products.shape(1));
  const auto parameters = parameters_of(kind, gamma, coef0, degree);
  const nb::gil_scoped_release released;
  kernels::apply_columns(parameters, products.data(), products.shape(0), products.shape(1), span_of(columns),
                         out.data());
}

}  // namespace

NB_MODULE(_kernels, m) {
  m.def("training_products", &training_products, "X"_a, "squared_distance"_a, "dot"_a, "out"_a);
  m.def("prediction_products", &prediction_products, "X"_a, "Y"_a, "squared_distance"_a, "columns"_a, "dot"_a,
        "out"_a);
  m.def("apply_symmetric", &apply_symmetric, "kind"_a, "gamma"_a, "coef0"_a, "degree"_a, "products"_a,
        "out"_a);
  m.def("apply_columns", &apply_columns, "kind"_a, "gamma"_a, "coef0"_a, "degree"_a, "products"_a,
        "columns"_a, "out"_a);
}
