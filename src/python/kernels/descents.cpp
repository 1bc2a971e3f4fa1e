/// The part of tenfold._kernels that descends several candidates in step, and has the losses of a descent;
/// conversion and the GIL, no logic.

#include "python/kernels/descents.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "kernels/multinomial_loss.hpp"
#include "kernels/sag_lanes.hpp"
#include "kernels/sgd_lanes.hpp"
#include "python/kernels/arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;
namespace kernels = tenfold::kernels;
using tenfold::python::array_of;
using tenfold::python::ConstVector;
using tenfold::python::need;
using tenfold::python::Numbers;
using tenfold::python::span_of;

namespace {

using Vector = tenfold::python::Vector<double>;
using Matrix = nb::ndarray<double, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;

/// Rows by their values, in row-major order or as CSR has them.
kernels::DescentRows rows_of(const ConstVector& values, const Numbers& columns, const Numbers& starts,
                             std::size_t n_columns, const ConstVector& targets, const ConstVector& weights) {
  const std::size_t n_rows = targets.shape(0);
  need(n_rows > 0 && n_rows <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
       "targets must be one a row, and rows fewer than 2^31");
  need(weights.shape(0) == n_rows, "weights must be one a row");
  kernels::DescentRows rows{.values = values.data(),
                            .targets = span_of(targets),
                            .weights = span_of(weights),
                            .n_columns = n_columns};
  if (starts.shape(0) == 0) {
    need(values.shape(0) == n_rows * n_columns, "values must be one a row and column");
    return rows;
  }
  need(starts.shape(0) == n_rows + 1, "starts must be one more than rows");
  const auto n_values = static_cast<int>(values.shape(0));
  need(columns.shape(0) == values.shape(0), "columns must be one a value");
  need(starts.data()[0] >= 0 && starts.data()[n_rows] <= n_values, "starts must lie in values");
  need(std::is_sorted(starts.data(), starts.data() + n_rows + 1), "starts must ascend");
  need(std::all_of(columns.data(), columns.data() + n_values,
                   [&](int column) { return column >= 0 && static_cast<std::size_t>(column) < n_columns; }),
       "columns must be less than n_columns");
  rows.columns = columns.data();
  rows.starts = starts.data();
  return rows;
}

kernels::SampleLoss loss_of(std::string_view name) {
  using enum kernels::SampleLoss;
  constexpr std::pair<std::string_view, kernels::SampleLoss> kNames[] = {
      {"hinge", kHinge},
      {"perceptron", kHinge},
      {"squared_hinge", kSquaredHinge},
      {"modified_huber", kModifiedHuber},
      {"log_loss", kHalfBinomial},
      {"squared_error", kHalfSquared},
      {"huber", kHuber},
      {"epsilon_insensitive", kEpsilonInsensitive},
      {"squared_epsilon_insensitive", kSquaredEpsilonInsensitive},
  };
  for (const auto& [known, loss] : kNames) {
    if (known == name) {
      return loss;
    }
  }
  throw std::invalid_argument("loss is not one of those of stochastic gradient descent");
}

kernels::LearningRate rate_of(std::string_view name) {
  using enum kernels::LearningRate;
  if (name == "constant") {
    return kConstant;
  }
  if (name == "optimal") {
    return kOptimal;
  }
  if (name == "invscaling") {
    return kInverseScaling;
  }
  if (name == "adaptive") {
    return kAdaptive;
  }
  throw std::invalid_argument("learning_rate must be one of constant, optimal, invscaling, adaptive");
}

nb::list descend_sgd(const ConstVector& values, const Numbers& columns, const Numbers& starts,
                     std::size_t n_columns, const ConstVector& targets, const ConstVector& weights,
                     const std::vector<kernels::SgdSettings>& candidates, bool shuffle, std::uint32_t seed,
                     double intercept_decay) {
  const auto rows = rows_of(values, columns, starts, n_columns, targets, weights);
  need(kernels::has_lanes(), "the processor has no AVX2");
  need(std::ranges::all_of(candidates, [](const auto& one) { return one.max_iter > 0; }),
       "max_iter must be at least 1");
  std::vector<kernels::SgdFit> fits;
  {
    const nb::gil_scoped_release released;
    fits = kernels::descend_sgd(rows, candidates, shuffle, seed, intercept_decay);
  }
  nb::list found;
  for (const auto& fit : fits) {
    found.append(nb::make_tuple(array_of(fit.coef), fit.intercept, fit.n_iter, fit.sound));
  }
  return found;
}

nb::list descend_sag(const ConstVector& values, std::size_t n_columns, const ConstVector& targets,
                     const ConstVector& weights, std::string_view loss, std::size_t n_classes, bool saga,
                     bool fit_intercept, std::uint32_t seed, const ConstVector& step_size,
                     const ConstVector& alpha, const ConstVector& beta, const ConstVector& tol,
                     const Numbers& max_iter) {
  const std::size_t n_rows = targets.shape(0);
  need(n_rows > 0 && n_rows <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
       "targets must be one a row, and rows fewer than 2^31");
  need(weights.shape(0) == n_rows, "weights must be one a row");
  need(values.shape(0) == n_rows * n_columns, "values must be one a row and column");
  need(n_classes > 0, "n_classes must be at least 1");
  need(kernels::has_lanes(), "the processor has no AVX2");
  const kernels::DescentRows rows{.values = values.data(),
                                  .targets = span_of(targets),
                                  .weights = span_of(weights),
                                  .n_columns = n_columns};
  need(loss == "log" || loss == "squared" || loss == "multinomial",
       "loss must be one of log, squared, multinomial");
  using enum kernels::AverageLoss;
  const kernels::SagProblem problem{.loss = loss == "log"       ? kHalfBinomial
                                            : loss == "squared" ? kHalfSquared
                                                                : kMultinomial,
                                    .n_classes = n_classes,
                                    .saga = saga,
                                    .fits_intercept = fit_intercept,
                                    .seed = seed};
  std::vector<kernels::SagSettings> candidates(step_size.shape(0));
  need(alpha.shape(0) == candidates.size() && beta.shape(0) == candidates.size() &&
           tol.shape(0) == candidates.size() && max_iter.shape(0) == candidates.size(),
       "step_size, alpha, beta, tol and max_iter must be one a candidate");
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    need(max_iter.data()[i] > 0, "max_iter must be at least 1");
    candidates[i] = {step_size.data()[i], alpha.data()[i], beta.data()[i], tol.data()[i], max_iter.data()[i]};
  }
  std::vector<kernels::SagFit> fits;
  {
    const nb::gil_scoped_release released;
    fits = kernels::descend_sag(rows, problem, candidates);
  }
  nb::list found;
  for (const auto& fit : fits) {
    found.append(nb::make_tuple(array_of(fit.coef), array_of(fit.intercept), fit.n_iter, fit.sound));
  }
  return found;
}

