#include "kernels/vector_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tenfold::kernels {
namespace {

/// libsvm's powi: its order of multiplications.
double power(double base, int times) {
  double factor = base;
  double result = 1.0;
  for (int t = times; t > 0; t /= 2) {
    if (t % 2 == 1) {
      result *= factor;
    }
    factor = factor * factor;
  }
  return result;
}

}  // namespace

double dot_of(Dot dot, double* x, double* y, std::size_t n) {
  int count = static_cast<int>(n);
  int one = 1;
  return dot(&count, x, &one, y, &one);
}

double kernel_of(const Parameters& p, double product) {
  switch (p.kind) {
    case Kind::kPolynomial:
      return power(p.gamma * product + p.coef0, p.degree);
    case Kind::kRbf:
      return std::exp(-p.gamma * product);
    case Kind::kSigmoid:
      return std::tanh(p.gamma * product + p.coef0);
    case Kind::kLinear:
      break;
  }
  return product;
}

void prediction_products(Rows rows, Rows others, bool squared_distance, std::span<const int> columns, Dot dot,
                         double* out) {
  const std::size_t width = rows.n_columns;
  std::vector<double> difference(width);
  for (std::size_t i = 0; i < rows.n_rows; ++i) {
    double* x = rows.data + i * width;
    for (const int column : columns) {
      const auto j = static_cast<std::size_t>(column);
      double* y = others.data + j * width;
      double product = 0.0;
      if (squared_distance) {
        for (std::size_t k = 0; k < width; ++k) {
          difference[k] = x[k] - y[k];
        }
        product = dot_of(dot, difference.data(), difference.data(), width);
      } else {
        product = dot_of(dot, x, y, width);
      }
      out[i * others.n_rows + j] = product;
    }
  }
}

void apply_columns(const Parameters& parameters, const double* products, std::size_t n_rows,
                   std::size_t n_columns, std::span<const int> columns, double* out) {
  for (std::size_t i = 0; i < n_rows; ++i) {
    for (const int column : columns) {
      const std::size_t at = i * n_columns + static_cast<std::size_t>(column);
      out[at] = kernel_of(parameters, products[at]);
    }
  }
}

}  // namespace tenfold::kernels
