#pragma once

/// What specs of these forests must be, and what they come to for a training set.

#include <cstddef>
#include <cstdint>
#include <span>

#include "tenfold/data.hpp"
#include "tenfold/learners/ordered_forest.hpp"

namespace tenfold {

/// Parameters without effect set to one value, so that specs which grow the same trees are equal.
OrderedForestSpec effective(const OrderedForestSpec& spec, std::uint32_t n_train, std::size_t n_columns);

/// Throws std::invalid_argument, naming the spec and the value, for parameters that no forest can have.
void check_spec(std::size_t index, const OrderedForestSpec& spec, std::span<const SeedSource> sources,
                std::size_t n_weights);

/// Throws std::invalid_argument for data that these forests are not grown on.
void check_data(const Data& data, const OrderedForestSpec& spec);

}  // namespace tenfold
