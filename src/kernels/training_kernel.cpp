#include "kernels/training_kernel.hpp"

#include <cmath>
#include <stdexcept>

namespace tenfold::kernels {
namespace {

/// Twice this is a float still.
constexpr double kLargest = 1e38;

}  // namespace

TrainingKernel::TrainingKernel(Rows rows, Dot dot, bool holds_products)
    : rows_(rows),
      dot_(dot),
      holds_products_(holds_products),
      squares_(rows.n_rows),
      diagonal_(rows.n_rows),
      values_(std::make_unique_for_overwrite<float[]>(rows.n_rows * rows.n_rows)),
      has_products_(rows.n_rows),
      has_values_(rows.n_rows) {
  if (holds_products) {
    products_ = std::make_unique_for_overwrite<double[]>(rows.n_rows * rows.n_rows);
  } else {
    row_products_.resize(rows.n_rows);
  }
  for (std::size_t i = 0; i < rows.n_rows; ++i) {
    squares_[i] = product(i, i);
  }
}

void TrainingKernel::set(const Parameters& parameters) {
  const bool squared = parameters.kind == Kind::kRbf;
  if (squared != squared_) {
    has_products_.assign(rows_.n_rows, 0);
    squared_ = squared;
  }
  has_values_.assign(rows_.n_rows, 0);
  parameters_ = parameters;
  for (std::size_t i = 0; i < rows_.n_rows; ++i) {
    diagonal_[i] = kernel_of(parameters, squared ? squares_[i] + squares_[i] - 2 * squares_[i] : squares_[i]);
  }
}

double TrainingKernel::product(std::size_t i, std::size_t j) const {
  const std::size_t width = rows_.n_columns;
  const double product = dot_of(dot_, rows_.data + i * width, rows_.data + j * width, width);
  return squared_ ? squares_[i] + squares_[j] - 2 * product : product;
}

const double* TrainingKernel::products_of(std::size_t i) {
  const std::size_t n = rows_.n_rows;
  if (holds_products_ && has_products_[i] != 0) {
    return products_.get() + i * n;
  }
  double* products = holds_products_ ? products_.get() + i * n : row_products_.data();
  for (std::size_t j = 0; j < n; ++j) {
    products[j] = product(i, j);
  }
  has_products_[i] = 1;
  return products;
}

const float* TrainingKernel::row(int number) {
  const auto i = static_cast<std::size_t>(number);
  const std::size_t n = rows_.n_rows;
  float* values = values_.get() + i * n;
  if (has_values_[i] != 0) {
    return values;
  }
  const double* products = products_of(i);
  bool all_small = true;
  for (std::size_t j = 0; j < n; ++j) {
    const double value = kernel_of(parameters_, products[j]);
    all_small = all_small && std::fabs(value) < kLargest;  // false of NaN
    values[j] = static_cast<float>(value);
  }
  if (!all_small) {
    throw std::range_error("the kernel exceeds single precision");
  }
  has_values_[i] = 1;
  return values;
}

}  // namespace tenfold::kernels
