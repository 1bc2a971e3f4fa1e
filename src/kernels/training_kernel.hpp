#pragma once

/// The kernel between training rows, row by row as a solver asks for them. A row is computed once for all
/// problems and penalties; the products behind it once for all kernels of one kind. What no solver asks for
/// is never computed, and takes no memory but addresses.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/smo_solver.hpp"
#include "kernels/vector_kernels.hpp"

namespace tenfold::kernels {

/// Not to be shared between threads.
class TrainingKernel final : public Kernel {
 public:
  /// `rows` must stay. With `holds_products` (8 bytes a pair of rows) another kernel of one kind costs no dot
  /// products.
  TrainingKernel(Rows rows, Dot dot, bool holds_products);

  /// From now on rows are of this kernel; those that there are may be gone.
  void set(const Parameters& parameters);

  /// Throws std::range_error where an element is not finite, or so large that its double is not, as floats
  /// go.
  const float* row(int number) override;

  [[nodiscard]] std::span<const double> diagonal() const override { return diagonal_; }
  [[nodiscard]] std::size_t n_rows() const { return rows_.n_rows; }

  /// The product of two rows as training has it.
  [[nodiscard]] double product(std::size_t i, std::size_t j) const;

 private:
  /// All of a row, also those that other rows have: to find them there takes longer than to compute them.
  const double* products_of(std::size_t i);

  Rows rows_;
  Dot dot_;
  Parameters parameters_;
  bool squared_ = false;  ///< whether products are squared distances
  bool holds_products_;
  std::vector<double> squares_;
  std::vector<double> diagonal_;
  std::unique_ptr<double[]> products_;
  std::vector<double> row_products_;  ///< where none are held
  std::unique_ptr<float[]> values_;
  std::vector<std::uint8_t> has_products_;
  std::vector<std::uint8_t> has_values_;
};

}  // namespace tenfold::kernels
