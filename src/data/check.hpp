#pragma once

/// What must hold of rows before anything is fitted to them; std::invalid_argument where it doesn't.

#include <cstddef>
#include <cstdint>
#include <span>

#include "tenfold/data.hpp"

namespace tenfold {

/// There are row numbers, and all of them are rows of the data set.
void check_rows(std::span<const std::int64_t> rows, std::size_t n_rows);

/// No value is NaN or beyond float32.
void check_finite(const Data& data);

}  // namespace tenfold
