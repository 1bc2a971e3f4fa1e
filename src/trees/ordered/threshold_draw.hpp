#pragma once

/// Thresholds drawn between a node's least and greatest value of a column, as by scikit-learn's random
/// splitter, and its samples divided there.

#include <cstdint>
#include <optional>

#include "tenfold/random.hpp"
#include "trees/ordered/drawn_split.hpp"
#include "trees/ordered/node_split.hpp"
#include "trees/ordered/partition_space.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

struct DrawnThreshold {
  double threshold = 0.0;
  std::uint32_t n_left = 0;
  bool has_missing = false;
  bool missing_left = false;
};

class ThresholdDraw {
 public:
  explicit ThresholdDraw(bool has_vectors) : has_vectors_(has_vectors) {}

  /// Draws a threshold for a column and divides the samples there; none, and nothing drawn, where the column
  /// is constant in the node.
  std::optional<DrawnThreshold> draw(const TrainingColumn& column, std::uint32_t* samples, std::uint32_t n,
                                     TreeGenerator& generator) {
    return has_vectors_ && !column.values_of.empty() ? draw_present(column, samples, n, generator)
                                                     : draw_ranks(column, samples, n, generator);
  }

 private:
  /// Rounding may draw the upper end, which would leave nothing on the right.
  static double draw_below(float lowest, float highest, TreeGenerator& generator) {
    const double threshold = generator.uniform(lowest, highest);
    return threshold == static_cast<double>(highest) ? static_cast<double>(lowest) : threshold;
  }

  /// Of a column without missing values, by wide vectors. Here, since it is all that nodes of few samples do.
  std::optional<DrawnThreshold> draw_present(const TrainingColumn& column, std::uint32_t* samples,
                                             std::uint32_t n, TreeGenerator& generator) {
    const float* const values = column.values_of.data();
    const ValueRange range = range_of(values, samples, n);
    if (range.highest <= range.lowest + kNear) {
      return std::nullopt;
    }
    const double threshold = draw_below(range.lowest, range.highest, generator);
    space_.reserve(n);
    return DrawnThreshold{threshold, divide_at(threshold, values, samples, n, space_), false, false};
  }

  /// Of any column.
  static std::optional<DrawnThreshold> draw_ranks(const TrainingColumn& column, std::uint32_t* samples,
                                                  std::uint32_t n, TreeGenerator& generator);

  bool has_vectors_;
  PartitionSpace space_;
};

}  // namespace tenfold::ordered