/// Empty arrays stand for what there is not.
void multinomial_loss(const Matrix& scores, const ConstVector& intercepts, const ConstVector& classes,
                      const ConstVector& weights, double total, const Vector& losses,
                      const Vector& intercept_gradients) {
  const std::size_t n_rows = scores.shape(0);
  const std::size_t n_classes = scores.shape(1);
  need(n_classes > 0, "scores must have a column a class");
  need(classes.shape(0) == n_rows && losses.shape(0) == n_rows, "classes and losses must be one a row");
  need(weights.shape(0) == 0 || weights.shape(0) == n_rows, "weights must be one a row, or none");
  need(intercepts.shape(0) == 0 || intercepts.shape(0) == n_classes,
       "intercepts must be one a class, or none");
  need(intercept_gradients.shape(0) == n_classes, "intercept_gradients must be one a class");
  need(std::all_of(classes.data(), classes.data() + n_rows,
                   [&](double one) { return one >= 0 && one < static_cast<double>(n_classes); }),
       "classes must be numbers of columns");
  const nb::gil_scoped_release released;
  kernels::multinomial_loss(
      {.n_classes = n_classes, .classes = span_of(classes), .weights = span_of(weights), .total = total},
      scores.data(), span_of(intercepts), losses.data(), intercept_gradients.data());
}

}  // namespace

void bind_descents(nb::module_& m) {
  m.def("multinomial_loss", &multinomial_loss, "scores"_a, "intercepts"_a, "classes"_a, "weights"_a,
        "total"_a, "losses"_a, "intercept_gradients"_a);
  m.def("has_lanes", &kernels::has_lanes);
  nb::class_<kernels::SgdSettings>(m, "SgdSettings")
      .def(
          "__init__",
          [](kernels::SgdSettings* self, std::string_view loss, double loss_parameter, bool scales,
             bool truncates, double alpha, double l1_ratio, std::string_view learning_rate, double eta0,
             double power_t, double tol, std::uint32_t max_iter, int n_iter_no_change, bool fit_intercept,
             double positive_weight, double negative_weight) {
            new (self) kernels::SgdSettings{
                loss_of(loss), loss_parameter,         scales,        truncates,       alpha,
                l1_ratio,      rate_of(learning_rate), eta0,          power_t,         tol,
                max_iter,      n_iter_no_change,       fit_intercept, positive_weight, negative_weight};
          },
          nb::kw_only(), "loss"_a, "loss_parameter"_a, "scales"_a, "truncates"_a, "alpha"_a, "l1_ratio"_a,
          "learning_rate"_a, "eta0"_a, "power_t"_a, "tol"_a, "max_iter"_a, "n_iter_no_change"_a,
          "fit_intercept"_a, "positive_weight"_a, "negative_weight"_a);
  m.def("descend_sgd", &descend_sgd, "values"_a, "columns"_a, "starts"_a, "n_columns"_a, "targets"_a,
        "weights"_a, "candidates"_a, "shuffle"_a, "seed"_a, "intercept_decay"_a);
  m.def("descend_sag", &descend_sag, "values"_a, "n_columns"_a, "targets"_a, "weights"_a, "loss"_a,
        "n_classes"_a, "saga"_a, "fit_intercept"_a, "seed"_a, "step_size"_a, "alpha"_a, "beta"_a, "tol"_a,
        "max_iter"_a);
}
