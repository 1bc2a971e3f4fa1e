#pragma once

/// The training rows of one split, column by column: what every tree grown on the split starts from.
///
/// A *sample* is a training row's place in the split; scikit-learn numbers them the same way. A column whose
/// values mostly differ is *presorted*: its samples stand in value order, and growth keeps them so by
/// dividing the order with the node. In such an order an entry's highest bit marks a sample that has an equal
/// or close neighbour somewhere in the split: a node without marks has no ties in that column, and neither
/// the order of its samples nor its split positions need a look at values. Other columns are sorted in each
/// node.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "data/ranked_columns.hpp"
#include "data/ranked_table.hpp"

namespace tenfold::ordered {

inline constexpr std::uint32_t kNearMark = 0x80000000U;
inline constexpr std::uint32_t kSampleMask = kNearMark - 1;

struct TrainingColumn {
  const RankedColumn* table = nullptr;
  std::vector<std::uint32_t> ranks;  ///< by sample
  std::vector<std::uint32_t> order;  ///< samples by rank, marked; empty unless presorted
  std::vector<float> values_of;      ///< by sample; empty where orders are asked for, or values are missing
  bool has_missing = false;          ///< among the split's training rows

  [[nodiscard]] bool is_presorted() const { return !order.empty(); }
  [[nodiscard]] float value(std::uint32_t rank) const { return table->values[rank]; }
};

enum class Presorting : std::uint8_t {
  kNone,    ///< no column: thresholds are drawn, orders are not asked for
  kMostly,  ///< columns of mostly different values, without missing ones
  kAll,     ///< every column: the order of equal values doesn't matter
};

class TrainingColumns {
 public:
  /// `chosen`: the columns that there are, by their places in the table, any of them more than once; empty:
  /// all of them. `rows` may have a row more than once; `copies_are_alike` says that such copies weigh alike.
  TrainingColumns(const RankedTable& table, std::span<const std::int64_t> rows, Presorting presorting,
                  std::span<const std::int64_t> chosen = {}, bool copies_are_alike = false);

  [[nodiscard]] std::size_t n_samples() const { return n_samples_; }
  /// Whether two samples are known to be the same row, alike in all columns, target and weight: then nobody
  /// can tell in which order they stand.
  [[nodiscard]] bool is_copy(std::uint32_t a, std::uint32_t b) const {
    return !rows_.empty() && rows_[a] == rows_[b];
  }
  [[nodiscard]] std::size_t size() const { return columns_.size(); }
  [[nodiscard]] bool has_missing() const {
    return std::ranges::any_of(columns_, &TrainingColumn::has_missing);
  }
  [[nodiscard]] const TrainingColumn& operator[](std::size_t index) const { return columns_[index]; }

 private:
  std::size_t n_samples_;
  std::vector<std::uint32_t> rows_;  ///< by sample; empty where there are no copies that are alike
  std::vector<TrainingColumn> columns_;
};

}  // namespace tenfold::ordered
