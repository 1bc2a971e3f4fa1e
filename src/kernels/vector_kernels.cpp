#include "kernels/vector_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tenfold::kernels {
namespace {

double dot_of(Dot dot, double* x, double* y, std::size_t n) {
  int count = static_cast<int>(n);
  int one = 1;
  return dot(&count, x, &one, y, &one);
}

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

/// Twice this is a float still.
constexpr double kLargest = 1e38;

/// Rows and columns that are gone through together, so that a mirrored write stays in the cache.
constexpr std::size_t kTile = 64;

/// Calls visit(i, j) for all i <= j, tile by tile.
template <class Visit>
void each_pair(std::size_t n, const Visit& visit) {
  for (std::size_t top = 0; top < n; top += kTile) {
    for (std::size_t left = top; left < n; left += kTile) {
      for (std::size_t i = top; i < std::min(top + kTile, n); ++i) {
        for (std::size_t j = std::max(left, i); j < std::min(left + kTile, n); ++j) {
          visit(i, j);
        }
      }
    }
  }
}

}  // namespace

void training_products(Rows rows, bool squared_distance, Dot dot, double* out) {
  const std::size_t n = rows.n_rows;
  const std::size_t width = rows.n_columns;
  std::vector<double> squares(squared_distance ? n : 0);
  for (std::size_t i = 0; i < squares.size(); ++i) {
    double* row = rows.data + i * width;
    squares[i] = dot_of(dot, row, row, width);
  }
  each_pair(n, [&](std::size_t i, std::size_t j) {
    double product = dot_of(dot, rows.data + i * width, rows.data + j * width, width);
    if (squared_distance) {
      product = squares[i] + squares[j] - 2 * product;
    }
    out[i * n + j] = product;
    out[j * n + i] = product;
  });
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

bool apply_symmetric(const Parameters& parameters, const double* products, std::size_t n, float* out,
                     double* diagonal) {
  bool all_small = true;
  each_pair(n, [&](std::size_t i, std::size_t j) {
    const double value = kernel_of(parameters, products[i * n + j]);
    all_small = all_small && std::fabs(value) < kLargest;  // false of NaN
    const auto rounded = static_cast<float>(value);
    out[i * n + j] = rounded;
    out[j * n + i] = rounded;
    if (i == j) {
      diagonal[i] = value;
    }
  });
  return all_small;
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
