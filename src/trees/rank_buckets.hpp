#pragma once

/// Class weights along one column, counted in buckets of neighbouring ranks: where a node's best split can
/// be.
///
/// Sorting a node's rows by a column is most of what a search costs where values are many, and nearly all of
/// it is spent on splits that are nowhere near the best one. So ranks are counted in some hundred *buckets*
/// first. Between two buckets lies a *boundary*, a split like any other, whose value is known at once. For
/// the splits inside a bucket there is a *bound*: class weights on the left lie between those at both ends of
/// the bucket, the value of a split (Gini or entropy) is a convex function of them, and a convex function is
/// greatest in a corner. What is surely worse than the best boundary is left out; the rest, most often a few
/// neighbouring buckets, or none, is sorted and decided as if nothing had been left out.
///
/// For nodes of two classes: the corners are few then.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "trees/impurity.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

class RankBuckets {
 public:
  static constexpr std::size_t kClasses = 2;
  static constexpr std::size_t kMost = 2048;  ///< buckets; their cells stay in the first cache
  /// Rows to a bucket, on average, that balance the cost of a bucket with that of sorting it.
  static constexpr std::size_t kRowsABucket = 4;
  /// A node's weight must not exceed this: a cell has 21 bits for each class and 22 for rows.
  static constexpr std::uint32_t kLargestWeight = (std::uint32_t{1} << 21U) - 1;

  /// Which splits a variant admits, and how good its best one is so far.
  template <typename Value>
  struct Asked {
    std::uint32_t min_rows = 1;
    double min_weight = 0.0;
    Value best;
  };
  /// Neighbouring buckets that may hold the best split.
  struct Run {
    std::size_t first = 0;
    std::size_t last = 0;  ///< inclusive
  };

  RankBuckets();

  /// Counts a node's rows by `ranks` (one a row), all within [lowest, highest]. `slot_of_label` is 0 or 1.
  void count(std::span<const TrainingRow> rows, std::span<const std::uint16_t> slot_of_label,
             const std::uint32_t* ranks, std::uint32_t lowest, std::uint32_t highest);

  /// Values boundaries and bounds; each of these forgets the buckets that were kept.
  void value_gini();
  void value_entropy(const EntropyPotential& potential);

  /// Raises `asked.best` to that of the best admissible boundary.
  void raise(Asked<double>& asked) const;
  void raise(Asked<std::int64_t>& asked) const;
  /// Keeps the buckets that may hold a split at most `slack` worse than `asked.best`.
  void keep(const Asked<double>& asked, double slack);
  void keep(const Asked<std::int64_t>& asked, std::int64_t slack);
  void keep_all();

  /// Rows in kept buckets.
  [[nodiscard]] std::size_t n_kept() const;
  [[nodiscard]] bool is_kept(std::uint32_t rank) const { return kept_[(rank - lowest_) >> shift_] != 0; }
  /// The next run of kept buckets at or after bucket `from`; false where there is none.
  [[nodiscard]] bool next_run(std::size_t from, Run& run) const;

  /// What lies before a bucket.
  [[nodiscard]] std::uint32_t weight_before(std::size_t bucket, std::size_t slot) const {
    return static_cast<std::uint32_t>(left_[slot][bucket]);
  }
  [[nodiscard]] std::uint32_t rows_before(std::size_t bucket) const { return rows_left_[bucket]; }

 private:
  template <typename Value>
  void raise_in(Asked<Value>& asked, const Value* values) const;
  template <typename Value>
  void keep_in(const Asked<Value>& asked, Value least, const Value* values, const Value* bounds);
  void accumulate();

  std::uint32_t lowest_ = 0;
  unsigned shift_ = 0;
  std::size_t size_ = 0;
  std::uint32_t n_rows_ = 0;
  double weight_ = 0.0;

  std::vector<std::uint64_t> cells_;                ///< rows | weight of class 1 | of class 0
  std::array<std::vector<double>, kClasses> left_;  ///< class weights before a bucket; at `size_` all
  std::vector<std::uint32_t> rows_left_;            ///< rows before a bucket
  std::vector<double> gini_;                        ///< of the boundary before a bucket
  std::vector<double> gini_bounds_;                 ///< of the splits inside a bucket
  std::vector<std::int64_t> entropy_;
  std::vector<std::int64_t> entropy_bounds_;
  std::vector<std::uint8_t> kept_;
};

}  // namespace tenfold
