#include "kernels/histogram_tree.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "clones.hpp"
#include "metrics/pairwise_sum.hpp"

namespace tenfold::kernels {
namespace {

constexpr std::size_t kAlignment = 64;
/// Bins of a block in memory: with the one of missing values, in whole steps of the search.
constexpr std::size_t in_whole_steps(std::size_t n_bins) {
  return (n_bins + 1 + 3) / 4 * 4;
}

void release(std::byte* memory) {
  ::operator delete[](memory, std::align_val_t(kAlignment));
}

/// Move the rows that go left to the front, the others behind them; both keep their order.
TENFOLD_HOT std::size_t part(std::uint32_t* rows, std::size_t n_rows, std::uint32_t* to_right,
                             const std::uint8_t* codes, std::uint8_t bin, int missing_bin) {
  std::size_t n_left = 0;
  std::size_t n_right = 0;
  for (std::size_t i = 0; i < n_rows; ++i) {
    const std::uint32_t row = rows[i];
    const std::uint8_t code = codes[row];
    const bool left = code <= bin || static_cast<int>(code) == missing_bin;
    rows[n_left] = row;
    to_right[n_right] = row;
    n_left += static_cast<std::size_t>(left);
    n_right += static_cast<std::size_t>(!left);
  }
  std::copy_n(to_right, n_right, rows + n_left);
  return n_left;
}

}  // namespace

BinnedTable::BinnedTable(const std::uint8_t* codes, std::size_t n_rows, std::vector<Column> columns,
                         std::size_t n_bins)
    : codes_(codes), n_rows_(n_rows), columns_(std::move(columns)), n_bins_(n_bins) {
  const std::size_t n_blocks = (columns_.size() + kLanes - 1) / kLanes;
  blocks_.assign(n_blocks * n_rows, 0);
  for (std::size_t number = 0; number < n_blocks; ++number) {
    const std::size_t first = number * kLanes;
    const std::size_t last = std::min(first + kLanes, columns_.size());
    std::size_t widest = 1;
    for (std::size_t column = first; column < last; ++column) {
      widest = std::max<std::size_t>(widest, columns_[column].n_bins);
    }
    bins_of_block_.push_back(widest);
    std::uint32_t* rows = blocks_.data() + number * n_rows;
    for (std::size_t column = first; column < last; ++column) {
      const std::uint8_t* from = this->column(column);
      const std::size_t shift = 8 * (column - first);
      for (std::size_t row = 0; row < n_rows; ++row) {
        const std::size_t bin = from[row] == missing_bin() ? widest : from[row];
        rows[row] |= static_cast<std::uint32_t>(bin) << shift;
      }
    }
  }
}

void BinnedTable::histogram_of(Block block, std::size_t number, std::vector<Pair>& out) const {
  const std::size_t widest = bins_of_block_[number / kLanes];
  const std::size_t lane = number % kLanes;
  out.assign(n_bins_, Pair{0, 0});
  for (std::size_t bin = 0; bin < columns_[number].n_bins; ++bin) {
    out[bin] = block.bins[bin].of_lane[lane];
  }
  out[missing_bin()] = block.bins[widest].of_lane[lane];
}

void HistogramGrower::grow(std::span<const float> gradients, std::span<const float> hessians,
                           const GrowthLimits& limits, const std::function<const std::uint8_t*()>& draw) {
  limits_ = limits;
  draw_ = draw ? &draw : nullptr;
  begin(gradients, hessians);
  grow_root(hessians);
  while (!heap_.empty()) {
    split_next();
  }
  for (const std::uint32_t leaf : leaves_) {
    nodes_[leaf].value *= limits_.shrinkage;
  }
}

void HistogramGrower::begin(std::span<const float> gradients, std::span<const float> hessians) {
  const std::size_t n_rows = table_.n_rows();
  nodes_.clear();
  heap_.clear();
  leaves_.clear();
  partition_.resize(n_rows);
  std::iota(partition_.begin(), partition_.end(), 0U);
  to_right_.resize(n_rows);
  pairs_.resize(n_rows);
  node_pairs_.resize(n_rows);
  // Constant hessians are not summed but counted, as ones.
  const bool constant = hessians.size() == 1;
  for (std::size_t row = 0; row < n_rows; ++row) {
    pairs_[row] = {static_cast<double>(gradients[row]), constant ? 1.0 : static_cast<double>(hessians[row])};
  }
}

void HistogramGrower::grow_root(std::span<const float> hessians) {
  const auto n_rows = static_cast<std::uint32_t>(table_.n_rows());
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Node root{};
  root.stop = n_rows;
  root.lower = -kInfinity;
  root.upper = kInfinity;
  root.sums = take_sums();
  for (std::size_t block = 0; block < table_.n_blocks(); ++block) {
    sum_block(root, block, root.sums->blocks[block]);
  }
  std::vector<Pair> histogram;
  table_.histogram_of(root.sums->blocks[0], 0, histogram);
  std::vector<double> sums(histogram.size());
  std::ranges::transform(histogram, sums.begin(), &Pair::gradient);
  root.gradient = numpy_sum(sums.data(), sums.size());
  if (hessians.size() == 1) {
    root.hessian = static_cast<double>(hessians[0]) * static_cast<double>(n_rows);
  } else {
    std::ranges::transform(histogram, sums.begin(), &Pair::hessian);
    root.hessian = numpy_sum(sums.data(), sums.size());
  }
  nodes_.push_back(std::move(root));
  const bool too_few = n_rows < 2 * static_cast<std::uint64_t>(limits_.split.min_samples_leaf);
  if (too_few || nodes_[0].hessian < limits_.split.min_hessian) {
    make_leaf(0);
    return;
  }
  const NodeSums sums_of_root = sums_of(nodes_[0], drawn());
  BinSplit best;
  for (std::size_t block = 0; block < table_.n_blocks(); ++block) {
    search(nodes_[0].sums->blocks[block], table_.columns(), block * kLanes, table_.bins_of_block(block),
           sums_of_root, limits_.split, best);
  }
  settle(0, sums_of_root, best);
}

void HistogramGrower::split_next() {
  const std::uint32_t number = pop();
  const std::uint32_t middle = divide(nodes_[number]);
  const std::size_t n_leaves = leaves_.size() + heap_.size() + 2;
  const std::uint32_t start = nodes_[number].start;
  const std::uint32_t stop = nodes_[number].stop;
  nodes_.reserve(nodes_.size() + 2);
  const std::uint32_t left = add_child(nodes_[number], start, middle, true);
  const std::uint32_t right = add_child(nodes_[number], middle, stop, false);
  Node& parent = nodes_[number];
  parent.left = left;
  parent.right = right;
  if (!table_.columns()[parent.split.column].has_missing) {
    parent.split.missing_left = nodes_[left].n_rows() > nodes_[right].n_rows();
  }
  if (limits_.max_leaf_nodes && n_leaves == *limits_.max_leaf_nodes) {
    make_leaf(left);
    make_leaf(right);
    free_sums_.push_back(std::move(parent.sums));
    while (!heap_.empty()) {
      make_leaf(heap_.back());
      heap_.pop_back();
    }
    return;
  }
  if (limits_.max_depth && nodes_[left].depth == *limits_.max_depth) {
    make_leaf(left);
    make_leaf(right);
    free_sums_.push_back(std::move(parent.sums));
    return;
  }
  const std::uint64_t fewest = 2 * static_cast<std::uint64_t>(limits_.split.min_samples_leaf);
  const bool search_left = nodes_[left].n_rows() >= fewest;
  const bool search_right = nodes_[right].n_rows() >= fewest;
  if (!search_left) {
    make_leaf(left);
  }
  if (!search_right) {
    make_leaf(right);
  }
  bound_children(parent, nodes_[left], nodes_[right]);
  if (search_left || search_right) {
    search_children(number, search_left, search_right);
  } else {
    free_sums_.push_back(std::move(parent.sums));
  }
}

std::uint32_t HistogramGrower::add_child(const Node& parent, std::uint32_t start, std::uint32_t stop,
                                         bool is_left) {
  Node child{};
  const BinSplit& split = parent.split;
  child.start = start;
  child.stop = stop;
  child.depth = parent.depth + 1;
  child.gradient = is_left ? split.gradient_left : parent.gradient - split.gradient_left;
  child.hessian = is_left ? split.hessian_left : parent.hessian - split.hessian_left;
  child.value =
      value_of(child.gradient, child.hessian, limits_.split.l2_regularization, parent.lower, parent.upper);
  child.lower = -std::numeric_limits<double>::infinity();
  child.upper = std::numeric_limits<double>::infinity();
  nodes_.push_back(std::move(child));  // within what has been reserved: `parent` stays where it is
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t HistogramGrower::divide(const Node& node) {
  const int missing = node.split.missing_left ? static_cast<int>(table_.missing_bin()) : -1;
  const std::size_t n_left =
      part(partition_.data() + node.start, node.n_rows(), to_right_.data(), table_.column(node.split.column),
           static_cast<std::uint8_t>(node.split.bin), missing);
  return node.start + static_cast<std::uint32_t>(n_left);
}

void HistogramGrower::bound_children(const Node& parent, Node& left, Node& right) const {
  if (!limits_.split.constrains) {
    return;
  }
  left.lower = right.lower = parent.lower;
  left.upper = right.upper = parent.upper;
  const std::int8_t monotonic = table_.columns()[parent.split.column].monotonic;
  if (monotonic == 0) {
    return;
  }
  const double middle = (left.value + right.value) / 2;
  (monotonic > 0 ? left : right).upper = middle;
  (monotonic > 0 ? right : left).lower = middle;
}

void HistogramGrower::search_children(std::uint32_t parent, bool left_too, bool right_too) {
  Node& left = nodes_[nodes_[parent].left];
  Node& right = nodes_[nodes_[parent].right];
  const bool left_is_smaller = left.n_rows() < right.n_rows();
  Node& small = left_is_smaller ? left : right;
  Node& large = left_is_smaller ? right : left;
  // Drawn in the order in which scikit-learn searches.
  if (left_too && draw_ != nullptr) {
    const std::uint8_t* mask = drawn();
    left_mask_.assign(mask, mask + table_.columns().size());
  }
  const std::uint8_t* right_mask = right_too ? drawn() : nullptr;
  const NodeSums left_sums = sums_of(left, draw_ == nullptr ? nullptr : left_mask_.data());
  const NodeSums right_sums = sums_of(right, right_mask);
  const bool small_too = left_is_smaller ? left_too : right_too;
  const bool large_too = left_is_smaller ? right_too : left_too;
  const NodeSums& small_sums = left_is_smaller ? left_sums : right_sums;
  const NodeSums& large_sums = left_is_smaller ? right_sums : left_sums;

  small.sums = take_sums();
  large.sums = std::move(nodes_[parent].sums);
  sum_rows(small);
  BinSplit small_best;
  BinSplit large_best;
  for (std::size_t block = 0; block < table_.n_blocks(); ++block) {
    const std::size_t n_bins = table_.bins_of_block(block);
    sum_block(small, block, small.sums->blocks[block]);
    if (small_too) {
      search(small.sums->blocks[block], table_.columns(), block * kLanes, n_bins, small_sums, limits_.split,
             small_best);
    }
    if (large_too) {
      subtract(large.sums->blocks[block], small.sums->blocks[block], in_whole_steps(n_bins));
      search(large.sums->blocks[block], table_.columns(), block * kLanes, n_bins, large_sums, limits_.split,
             large_best);
    }
  }
  if (left_too) {
    settle(nodes_[parent].left, left_sums, left_is_smaller ? small_best : large_best);
  }
  if (right_too) {
    settle(nodes_[parent].right, right_sums, left_is_smaller ? large_best : small_best);
  }
  for (Node* child : {&left, &right}) {
    if (child->is_leaf && child->sums) {
      free_sums_.push_back(std::move(child->sums));
    }
  }
}

void HistogramGrower::sum_rows(const Node& node) {
  const std::uint32_t* rows = partition_.data() + node.start;
  for (std::size_t i = 0; i < node.n_rows(); ++i) {
    node_pairs_[i] = pairs_[rows[i]];
  }
}

void HistogramGrower::sum_block(const Node& node, std::size_t block, Block out) const {
  const std::size_t n_bins = in_whole_steps(table_.bins_of_block(block));
  std::memset(static_cast<void*>(out.bins), 0, n_bins * sizeof(Bin));
  std::memset(static_cast<void*>(out.counts), 0, n_bins * sizeof(Counts));
  const bool all = node.n_rows() == table_.n_rows();
  add_rows(table_.block(block), all ? nullptr : partition_.data() + node.start, node.n_rows(),
           all ? pairs_.data() : node_pairs_.data(), out);
}

NodeSums HistogramGrower::sums_of(const Node& node, const std::uint8_t* allowed) const {
  return {node.n_rows(), node.gradient, node.hessian, node.value, node.lower, node.upper, allowed};
}

void HistogramGrower::settle(std::uint32_t number, const NodeSums& sums, BinSplit best) {
  Node& node = nodes_[number];
  const auto same = [](const BinSplit& a, const BinSplit& b) {
    return a.gain == b.gain && a.bin == b.bin && a.missing_left == b.missing_left;
  };
  const auto of_column = [&](std::size_t column) {
    return search_column(node.sums->blocks[column / kLanes], table_.columns()[column], column, sums,
                         limits_.split);
  };
  if (best.gain > 0 && !same(best, of_column(best.column))) {
    // A sum of hessians fell along the scan, so that scikit-learn leaves it earlier: bin by bin, then.
    best = BinSplit{};
    for (std::size_t column = 0; column < table_.columns().size(); ++column) {
      if (sums.allowed == nullptr || sums.allowed[column] != 0) {
        if (const BinSplit split = of_column(column); split.gain > best.gain) {
          best = split;
        }
      }
    }
  }
  node.split = best;
  node.is_searched = true;
  if (best.gain <= 0) {
    make_leaf(number);
  } else {
    push(number);
  }
}

void HistogramGrower::make_leaf(std::uint32_t number) {
  Node& node = nodes_[number];
  node.is_leaf = true;
  if (node.sums) {
    free_sums_.push_back(std::move(node.sums));
  }
  leaves_.push_back(number);
}

const std::uint8_t* HistogramGrower::drawn() {
  return draw_ == nullptr ? nullptr : (*draw_)();
}

std::unique_ptr<HistogramGrower::Sums> HistogramGrower::take_sums() {
  if (!free_sums_.empty()) {
    auto sums = std::move(free_sums_.back());
    free_sums_.pop_back();
    return sums;
  }
  std::size_t n_bins = 0;
  for (std::size_t block = 0; block < table_.n_blocks(); ++block) {
    n_bins += in_whole_steps(table_.bins_of_block(block));
  }
  const std::size_t n_bytes = n_bins * (sizeof(Bin) + sizeof(Counts));
  auto* memory = static_cast<std::byte*>(::operator new[](n_bytes, std::align_val_t(kAlignment)));
  auto sums = std::make_unique<Sums>(Sums{{}, {memory, &release}});
  auto* bins = reinterpret_cast<Bin*>(memory);
  auto* counts = reinterpret_cast<Counts*>(memory + n_bins * sizeof(Bin));
  for (std::size_t block = 0; block < table_.n_blocks(); ++block) {
    sums->blocks.push_back({bins, counts});
    bins += in_whole_steps(table_.bins_of_block(block));
    counts += in_whole_steps(table_.bins_of_block(block));
  }
  return sums;
}

bool HistogramGrower::is_before(std::uint32_t a, std::uint32_t b) const {
  return nodes_[a].split.gain > nodes_[b].split.gain;
}

// The heap is Python's `heapq`, whose order among equals is its own.

void HistogramGrower::push(std::uint32_t number) {
  heap_.push_back(number);
  sift_down(0, heap_.size() - 1);
}

std::uint32_t HistogramGrower::pop() {
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (heap_.empty()) {
    return last;
  }
  const std::uint32_t first = heap_[0];
  const std::size_t end = heap_.size();
  std::size_t at = 0;
  for (std::size_t child = 1; child < end; child = 2 * at + 1) {
    if (child + 1 < end && !is_before(heap_[child], heap_[child + 1])) {
      ++child;
    }
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = last;
  sift_down(0, at);
  return first;
}

void HistogramGrower::sift_down(std::size_t start, std::size_t at) {
  const std::uint32_t item = heap_[at];
  while (at > start) {
    const std::size_t parent = (at - 1) / 2;
    if (!is_before(item, heap_[parent])) {
      break;
    }
    heap_[at] = heap_[parent];
    at = parent;
  }
  heap_[at] = item;
}

std::vector<Leaf> HistogramGrower::leaves() const {
  std::vector<Leaf> leaves;
  leaves.reserve(leaves_.size());
  for (const std::uint32_t leaf : leaves_) {
    leaves.push_back({nodes_[leaf].start, nodes_[leaf].stop, nodes_[leaf].value});
  }
  return leaves;
}

void HistogramGrower::set_leaf_values(std::span<const double> values) {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    nodes_[leaves_[i]].value = values[i];
  }
}

void HistogramGrower::add_to(std::span<double> raw) const {
  for (const std::uint32_t leaf : leaves_) {
    const Node& node = nodes_[leaf];
    for (std::uint32_t at = node.start; at < node.stop; ++at) {
      raw[partition_[at]] += node.value;
    }
  }
}

void HistogramGrower::write(std::span<const double> thresholds, std::span<const std::int64_t> offsets,
                            std::uint8_t* records) const {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  struct Place {
    std::uint32_t node;
    std::uint32_t is_right_of;  ///< record, or none
  };
  std::vector<Place> waiting{{0, kNone}};
  for (std::uint32_t next = 0; !waiting.empty(); ++next) {
    const Place place = waiting.back();
    waiting.pop_back();
    if (place.is_right_of != kNone) {
      std::memcpy(records + place.is_right_of * sizeof(NodeRecord) + offsetof(NodeRecord, right), &next,
                  sizeof(next));
    }
    const Node& node = nodes_[place.node];
    NodeRecord record{};
    record.value = node.value;
    record.count = node.n_rows();
    record.depth = node.depth;
    record.gain = node.is_searched ? node.split.gain : -1;
    record.is_leaf = static_cast<std::uint8_t>(node.is_leaf);
    if (!node.is_leaf) {
      const std::size_t column = node.split.column;
      const bool on_missing = node.split.bin == table_.columns()[column].n_bins - 1;
      record.column = static_cast<std::int64_t>(column);
      record.bin = static_cast<std::uint8_t>(node.split.bin);
      record.missing_left = static_cast<std::uint8_t>(node.split.missing_left);
      record.threshold = on_missing ? std::numeric_limits<double>::infinity()
                                    : thresholds[static_cast<std::size_t>(offsets[column]) + node.split.bin];
      record.left = next + 1;
      waiting.push_back({node.right, next});
      waiting.push_back({node.left, kNone});
    }
    std::memcpy(records + next * sizeof(NodeRecord), &record, sizeof(record));
  }
}

}  // namespace tenfold::kernels
