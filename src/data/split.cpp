#include "tenfold/split.hpp"

#include <stdexcept>
#include <string>

namespace tenfold {

std::span<const double> weights_of_split(const SplitWeights& weights, std::int32_t kind, std::size_t split,
                                         std::size_t n_rows) {
  if (kind < 0) {
    return {};
  }
  const auto number = static_cast<std::size_t>(kind);
  if (number >= weights.size() || split >= weights[number].size() ||
      weights[number][split].size() != n_rows) {
    throw std::invalid_argument("there are no weights " + std::to_string(kind) + " of the " +
                                std::to_string(n_rows) + " training rows of split " + std::to_string(split) +
                                ".");
  }
  return weights[number][split];
}

}  // namespace tenfold
