#include "kernels/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "clones.hpp"

namespace tenfold::kernels {
namespace {

// scikit-learn keeps probabilities so far from 0 and 1 before their logarithm is taken.
constexpr double kMargin = std::numeric_limits<double>::epsilon();

inline double clipped(double probability) {
  // As numpy.clip does, which leaves NaN.
  const double raised = probability < kMargin ? kMargin : probability;
  return raised > 1 - kMargin ? 1 - kMargin : raised;
}

TENFOLD_HOT void add_to_rows(double* rows, const double* intercepts, std::size_t n_rows, std::size_t n) {
  for (std::size_t i = 0; i < n_rows; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      rows[i * n + j] += intercepts[j];
    }
  }
}

TENFOLD_HOT void rectify(double* values, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    values[k] = values[k] <= 0 ? 0.0 : values[k];  // NaN stays
  }
}

TENFOLD_HOT void less_largest(double* rows, std::size_t n_rows, std::size_t n) {
  for (std::size_t i = 0; i < n_rows; ++i) {
    double* const row = rows + i * n;
    double largest = row[0];
    for (std::size_t j = 1; j < n; ++j) {
      // A NaN anywhere becomes one everywhere, as with numpy.max.
      largest = row[j] > largest || std::isnan(row[j]) ? row[j] : largest;
    }
    for (std::size_t j = 0; j < n; ++j) {
      row[j] -= largest;
    }
  }
}

TENFOLD_HOT void divide_rows(double* rows, const double* sums, std::size_t n_rows, std::size_t n) {
  for (std::size_t i = 0; i < n_rows; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      rows[i * n + j] /= sums[i];
    }
  }
}

TENFOLD_HOT void subtract(const double* from, const double* what, double* out, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    out[k] = from[k] - what[k];
  }
}

TENFOLD_HOT void probabilities_of_labels(const double* outputs, const double* targets, double* out,
                                         std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    const double probability = clipped(outputs[k]);
    out[k] = targets[k] != 0 ? probability : 1 - probability;
  }
}

TENFOLD_HOT void squares(const double* values, double* out, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    out[k] = values[k] * values[k];
  }
}

TENFOLD_HOT void differentiate_relu(const double* activations, double* deltas, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    deltas[k] = activations[k] == 0 ? 0.0 : deltas[k];
  }
}

TENFOLD_HOT void differentiate_tanh(const double* activations, double* deltas, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    deltas[k] *= 1 - activations[k] * activations[k];
  }
}

TENFOLD_HOT void differentiate_logistic(const double* activations, double* deltas, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    deltas[k] = deltas[k] * activations[k] * (1 - activations[k]);
  }
}

TENFOLD_HOT void decay(double* gradients, const double* weights, double alpha, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    gradients[k] += alpha * weights[k];
  }
}

TENFOLD_HOT void step_adam(double* parameters, const double* gradients, double* first, double* second,
                           const AdamSettings& adam, double rate, std::size_t n) {
  const double rest_1 = 1 - adam.beta_1;
  const double rest_2 = 1 - adam.beta_2;
  for (std::size_t k = 0; k < n; ++k) {
    const double gradient = gradients[k];
    first[k] = adam.beta_1 * first[k] + rest_1 * gradient;
    second[k] = adam.beta_2 * second[k] + rest_2 * (gradient * gradient);
    parameters[k] += -rate * first[k] / (std::sqrt(second[k]) + adam.epsilon);
  }
}

TENFOLD_HOT void step_momentum(double* parameters, const double* gradients, double* velocities,
                               const MomentumSettings& descent, double rate, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    const double push = rate * gradients[k];
    velocities[k] = descent.momentum * velocities[k] - push;
    parameters[k] += descent.nesterov ? descent.momentum * velocities[k] - push : velocities[k];
  }
}

TENFOLD_HOT void divide(double* values, double by, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    values[k] /= by;
  }
}

TENFOLD_HOT bool all_finite(const double* values, std::size_t n) {
  double nothing = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    nothing += 0.0 * values[k];  // NaN of what is not finite
  }
  return nothing == 0.0;
}

std::size_t product_sum(const std::vector<std::size_t>& units) {
  std::size_t total = 0;
  for (std::size_t layer = 1; layer < units.size(); ++layer) {
    total += units[layer - 1] * units[layer];
  }
  return total;
}

}  // namespace

