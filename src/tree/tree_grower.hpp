#pragma once

/// Grows one tree for all members at once.
///
///   take the next pending node of a stream, depth first, left before right
///     members that stop here get a leaf; the others search a split, each variant its own
///     members without a (good enough) split get a leaf; the rest divides, by groups that split alike
///   wherever the members of a seeded stream do different things, the stream is copied
///
/// Nodes of more than 64 units of weight are ranges of a row buffer (`NodeSearch`); below that a whole
/// subtree is grown in bit sets (`LeafBlock`). Test rows are divided along with the training rows, so
/// nothing has to be predicted afterwards and no tree has to be kept.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "tenfold/dataset.hpp"
#include "tree/growth_rules.hpp"
#include "tree/growth_stream.hpp"
#include "tree/leaf_block.hpp"
#include "tree/node_search.hpp"
#include "tree/split_choice.hpp"
#include "tree/tree_recorder.hpp"
#include "tree/tree_rows.hpp"

namespace tenfold {

class TreeGrower {
 public:
  /// `largest_weight` bounds the total weight of a tree's training rows; growth ends early, with leaves
  /// missing, once `cancelled` is set.
  TreeGrower(const Dataset& dataset, const GrowthRules& rules, std::size_t largest_weight,
             const std::atomic<bool>* cancelled = nullptr);

  /// Grows a tree over `rows`, sending leaves to `sink`. Both row buffers are reordered; their contents
  /// as sets are kept, so they serve the next tree. `recorder`, if any, wants a single member.
  void grow(std::span<TrainingRow> rows, std::span<TestRow> test_rows, std::uint32_t generator_state,
            LeafSink& sink, TreeRecorder* recorder = nullptr);

 private:
  [[nodiscard]] bool is_cancelled() const {
    return cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed);
  }
  void run(std::size_t stream);
  void visit(std::size_t stream, RangeNode node, std::span<const std::uint32_t> counts);
  void settle_range(std::size_t stream, const RangeNode& node, MemberSet live, std::uint32_t n_constants);
  void divide(GrowthStream& stream, const RangeNode& node, const SplitPoint& split, MemberSet live,
              std::uint32_t n_constants);

  void run_block(std::size_t stream, const RangeNode& node, MemberSet live);
  void visit(std::size_t stream, const BlockNode& node);
  void settle_block(std::size_t stream, const BlockNode& node, MemberSet live, std::uint32_t n_constants);
  void divide(GrowthStream& stream, const BlockNode& node, const SplitPoint& split, std::uint64_t left,
              MemberSet live, std::uint32_t n_constants);

  /// Hands `members` to a copy of the stream; returns its number. Only in a seeded growth.
  std::size_t part(std::size_t stream, MemberSet members);
  [[nodiscard]] MemberSet live_members(const GrowthStream& stream, const NodeState& node) const {
    return node.live & stream.members;
  }

  /// Divides the test rows of a node; the position of the first one that goes right.
  std::uint32_t divide_test_rows(Range range, const SplitPoint& split);

  [[nodiscard]] SplitPoint split_point(const Choice& choice) const;
  void range_leaf(const RangeNode& node, MemberSet members, std::span<const std::uint32_t> counts);
  void block_leaf(const BlockNode& node, MemberSet members);

  /// True when the members' min_impurity_decrease forbids the split with these class weights.
  [[nodiscard]] MemberSet too_little_improvement(MemberSet members, Criterion criterion,
                                                 std::span<const std::uint32_t> counts,
                                                 std::span<const std::uint32_t> counts_left) const;
  [[nodiscard]] double impurity(std::span<const std::uint32_t> counts, Criterion criterion) const;
  void count_block_rows(std::uint64_t rows, std::vector<std::uint32_t>& counts) const;
  void count_left_rows(Range rows, const SplitPoint& split, std::vector<std::uint32_t>& counts) const;
  std::int32_t record(const NodeState& state, std::uint32_t n_rows, std::span<const std::uint32_t> counts);

  const Dataset& dataset_;
  const GrowthRules& rules_;
  const std::atomic<bool>* cancelled_;
  NodeSearch search_;
  LeafBlock block_;

  std::span<TrainingRow> rows_;
  std::span<TestRow> test_rows_;
  LeafSink* sink_ = nullptr;
  TreeRecorder* recorder_ = nullptr;
  double total_weight_ = 0.0;

  std::deque<GrowthStream> streams_;  ///< a deque: growing it moves no stream
  std::size_t n_streams_ = 0;
  std::size_t first_block_stream_ = 0;

  DivisionGroups groups_;
  std::vector<TrainingRow> row_scratch_;
  std::vector<TestRow> test_scratch_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> counts_left_;
  std::vector<std::uint32_t> block_counts_;
  std::vector<ClassShare> shares_;
};

}  // namespace tenfold
