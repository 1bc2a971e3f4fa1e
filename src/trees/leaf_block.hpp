#pragma once

/// The lower end of a tree: a subtree over at most 64 units of weight, held as bit sets.
///
/// Most nodes of a forest hold a handful of rows. Once a node's weight fits into a machine word, every
/// node below it is a subset of that word: a node is a mask, the rows of a class are a mask, the rows up
/// to a threshold are a mask, and a class weight is one population count. A row that the bootstrap drew
/// w times takes w neighbouring bits, which always travel together, so that weighted counts come out of
/// the same instruction; `first_bits_` marks one bit a row where rows must be counted.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "data/ranked_columns.hpp"
#include "trees/growth_rules.hpp"
#include "trees/growth_stream.hpp"
#include "trees/impurity.hpp"
#include "trees/split_choice.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

class LeafBlock {
 public:
  static constexpr std::uint32_t kCapacity = 64;

  LeafBlock(const RankedColumns& columns, const GrowthRules& rules);

  /// Loads the rows of a node whose weight is at most `kCapacity`.
  void load(std::span<const TrainingRow> rows);

  /// All rows of the block.
  [[nodiscard]] std::uint64_t all() const { return all_; }

  /// Class weights of a set of rows, one an entry of `labels()`.
  [[nodiscard]] std::uint32_t class_weight(std::uint64_t rows, std::size_t slot) const {
    return static_cast<std::uint32_t>(__builtin_popcountll(rows & class_bits_[slot]));
  }
  [[nodiscard]] std::span<const std::uint16_t> labels() const { return {labels_.data(), n_labels_}; }
  [[nodiscard]] std::uint32_t n_rows(std::uint64_t rows) const {
    return static_cast<std::uint32_t>(__builtin_popcountll(rows & first_bits_));
  }
  [[nodiscard]] static std::uint32_t weight(std::uint64_t rows) {
    return static_cast<std::uint32_t>(__builtin_popcountll(rows));
  }

  /// True when all rows of the set are of one class.
  [[nodiscard]] bool is_pure(std::uint64_t rows) const {
    return (rows & ~class_bits_[slot_of_bit_[static_cast<std::size_t>(__builtin_ctzll(rows))]]) == 0;
  }

  /// Searches the node's split for every variant with live members; the constants known afterwards.
  std::uint32_t search(GrowthStream& stream, const BlockNode& node, MemberSet live);

  /// True when a split of the node under search with this proxy gains beyond doubt.
  [[nodiscard]] bool gains(Criterion criterion, double proxy) const;

  /// What `search` found for a variant.
  [[nodiscard]] const Choice& choice(std::size_t variant) const { return choices_[variant]; }

 private:
  /// Classes present in the node under search, ascending by label.
  struct NodeClasses {
    std::size_t size = 0;
    std::array<std::uint64_t, kCapacity> bits;
    std::array<std::uint32_t, kCapacity> weights;
  };

  /// Variants with live members, by criterion.
  struct LiveVariants {
    std::size_t size = 0;
    std::array<std::uint32_t, kMaxMembers> variants;
  };

  template <typename Rank>
  bool examine_counted(const Column& column, std::uint32_t feature);
  bool examine_sorted(const Column& column, std::uint32_t feature);
  bool draw_threshold(const Column& column, std::uint32_t feature, TreeGenerator& generator);
  void offer(std::uint32_t feature, std::uint32_t below, std::uint32_t above, double threshold,
             std::uint64_t left);
  void offer_proxy(const LiveVariants& live, double proxy, std::uint32_t feature, std::uint32_t below,
                   std::uint32_t above, double threshold, std::uint64_t left);

  const RankedColumns& columns_;
  const GrowthRules& rules_;
  const SmallEntropyTerms& terms_;

  // The block.
  std::uint64_t all_ = 0;
  std::uint64_t first_bits_ = 0;
  std::size_t n_labels_ = 0;
  std::array<std::uint64_t, kCapacity> class_bits_{};
  std::array<std::uint16_t, kCapacity> labels_{};
  std::array<std::uint8_t, kCapacity> slot_of_bit_{};
  std::array<const std::uint8_t*, kCapacity> record_of_bit_{};  ///< row record, by a row's first bit
  std::array<std::uint64_t, kCapacity> bits_of_row_{};          ///< all bits of a row, by its first bit

  // The node under search.
  std::uint64_t rows_ = 0;
  std::uint32_t n_rows_ = 0;
  std::uint32_t weight_ = 0;
  NodeClasses classes_;
  LiveVariants gini_;
  LiveVariants entropy_;
  std::vector<Choice> choices_;

  std::vector<std::uint64_t> rows_of_rank_;  ///< all zero between searches
  std::array<std::uint64_t, kCapacity> keys_{};
};

}  // namespace tenfold
