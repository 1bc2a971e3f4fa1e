#pragma once

/// Sums of rows, added up as NumPy adds up contiguous numbers.
///
/// `numpy.sum` over the last axis of an array in C order adds each row pairwise: up to 128 numbers by eight
/// running sums, more by halves. What is added here is the quotient of two numbers, computed where it is
/// added: an array of quotients would have to be written and read again.
///
/// Source: pairwise_sum in numpy/_core/src/umath/loops_utils.h.src of NumPy 2.4.

#include <cstddef>

namespace tenfold::kernels {

/// For each of `n_rows` rows of `values` the sum over `n_columns` of value / divisor.
///
/// @param values    n_rows x n_columns
/// @param divisors  n_columns
/// @param out       n_rows
void quotient_sums(const double* values, const double* divisors, std::size_t n_rows, std::size_t n_columns,
                   double* out);

}  // namespace tenfold::kernels
