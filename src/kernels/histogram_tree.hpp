#pragma once

/// Trees of histogram gradient boosting, node for node those of scikit-learn 1.9's `TreeGrower`
/// (`ensemble/_hist_gradient_boosting/grower.py`): the node of the largest gain is split first, ties in the
/// order of Python's `heapq`, rows keep their order in each child.
///
/// A grower belongs to one table of bins and grows one tree after the other in the same memory.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "kernels/histogram_block.hpp"

namespace tenfold::kernels {

/// Bins of all rows, by column as scikit-learn has them (viewed, not copied) and by blocks of four columns.
class BinnedTable {
 public:
  /// `codes` is column after column; `missing_bin` is the last of `n_bins` bins.
  BinnedTable(const std::uint8_t* codes, std::size_t n_rows, std::vector<Column> columns, std::size_t n_bins);

  [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
  [[nodiscard]] std::size_t n_blocks() const { return bins_of_block_.size(); }
  [[nodiscard]] std::size_t missing_bin() const { return n_bins_ - 1; }
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] const std::uint8_t* column(std::size_t number) const { return codes_ + number * n_rows_; }
  [[nodiscard]] const std::uint32_t* block(std::size_t number) const {
    return blocks_.data() + number * n_rows_;
  }
  /// Bins of a block's widest column; missing values have the one behind them.
  [[nodiscard]] std::size_t bins_of_block(std::size_t number) const { return bins_of_block_[number]; }
  /// A column's sums in scikit-learn's order, all `n_bins` of them.
  void histogram_of(Block block, std::size_t number, std::vector<Pair>& out) const;

 private:
  const std::uint8_t* codes_;
  std::size_t n_rows_;
  std::vector<Column> columns_;
  std::size_t n_bins_;
  std::vector<std::uint32_t> blocks_;
  std::vector<std::size_t> bins_of_block_;
};

struct GrowthLimits {
  SplitLimits split;
  std::optional<std::size_t> max_leaf_nodes;
  std::optional<std::uint32_t> max_depth;
  double shrinkage;
};

/// scikit-learn's record of a node (`PREDICTOR_RECORD_DTYPE`), byte for byte.
#pragma pack(push, 1)
struct NodeRecord {
  double value;
  std::uint32_t count;
  std::int64_t column;
  double threshold;
  std::uint8_t missing_left;
  std::uint32_t left;
  std::uint32_t right;
  double gain;
  std::uint32_t depth;
  std::uint8_t is_leaf;
  std::uint8_t bin;
  std::uint8_t is_categorical;
  std::uint32_t bitset;
};
#pragma pack(pop)
static_assert(sizeof(NodeRecord) == 56);

/// Rows that a leaf has: from `start` to `stop` of the partition.
struct Leaf {
  std::uint32_t start;
  std::uint32_t stop;
  double value;
};

class HistogramGrower {
 public:
  explicit HistogramGrower(BinnedTable table) : table_(std::move(table)) {}
  HistogramGrower(const HistogramGrower&) = delete;
  HistogramGrower& operator=(const HistogramGrower&) = delete;
  HistogramGrower(HistogramGrower&&) = delete;
  HistogramGrower& operator=(HistogramGrower&&) = delete;
  ~HistogramGrower() = default;

  /// Grow a tree. `hessians` has one element where they are constant; `draw`, if any, gives the columns
  /// that the next node may be split by.
  void grow(std::span<const float> gradients, std::span<const float> hessians, const GrowthLimits& limits,
            const std::function<const std::uint8_t*()>& draw);

  [[nodiscard]] const BinnedTable& table() const { return table_; }
  [[nodiscard]] std::size_t n_nodes() const { return nodes_.size(); }
  [[nodiscard]] const std::vector<std::uint32_t>& partition() const { return partition_; }
  /// The leaves in scikit-learn's order.
  [[nodiscard]] std::vector<Leaf> leaves() const;
  /// Values in place of the leaves' own, in the same order.
  void set_leaf_values(std::span<const double> values);
  /// Add each row's leaf's value.
  void add_to(std::span<double> raw) const;
  /// Write records, parents before children, left before right; `thresholds` of all columns one after the
  /// other, a column's from `offsets` on.
  void write(std::span<const double> thresholds, std::span<const std::int64_t> offsets,
             std::uint8_t* records) const;

 private:
  /// Memory of one node's histograms.
  struct Sums {
    std::vector<Block> blocks;
    std::unique_ptr<std::byte[], void (*)(std::byte*)> memory;
  };

  struct Node {
    std::uint32_t start;
    std::uint32_t stop;
    std::uint32_t depth;
    double gradient;
    double hessian;
    double value;
    double lower;
    double upper;
    BinSplit split;
    bool is_leaf = false;
    bool is_searched = false;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::unique_ptr<Sums> sums;

    [[nodiscard]] std::uint32_t n_rows() const { return stop - start; }
  };

  void begin(std::span<const float> gradients, std::span<const float> hessians);
  void grow_root(std::span<const float> hessians);
  void split_next();
  std::uint32_t add_child(const Node& parent, std::uint32_t start, std::uint32_t stop, bool is_left);
  std::uint32_t divide(const Node& node);
  void bound_children(const Node& parent, Node& left, Node& right) const;
  void search_children(std::uint32_t parent, bool left_too, bool right_too);
  [[nodiscard]] std::uint32_t other_child(std::uint32_t parent, std::uint32_t child) const;
  void sum_rows(const Node& node);
  void sum_block(const Node& node, std::size_t block, Block out) const;
  [[nodiscard]] NodeSums sums_of(const Node& node, const std::uint8_t* allowed) const;
  void settle(std::uint32_t number, const NodeSums& sums, BinSplit best);
  void make_leaf(std::uint32_t number);
  [[nodiscard]] const std::uint8_t* drawn();
  std::unique_ptr<Sums> take_sums();
  void push(std::uint32_t number);
  std::uint32_t pop();
  [[nodiscard]] bool is_before(std::uint32_t a, std::uint32_t b) const;
  void sift_down(std::size_t start, std::size_t at);

  BinnedTable table_;
  GrowthLimits limits_{};
  const std::function<const std::uint8_t*()>* draw_ = nullptr;
  std::vector<Pair> pairs_;       ///< by row
  std::vector<Pair> node_pairs_;  ///< of the rows of the node that is being summed
  std::vector<std::uint32_t> partition_;
  std::vector<std::uint32_t> to_right_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> heap_;
  std::vector<std::uint32_t> leaves_;
  std::vector<std::unique_ptr<Sums>> free_sums_;
  std::vector<std::uint8_t> left_mask_;
};

}  // namespace tenfold::kernels
