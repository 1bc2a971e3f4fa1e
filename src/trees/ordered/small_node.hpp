#pragma once

/// The search of a node of few samples, all its columns at once.
///
/// Up to 15 samples scikit-learn sorts by insertion, which is stable: after some columns, samples stand in
/// the order of the last one, equal ones of it in that of the one before, and so on back to the order in
/// which the node was entered. So of two samples a and b it is known of each column by itself whether it puts
/// a first, or b, or leaves them as they stand. That is how an adder hands on its carry, from column to
/// column: one addition of two words tells of 64 columns which of a and b stands first. A sample's place is
/// the number of those that stand before it.
///
/// Sums are then added up in that order, eight columns beside one another, forwards and backwards as
/// scikit-learn adds them (statistics.hpp).
///
/// Needs the instructions of AVX-512: whoever asks for a scan asks `has_wide_vectors` first.

#include <cstddef>
#include <cstdint>
#include <limits>

namespace tenfold::ordered {

/// The most samples of such a node.
inline constexpr std::uint32_t kSmallNode = 15;

/// A node, a batch of its columns, and the best split that was found in those so far. A sample is known by
/// its place in the order in which the node was entered.
struct SmallNode {
  static constexpr std::size_t kColumns = 64;
  static constexpr std::size_t kPlaces = 16;

  /// Starts a node, without columns.
  void begin(std::uint32_t n_samples) {
    n = n_samples;
    n_columns = 0;
    n_before = 0;
    for (auto& row : is_before) {
      for (std::uint8_t& one : row) {
        one = 1;
      }
    }
    for (std::size_t p = 0; p < kPlaces; ++p) {
      order[p] = static_cast<std::uint8_t>(p);
    }
    proxy = -std::numeric_limits<double>::infinity();
    found = false;
  }

  alignas(64) double targets[kPlaces] = {};  ///< premultiplied by weights
  alignas(64) double weights[kPlaces] = {};
  std::uint32_t n = 0;
  double sum = 0.0;
  double weight = 0.0;
  bool has_unit_weights = true;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;

  /// The batch: ranks by sample and column.
  alignas(64) std::uint32_t ranks[kSmallNode][kColumns] = {};
  /// Of columns in which some of the node's samples may lie too close to be told apart, their values by rank.
  const float* close_values[kColumns] = {};
  std::uint64_t is_scanned = 0;  ///< a bit a column: no constant
  std::uint32_t n_columns = 0;
  std::uint32_t n_before = 0;  ///< columns of the batches before

  /// Of a < b, whether a stands before b now.
  std::uint8_t is_before[kSmallNode][kPlaces] = {};
  /// The order now.
  alignas(64) std::uint8_t order[kPlaces] = {};

  // The first best split: column, samples on the left, the ranks on both sides of it.
  bool found = false;
  double proxy = -std::numeric_limits<double>::infinity();
  std::uint32_t column = 0;
  std::uint32_t position = 0;
  std::uint32_t below = 0;
  std::uint32_t above = 0;
};

/// Scans the columns of the batch, and ends it.
void scan_small_node(SmallNode& node);

}  // namespace tenfold::ordered
