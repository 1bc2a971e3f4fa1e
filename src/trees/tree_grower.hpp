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

#include "data/ranked_columns.hpp"
#include "trees/growth_rules.hpp"
#include "trees/growth_stream.hpp"
#include "trees/leaf_block.hpp"
#include "trees/node_search.hpp"
#include "trees/split_choice.hpp"
#include "trees/tree_recorder.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

class TreeGrower {
 public:
  /// `largest_weight` bounds the total weight of a tree's training rows; growth ends early, with leaves
  /// missing, once `cancelled` is set.
  TreeGrower(const RankedColumns& columns, std::size_t n_classes, const GrowthRules& rules,
             std::size_t largest_weight, const std::atomic<bool>* cancelled = nullptr);

  /// Grows a tree over `rows` for the members `live`, sending leaves to `sink`. Both row buffers are
  /// reordered; their contents as sets are kept, so they serve the next tree. `recorder`, if any, wants a
  /// single member.
  void grow(std::span<TrainingRow> rows, std::span<TestRow> test_rows, std::uint32_t generator_state,
            MemberSet live, LeafSink& sink, TreeRecorder* recorder = nullptr);

 private:
  [[nodiscard]] bool is_cancelled() const {
    return cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed);
  }
  void run(std::size_t stream);
  void run_block(std::size_t stream, const RangeNode& node, MemberSet live);

  /// What happens at a node, whether its rows are a range or a bit set.
  template <typename Node>
  void visit(std::size_t stream, Node node);
  /// After the search: leaves for members without a split, a division for each group of the others.
  template <typename Node>
  void settle(std::size_t stream, const Node& node, MemberSet live, std::uint32_t n_constants);

  // What differs between the two kinds of nodes. `weights_` holds the class weights of the node at hand
  // (of a bit set, only after `load_weights`), `weights_left_` those of a left child.
  [[nodiscard]] std::uint32_t n_rows_of(const RangeNode& node) const { return node.rows.size(); }
  [[nodiscard]] std::uint32_t n_rows_of(const BlockNode& node) const { return block_.n_rows(node.rows); }
  [[nodiscard]] std::uint32_t weight_of(const RangeNode& node) const { return node.weight; }
  [[nodiscard]] std::uint32_t weight_of(const BlockNode& node) const { return LeafBlock::weight(node.rows); }
  [[nodiscard]] bool is_pure(const RangeNode& node) const;
  [[nodiscard]] bool is_pure(const BlockNode& node) const { return block_.is_pure(node.rows); }
  void load_weights(const RangeNode& /*node*/) {}
  void load_weights(const BlockNode& node) { count_block_rows(node.rows, weights_); }
  void load_shares(const RangeNode& node);
  void load_shares(const BlockNode& node);
  std::uint32_t search(GrowthStream& stream, const RangeNode& node, MemberSet live);
  std::uint32_t search(GrowthStream& stream, const BlockNode& node, MemberSet live);
  Choice choose(const RangeNode& node, std::size_t variant);
  Choice choose(const BlockNode& node, std::size_t variant);
  /// True when a split gains beyond doubt, so that its improvement need not be computed exactly.
  [[nodiscard]] bool gains(const RangeNode& node, Criterion criterion, double proxy) const;
  [[nodiscard]] bool gains(const BlockNode& node, Criterion criterion, double proxy) const;
  void count_left(const RangeNode& node, const DivisionGroup& division);
  void count_left(const BlockNode& node, const DivisionGroup& division);
  void divide(GrowthStream& stream, const RangeNode& node, const DivisionGroup& division,
              std::uint32_t n_constants);
  void divide(GrowthStream& stream, const BlockNode& node, const DivisionGroup& division,
              std::uint32_t n_constants);
  void wait(GrowthStream& stream, const RangeNode& node);
  void wait(GrowthStream& stream, const BlockNode& node);

  /// Hands `members` to a copy of the stream; returns its number. Only in a seeded growth.
  std::size_t part(std::size_t stream, MemberSet members);
  template <typename Node>
  void leaf(const Node& node, MemberSet members);
  template <typename Node>
  std::int32_t record(const Node& node);
  /// Divides the test rows of a node; the position of the first one that goes right.
  std::uint32_t divide_test_rows(Range range, const SplitPoint& split);
  [[nodiscard]] SplitPoint split_point(const Choice& choice) const;
  /// The members whose min_impurity_decrease forbids the split that leaves `weights_left_` on the left.
  [[nodiscard]] MemberSet too_little_improvement(MemberSet members, Criterion criterion) const;
  void count_block_rows(std::uint64_t rows, std::vector<std::uint32_t>& weights) const;

  const RankedColumns& columns_;
  std::size_t n_classes_;
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

  DivisionGroups groups_;
  std::vector<TrainingRow> row_scratch_;
  std::vector<TestRow> test_scratch_;
  std::vector<std::uint32_t> weights_;
  std::vector<std::uint32_t> weights_left_;
  std::vector<ClassShare> shares_;
};

}  // namespace tenfold
