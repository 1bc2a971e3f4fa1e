#pragma once

/// Data sets for the tests: made, not loaded, and nasty in the ways that matter to trees.

#include <cstdint>
#include <random>
#include <vector>

#include "tenfold/data.hpp"

namespace tenfold::testing {

struct TestData {
  std::vector<float> x;  ///< row by row
  std::vector<std::int32_t> y;
  std::size_t n_columns = 0;
  std::size_t n_classes = 0;

  /// Views `x`, which must outlive it.
  [[nodiscard]] Data data() const {
    return Data(MatrixView<float>{x.data(), y.size(), n_columns, static_cast<std::ptrdiff_t>(n_columns), 1},
                Target::of_classes(y, n_classes));
  }
  /// The same rows, with the codes as numbers to learn.
  [[nodiscard]] Data numbers() const {
    return Data(MatrixView<float>{x.data(), y.size(), n_columns, static_cast<std::ptrdiff_t>(n_columns), 1},
                Target::of_reals(std::vector<double>(y.begin(), y.end())));
  }
};

/// Columns with 2, few, many and all distinct values, a constant one and one of values closer together
/// than the feature threshold; labels that follow the columns in part.
inline TestData mixed_data(std::size_t n_rows, std::size_t n_classes, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0.0F, 1.0F);
  TestData data;
  data.n_columns = 7;
  data.n_classes = n_classes;
  for (std::size_t row = 0; row < n_rows; ++row) {
    const float u = unit(random);
    const float v = unit(random);
    data.x.insert(data.x.end(), {static_cast<float>(u > 0.4F), static_cast<float>(static_cast<int>(10 * v)),
                                 static_cast<float>(static_cast<int>(1000 * unit(random))), unit(random),
                                 3.0F, 1.0F + 5e-8F * static_cast<float>(random() % 4), u + v});
    const auto signal = static_cast<std::size_t>((u + v) * 0.5F * static_cast<float>(n_classes));
    const std::size_t noise = random() % n_classes;
    data.y.push_back(static_cast<std::int32_t>(random() % 4 == 0 ? noise : std::min(signal, n_classes - 1)));
  }
  return data;
}

}  // namespace tenfold::testing
