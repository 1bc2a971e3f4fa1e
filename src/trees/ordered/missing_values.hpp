#pragma once

/// Where the samples that miss a column's value stand among a node's: last, and then first.

#include <cstdint>
#include <vector>

#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// How many of the last samples of a presorted order miss their value.
std::uint32_t count_missing_last(const TrainingColumn& column, const std::uint32_t* order, std::uint32_t n);

/// Moves missing values behind the others as scikit-learn does before it sorts; returns their number.
std::uint32_t move_missing_last(const TrainingColumn& column, std::uint32_t* samples, std::uint32_t n);

/// Copies an order with its missing values, the last ones, in front.
void copy_missing_first(const std::uint32_t* order, std::uint32_t n_present, std::uint32_t n,
                        std::vector<std::uint32_t>& copy);

}  // namespace tenfold::ordered
