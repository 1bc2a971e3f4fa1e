#pragma once

/// An epoch of SAG or SAGA, four, eight or twelve candidates in step.

#include <cstddef>
#include <cstdint>

#include "kernels/lanes.hpp"
#include "kernels/sag_lanes.hpp"

namespace tenfold::kernels {

/// What the candidates of a block are at. Arrays have ``width`` numbers where a fit alone has one.
struct SagBlock {
  std::size_t width = 0;           ///< 4, 8 or 12
  std::size_t n_lanes = 0;         ///< candidates, at most ``width``
  double* weights = nullptr;       ///< by column of X and class
  double* sum_gradient = nullptr;  ///< likewise
  double* memory = nullptr;        ///< gradients that were seen, by row and class
  double* intercept = nullptr;     ///< by class
  double* intercept_sum = nullptr;
  double* prediction = nullptr;  ///< by class; of the row at hand
  double* gradient = nullptr;
  const double* step_size = nullptr;
  const double* alpha = nullptr;
  const double* beta = nullptr;
  bool* sound = nullptr;  ///< a candidate each; see SagFit
};

/// What is the same for all of them, since it follows from the seed.
struct SagProgress {
  std::uint32_t seed = 1;
  unsigned char* seen = nullptr;  ///< by row
  int n_seen = 0;
};

/// Only where :cpp:func:`has_lanes`.
void run_sag_epoch(const DescentRows& rows, const SagProblem& problem, std::size_t n_rows,
                   SagProgress& progress, SagBlock& block);

}  // namespace tenfold::kernels