Network::Network(std::vector<std::size_t> units, std::size_t n_rows, Activation activation, Output output)
    : units_(std::move(units)),
      n_rows_(n_rows),
      activation_(activation),
      output_(output),
      n_weights_(product_sum(units_)) {
  std::size_t n_parameters = n_weights_;
  intercepts_.push_back(n_parameters);  // the rows have none
  for (std::size_t layer = 1; layer < units_.size(); ++layer) {
    intercepts_.push_back(n_parameters);
    n_parameters += units_[layer];
  }
  for (auto* values : {&parameters_, &gradients_, &first_moments_, &second_moments_}) {
    values->assign(n_parameters, 0.0);
  }
  for (std::size_t layer = 0; layer < units_.size(); ++layer) {
    activations_.emplace_back(n_rows_ * units_[layer]);
    deltas_.emplace_back(layer > 0 ? n_rows_ * units_[layer] : 0);
  }
  const std::size_t n_outputs = units_.back();
  targets_.resize(n_rows_ * n_outputs);
  classes_.resize(n_rows_);
  row_sums_.resize(n_rows_);
  losses_.resize(output_ == Output::kClasses ? n_rows_ : n_rows_ * n_outputs);
}

void Network::take_rows(const double* X, std::span<const std::int64_t> rows) {
  const std::size_t n_columns = units_.front();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(X + static_cast<std::size_t>(rows[i]) * n_columns, n_columns,
                activations_[0].data() + i * n_columns);
  }
}

void Network::take_targets(const double* y, std::span<const std::int64_t> rows) {
  const std::size_t n_outputs = units_.back();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double* const target = y + static_cast<std::size_t>(rows[i]) * n_outputs;
    std::copy_n(target, n_outputs, targets_.data() + i * n_outputs);
    if (output_ == Output::kClasses) {
      classes_[i] = static_cast<std::size_t>(std::max_element(target, target + n_outputs) - target);
    }
  }
}

void Network::add_intercepts(std::size_t layer, std::size_t n_rows) {
  const std::size_t n = units_[layer];
  double* const rows = activations_[layer].data();
  add_to_rows(rows, parameters_.data() + intercepts_[layer], n_rows, n);
  if (layer + 1 < units_.size()) {
    if (activation_ == Activation::kRelu) {
      rectify(rows, n_rows * n);
    }
  } else if (output_ == Output::kClasses) {
    less_largest(rows, n_rows, n);
  }
}

void Network::finish_outputs(std::size_t n_rows) {
  const std::size_t n = units_.back();
  double* const outputs = activations_.back().data();
  double* const deltas = deltas_.back().data();
  if (output_ == Output::kClasses) {
    divide_rows(outputs, row_sums_.data(), n_rows, n);
    for (std::size_t i = 0; i < n_rows; ++i) {
      losses_[i] = clipped(outputs[i * n + classes_[i]]);
    }
  } else if (output_ == Output::kLabels) {
    probabilities_of_labels(outputs, targets_.data(), losses_.data(), n_rows * n);
  }
  subtract(outputs, targets_.data(), deltas, n_rows * n);
  if (output_ == Output::kNumbers) {
    squares(deltas, losses_.data(), n_rows * n);
  }
}

void Network::sum_by_class(std::size_t n_rows, std::span<double> sums) const {
  std::ranges::fill(sums, 0.0);
  for (std::size_t i = 0; i < n_rows; ++i) {
    sums[classes_[i]] += losses_[i];
  }
}

void Network::differentiate(std::size_t layer, std::size_t n_rows) {
  const std::size_t n = n_rows * units_[layer];
  const double* const activations = activations_[layer].data();
  double* const deltas = deltas_[layer].data();
  if (activation_ == Activation::kRelu) {
    differentiate_relu(activations, deltas, n);
  } else if (activation_ == Activation::kTanh) {
    differentiate_tanh(activations, deltas, n);
  } else if (activation_ == Activation::kLogistic) {
    differentiate_logistic(activations, deltas, n);
  }
}

void Network::finish_gradients(double alpha, std::size_t n_rows) {
  decay(gradients_.data(), parameters_.data(), alpha, n_weights_);
  divide(gradients_.data(), static_cast<double>(n_rows), gradients_.size());
}

void Network::step(const AdamSettings& adam, double alpha, std::size_t n_rows, double rate) {
  finish_gradients(alpha, n_rows);
  step_adam(parameters_.data(), gradients_.data(), first_moments_.data(), second_moments_.data(), adam, rate,
            parameters_.size());
}

void Network::step(const MomentumSettings& descent, double alpha, std::size_t n_rows, double rate) {
  finish_gradients(alpha, n_rows);
  step_momentum(parameters_.data(), gradients_.data(), first_moments_.data(), descent, rate,
                parameters_.size());
}

bool Network::is_finite() const {
  return all_finite(parameters_.data(), parameters_.size()) &&
         all_finite(first_moments_.data(), first_moments_.size()) &&
         all_finite(second_moments_.data(), second_moments_.size());
}

}  // namespace tenfold::kernels
