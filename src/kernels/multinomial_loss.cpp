#include "kernels/multinomial_loss.hpp"

#include <algorithm>
#include <cmath>

namespace tenfold::kernels {
namespace {

/// exp(score - largest) in place of scores; returns their sum.
double exponentials(double* scores, double largest, std::size_t n) {
  double sum = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    scores[k] = std::exp(scores[k] - largest);
    sum += scores[k];
  }
  return sum;
}

}  // namespace

void multinomial_loss(const MultinomialRows& rows, double* scores, std::span<const double> intercepts,
                      double* losses, double* intercept_gradients) {
  const std::size_t n = rows.n_classes;
  std::fill_n(intercept_gradients, n, 0.0);
  for (std::size_t i = 0; i < rows.classes.size(); ++i) {
    double* const row = scores + i * n;
    for (std::size_t k = 0; k < intercepts.size(); ++k) {
      row[k] += intercepts[k];
    }
    double largest = row[0];
    for (std::size_t k = 1; k < n; ++k) {
      largest = largest < row[k] ? row[k] : largest;
    }
    const auto own = static_cast<std::size_t>(rows.classes[i]);
    const double score = row[own];
    const double sum = exponentials(row, largest, n);
    const double weight = rows.weights.empty() ? 1.0 : rows.weights[i];
    losses[i] = ((std::log(sum) + largest) - score) * weight;
    for (std::size_t k = 0; k < n; ++k) {
      const double difference = row[k] / sum - (k == own ? 1.0 : 0.0);
      row[k] = difference * weight / rows.total;
      intercept_gradients[k] += row[k];
    }
  }
}

}  // namespace tenfold::kernels
