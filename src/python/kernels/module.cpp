/// The Python module tenfold._kernels: kernels between rows, support vector machines with libsvm's
/// arithmetic, sums of rows, trees of histogram gradient boosting, networks; conversion and the GIL, no
/// logic. All arrays are the caller's and C-contiguous; kernels are written into one of them.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string_view.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "kernels/row_sums.hpp"
#include "kernels/svm_decision.hpp"
#include "kernels/svm_training.hpp"
#include "kernels/training_kernel.hpp"
#include "kernels/vector_kernels.hpp"
#include "python/kernels/arrays.hpp"
#include "python/kernels/descents.hpp"
#include "python/kernels/histogram_trees.hpp"
#include "python/kernels/networks.hpp"

namespace nb = nanobind;
using namespace nb::literals;
namespace kernels = tenfold::kernels;
using tenfold::python::array_of;
using tenfold::python::ConstVector;
using tenfold::python::need;
using tenfold::python::span_of;

namespace {

using Matrix = nb::ndarray<double, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
using ConstMatrix = nb::ndarray<const double, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
using ConstTables = nb::ndarray<const double, nb::shape<-1, -1, -1>, nb::c_contig, nb::device::cpu>;
using Columns = tenfold::python::Numbers;

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

void need_columns(const Columns& columns, std::size_t n) {
  for (std::size_t i = 0; i < columns.shape(0); ++i) {
    const int column = columns.data()[i];
    need(column >= 0 && static_cast<std::size_t>(column) < n, "columns must be numbers of rows");
  }
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

void prediction_products(const ConstMatrix& X, const ConstMatrix& Y, bool squared_distance,
                         const Columns& columns, std::uintptr_t dot, const Matrix& out) {
  need(out.shape(0) == X.shape(0) && out.shape(1) == Y.shape(0), "out must be a row for X, a column for Y");
  need(X.shape(1) == Y.shape(1), "X and Y must have the same columns");
  need_columns(columns, Y.shape(0));
  const auto call = dot_at(dot);
  const nb::gil_scoped_release released;
  kernels::prediction_products(rows_of(X), rows_of(Y), squared_distance, span_of(columns), call, out.data());
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

void quotient_sums(const ConstTables& values, const ConstMatrix& divisors, const Matrix& out) {
  const std::size_t n_tables = values.shape(0);
  const std::size_t n_rows = values.shape(1);
  const std::size_t n_columns = values.shape(2);
  need(divisors.shape(0) == n_tables && divisors.shape(1) == n_columns, "divisors must be a row a table");
  need(out.shape(0) == n_tables && out.shape(1) == n_rows, "out must be a row a table, a column a row of it");
  const nb::gil_scoped_release released;
  for (std::size_t table = 0; table < n_tables; ++table) {
    kernels::quotient_sums(values.data() + table * n_rows * n_columns, divisors.data() + table * n_columns,
                           n_rows, n_columns, out.data() + table * n_rows);
  }
}

kernels::Machine machine_of(std::string_view name) {
  if (name == "c_svc") {
    return kernels::Machine::kCSvc;
  }
  if (name == "nu_svc") {
    return kernels::Machine::kNuSvc;
  }
  if (name == "epsilon_svr") {
    return kernels::Machine::kEpsilonSvr;
  }
  if (name == "nu_svr") {
    return kernels::Machine::kNuSvr;
  }
  throw std::invalid_argument("machine must be one of c_svc, nu_svc, epsilon_svr, nu_svr");
}

void need_classes(const ConstVector& targets) {
  for (std::size_t i = 0; i < targets.shape(0); ++i) {
    const double target = targets.data()[i];
    need(target >= 0 && target <= static_cast<double>(targets.shape(0)) && target == std::floor(target),
         "targets must be classes 0, 1 ...");
  }
}

nb::tuple train(std::string_view machine, kernels::TrainingKernel& kernel, const ConstVector& targets,
                const ConstVector& weights, const ConstVector& class_weights, double C, double nu,
                double epsilon, double tol, bool shrinking, int max_iter) {
  const std::size_t n = kernel.n_rows();
  need(targets.shape(0) == n && weights.shape(0) == n, "targets and weights must be one a row");
  kernels::MachineSettings settings;
  settings.machine = machine_of(machine);
  settings.C = C;
  settings.nu = nu;
  settings.epsilon = epsilon;
  settings.class_weights = span_of(class_weights);
  settings.solver.tol = tol;
  settings.solver.shrinking = shrinking;
  settings.solver.max_iter = max_iter;
  const bool classifies =
      settings.machine == kernels::Machine::kCSvc || settings.machine == kernels::Machine::kNuSvc;
  if (classifies) {
    need_classes(targets);
  }
  kernels::Machines found;
  {
    const nb::gil_scoped_release released;
    found = kernels::train(kernel, span_of(targets), span_of(weights), settings);
  }
  const std::size_t n_support = found.support.size();
  const std::size_t n_rows = classifies ? found.n_support.size() - 1 : 1;
  return nb::make_tuple(array_of(found.support, {n_support}),
                        array_of(found.n_support, {found.n_support.size()}),
                        array_of(found.dual, {n_rows, n_support}), array_of(found.rho, {found.rho.size()}),
                        array_of(found.n_iter, {found.n_iter.size()}), found.stopped);
}

void need_machine(const ConstMatrix& kernel, const Columns& support, const Columns& n_support,
                  const ConstMatrix& dual, const ConstVector& intercept) {
  need_columns(support, kernel.shape(1));
  const std::size_t n = n_support.shape(0);
  std::size_t total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    need(n_support.data()[i] >= 0, "n_support must not be negative");
    total += static_cast<std::size_t>(n_support.data()[i]);
  }
  need(n == 0 || total == support.shape(0), "n_support must add up to support");
  need(n != 1 && dual.shape(0) == (n == 0 ? 1 : n - 1), "dual must have a row less than there are classes");
  need(dual.shape(1) == support.shape(0), "dual must have a column for each support vector");
  need(intercept.shape(0) == (n == 0 ? 1 : n * (n - 1) / 2), "intercept must be one a pair of classes");
}

nb::object decide(const ConstMatrix& kernel, const Columns& support, const Columns& n_support,
                  const ConstMatrix& dual, const ConstVector& intercept) {
  need_machine(kernel, support, n_support, dual, intercept);
  std::vector<double> out(kernel.shape(0) * intercept.shape(0));
  {
    const nb::gil_scoped_release released;
    kernels::decide(kernel.data(), kernel.shape(0), kernel.shape(1),
                    {span_of(support), span_of(n_support), {dual.data(), dual.size()}, span_of(intercept)},
                    out.data());
  }
  return array_of(out, {kernel.shape(0), intercept.shape(0)});
}

nb::object vote(const ConstMatrix& decisions, std::size_t n_classes) {
  need(n_classes > 1 && decisions.shape(1) == n_classes * (n_classes - 1) / 2,
       "decisions must have a column for each pair of classes");
  std::vector<double> out(decisions.shape(0));
  kernels::vote(decisions.data(), decisions.shape(0), n_classes, out.data());
  return array_of(out, {decisions.shape(0)});
}

}  // namespace

NB_MODULE(_kernels, m) {
  bind_histogram_trees(m);
  bind_networks(m);
  nb::class_<kernels::TrainingKernel>(m, "TrainingKernel")
      .def(
          "__init__",
          [](kernels::TrainingKernel* self, const ConstMatrix& X, std::uintptr_t dot, bool holds_products) {
            need(X.shape(0) > 0 && X.shape(1) <= std::numeric_limits<int>::max(),
                 "X has no rows, or is too wide");
            new (self) kernels::TrainingKernel(rows_of(X), dot_at(dot), holds_products);
          },
          "X"_a, "dot"_a, "holds_products"_a, nb::keep_alive<1, 2>())
      .def(
          "set",
          [](kernels::TrainingKernel& self, std::string_view kind, double gamma, double coef0, int degree) {
            self.set(parameters_of(kind, gamma, coef0, degree));
          },
          "kind"_a, "gamma"_a, "coef0"_a, "degree"_a);
  m.def("prediction_products", &prediction_products, "X"_a, "Y"_a, "squared_distance"_a, "columns"_a, "dot"_a,
        "out"_a);
  m.def("apply_columns", &apply_columns, "kind"_a, "gamma"_a, "coef0"_a, "degree"_a, "products"_a,
        "columns"_a, "out"_a);
  m.def("quotient_sums", &quotient_sums, "values"_a, "divisors"_a, "out"_a);
  m.def("train", &train, "machine"_a, "kernel"_a, "targets"_a, "weights"_a, "class_weights"_a, "C"_a, "nu"_a,
        "epsilon"_a, "tol"_a, "shrinking"_a, "max_iter"_a);
  m.def("decide", &decide, "kernel"_a, "support"_a, "n_support"_a, "dual"_a, "intercept"_a);
  m.def("vote", &vote, "decisions"_a, "n_classes"_a);
  bind_descents(m);
}
