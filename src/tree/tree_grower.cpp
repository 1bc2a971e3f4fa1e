#include "tree/tree_grower.hpp"

#include <algorithm>
#include <numeric>

namespace tenfold {

namespace {

/// A split that gains less than this a class (in units of weight) is checked with the exact formula; the
/// potentials of a class are off by at most two units of 2**-26.
constexpr double kDoubtfulGain = 1e-5;

std::uint32_t total(std::span<const std::uint32_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint32_t{0});
}

std::vector<std::uint32_t> difference(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::vector<std::uint32_t> result(a.size());
  std::transform(a.begin(), a.end(), b.begin(), result.begin(), std::minus<>());
  return result;
}

/// Moves what `goes_left` picks to the front of `items`; returns how many. Keeps the order of the left
/// part and reverses that of the right one. Branch-free: which way a row goes is a coin toss.
template <typename T, typename GoesLeft>
std::uint32_t partition(std::span<T> items, std::vector<T>& scratch, GoesLeft&& goes_left) {
  if (scratch.size() < items.size()) {
    scratch.resize(items.size());
  }
  T* const right = scratch.data();
  std::uint32_t n_left = 0;
  std::uint32_t n_right = 0;
  for (const T item : items) {
    const bool left = goes_left(item);
    items[n_left] = item;
    right[n_right] = item;
    n_left += static_cast<std::uint32_t>(left);
    n_right += static_cast<std::uint32_t>(!left);
  }
  std::copy_n(right, n_right, items.data() + n_left);
  return n_left;
}

}  // namespace

TreeGrower::TreeGrower(const Dataset& dataset, const GrowthRules& rules, std::size_t largest_weight,
                       const std::atomic<bool>* cancelled)
    : dataset_(dataset),
      rules_(rules),
      cancelled_(cancelled),
      search_(dataset, rules, largest_weight),
      block_(dataset, rules),
      block_counts_(dataset.n_classes()) {}

void TreeGrower::grow(std::span<TrainingRow> rows, std::span<TestRow> test_rows,
                      std::uint32_t generator_state, LeafSink& sink, TreeRecorder* recorder) {
  rows_ = rows;
  test_rows_ = test_rows;
  sink_ = &sink;
  recorder_ = recorder;

  if (streams_.empty()) {
    streams_.emplace_back();
  }
  GrowthStream& first = streams_.front();
  first.restart(generator_state, dataset_.n_columns());
  first.members = rules_.all();
  n_streams_ = 1;

  RangeNode root;
  root.state.live = rules_.all();
  root.state.test_rows = {0, static_cast<std::uint32_t>(test_rows.size())};
  root.rows = {0, static_cast<std::uint32_t>(rows.size())};
  counts_.assign(dataset_.n_classes(), 0);
  for (const TrainingRow& row : rows) {
    counts_[row.label] += row.weight;
  }
  root.weight = total(counts_);
  total_weight_ = root.weight;
  first.pending.push_back(root);
  first.pending_counts = counts_;

  // The newest stream goes first: it knows the finest division of the buffers, and an older one that
  // divides a node otherwise would destroy the ranges of its pending nodes.
  while (n_streams_ != 0 && !is_cancelled()) {
    if (streams_[n_streams_ - 1].pending.empty()) {
      --n_streams_;
    } else {
      run(n_streams_ - 1);
    }
  }
}

void TreeGrower::run(std::size_t stream) {
  const std::size_t n_classes = dataset_.n_classes();
  std::vector<std::uint32_t> counts(n_classes);
  GrowthStream& own = streams_[stream];
  while (!own.pending.empty()) {
    if (is_cancelled()) {
      return;
    }
    const RangeNode node = own.pending.back();
    own.pending.pop_back();
    const std::size_t rest = own.pending_counts.size() - n_classes;
    std::copy_n(own.pending_counts.begin() + static_cast<std::ptrdiff_t>(rest), n_classes, counts.begin());
    own.pending_counts.resize(rest);
    visit(stream, node, counts);
  }
}

std::size_t TreeGrower::part(std::size_t stream, MemberSet members) {
  if (n_streams_ == streams_.size()) {
    streams_.emplace_back();
  }
  const std::size_t copy = n_streams_++;
  streams_[copy] = streams_[stream];
  streams_[copy].members = members;
  streams_[stream].members &= ~members;
  return copy;
}

SplitPoint TreeGrower::split_point(const Choice& choice) const {
  if (rules_.splitter() == Splitter::kRandom) {
    return {choice.feature, choice.below, choice.threshold};
  }
  return midpoint_split(dataset_.column(choice.feature), choice);
}

std::uint32_t TreeGrower::divide_test_rows(Range range, const SplitPoint& split) {
  const Column& column = dataset_.column(split.feature);
  const std::span<TestRow> rows = test_rows_.subspan(range.begin, range.size());
  return range.begin + partition(rows, test_scratch_, [&](const TestRow& row) {
           return dataset_.rank(row.row, column) <= split.cut;
         });
}

double TreeGrower::impurity(std::span<const std::uint32_t> counts, Criterion criterion) const {
  const double weight = total(counts);
  return criterion == Criterion::kGini ? gini(counts, weight) : entropy(counts, weight);
}

MemberSet TreeGrower::too_little_improvement(MemberSet members, Criterion criterion,
                                             std::span<const std::uint32_t> counts,
                                             std::span<const std::uint32_t> counts_left) const {
  const std::vector<std::uint32_t> counts_right = difference(counts, counts_left);
  const double gain =
      improvement(total_weight_, total(counts), impurity(counts, criterion), total(counts_left),
                  impurity(counts_left, criterion), total(counts_right), impurity(counts_right, criterion));
  MemberSet result = 0;
  for (std::size_t m = 0; m < rules_.members().size(); ++m) {
    result |= MemberSet{gain + kEpsilon < rules_.members()[m].min_impurity_decrease} << m;
  }
  return result & members;
}

std::int32_t TreeGrower::record(const NodeState& state, std::uint32_t n_rows,
                                std::span<const std::uint32_t> counts) {
  const Criterion criterion = rules_.variants().front().criterion;
  return recorder_->add(state.position, state.depth, n_rows, total(counts), impurity(counts, criterion),
                        counts);
}

// ---------------------------------------------------------------------------------------------------
// Nodes that are ranges of the row buffer.

void TreeGrower::range_leaf(const RangeNode& node, MemberSet members, std::span<const std::uint32_t> counts) {
  if (node.state.test_rows.empty()) {
    return;
  }
  shares_.clear();
  for (std::size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] != 0) {
      shares_.push_back({static_cast<std::uint32_t>(label),
                         static_cast<double>(counts[label]) / static_cast<double>(node.weight)});
    }
  }
  sink_->leaf(members, test_rows_.subspan(node.state.test_rows.begin, node.state.test_rows.size()), shares_);
}

void TreeGrower::visit(std::size_t stream, RangeNode node, std::span<const std::uint32_t> counts) {
  const MemberSet live = live_members(streams_[stream], node.state);
  counts_.assign(counts.begin(), counts.end());
  if (node.divide) {
    divide(streams_[stream], node, node.split, live, node.state.n_constants);
    return;
  }
  if (rules_.is_free() && node.state.test_rows.empty() && recorder_ == nullptr) {
    return;  // nobody asks what lies below, and no later draw depends on it
  }
  const bool pure = *std::max_element(counts.begin(), counts.end()) == node.weight;
  const MemberSet stopping =
      pure ? live : rules_.stopping(live, node.state.depth, node.rows.size(), node.weight);
  if (recorder_ != nullptr && (stopping != 0 || node.weight > LeafBlock::kCapacity)) {
    node.state.position.parent = record(node.state, node.rows.size(), counts);
  }
  if (stopping != 0) {
    range_leaf(node, stopping, counts);
  }
  const MemberSet growing = live & ~stopping;
  if (growing == 0) {
    return;
  }
  if (stopping != 0 && !rules_.is_free()) {
    part(stream, stopping);
  }
  if (node.weight <= LeafBlock::kCapacity) {
    run_block(stream, node, growing);
    return;
  }

  GrowthStream& own = streams_[stream];
  search_.begin(rows_.subspan(node.rows.begin, node.rows.size()), counts_, node.weight, growing);
  const std::uint32_t n_constants =
      own.draw_features(rules_.max_features(), node.state.n_constants,
                        [&](std::uint32_t feature) { return search_.examine(feature, own.generator); });
  settle_range(stream, node, growing, n_constants);
}

/// After the search: leaves for members without a split, a division for each group of the others.
void TreeGrower::settle_range(std::size_t stream, const RangeNode& node, MemberSet live,
                              std::uint32_t n_constants) {
  groups_.clear();
  MemberSet leaves = 0;
  const double doubtful = kDoubtfulGain * static_cast<double>(counts_.size());
  for (std::size_t v = 0; v < rules_.variants().size(); ++v) {
    MemberSet members = live & rules_.members_of(v);
    if (members == 0) {
      continue;
    }
    const Choice choice = search_.choose(v);
    if (!choice.found) {
      leaves |= members;
      continue;
    }
    const SplitPoint split = split_point(choice);
    const Criterion criterion = rules_.variants()[v].criterion;
    const double before = -static_cast<double>(node.weight) * impurity(counts_, criterion);
    if ((members & rules_.demanding()) != 0 || choice.proxy - before < doubtful) {
      count_left_rows(node.rows, split, counts_left_);
      const MemberSet short_of = too_little_improvement(members, criterion, counts_, counts_left_);
      leaves |= short_of;
      members &= ~short_of;
    }
    if (members != 0) {
      groups_.add(split, members, 0);
    }
  }
  if (leaves != 0) {
    range_leaf(node, leaves, counts_);
    if (groups_.size() != 0 && !rules_.is_free()) {
      part(stream, leaves);
    }
  }
  if (groups_.size() == 0) {
    return;
  }
  // The first group goes on at once; the others wait on the stack of this stream or of their own.
  for (std::size_t g = 1; g < groups_.size(); ++g) {
    RangeNode waiting = node;
    waiting.divide = true;
    waiting.split = groups_[g].split;
    waiting.state.live = groups_[g].members;
    waiting.state.n_constants = n_constants;
    GrowthStream& other = rules_.is_free() ? streams_[stream] : streams_[part(stream, groups_[g].members)];
    other.pending.push_back(waiting);
    other.pending_counts.insert(other.pending_counts.end(), counts_.begin(), counts_.end());
  }
  divide(streams_[stream], node, groups_[0].split, groups_[0].members, n_constants);
}

void TreeGrower::count_left_rows(Range rows, const SplitPoint& split,
                                 std::vector<std::uint32_t>& counts) const {
  const Column& column = dataset_.column(split.feature);
  counts.assign(dataset_.n_classes(), 0);
  for (const TrainingRow& row : rows_.subspan(rows.begin, rows.size())) {
    if (dataset_.rank(row.row, column) <= split.cut) {
      counts[row.label] += row.weight;
    }
  }
}

/// Divides the rows of a node whose class weights are in `counts_`, and puts its children on the stack.
void TreeGrower::divide(GrowthStream& stream, const RangeNode& node, const SplitPoint& split, MemberSet live,
                        std::uint32_t n_constants) {
  const Column& column = dataset_.column(split.feature);
  const std::span<TrainingRow> rows = rows_.subspan(node.rows.begin, node.rows.size());
  counts_left_.assign(counts_.size(), 0);
  const std::uint32_t n_left = partition(rows, row_scratch_, [&](const TrainingRow& row) {
    return dataset_.rank(row.row, column) <= split.cut;
  });
  for (const TrainingRow& row : rows.first(n_left)) {
    counts_left_[row.label] += row.weight;
  }
  const std::uint32_t test_middle = divide_test_rows(node.state.test_rows, split);
  if (recorder_ != nullptr) {
    recorder_->become_split(node.state.position.parent, split, n_left, node.rows.size() - n_left);
  }

  RangeNode left;
  left.state.live = live;
  left.state.depth = node.state.depth + 1;
  left.state.n_constants = n_constants;
  left.state.position = {node.state.position.parent, true};
  left.state.test_rows = {node.state.test_rows.begin, test_middle};
  left.rows = {node.rows.begin, node.rows.begin + n_left};
  left.weight = total(counts_left_);
  RangeNode right = left;
  right.state.position.is_left = false;
  right.state.test_rows = {test_middle, node.state.test_rows.end};
  right.rows = {node.rows.begin + n_left, node.rows.end};
  right.weight = node.weight - left.weight;

  stream.pending.push_back(right);
  for (std::size_t k = 0; k < counts_.size(); ++k) {
    stream.pending_counts.push_back(counts_[k] - counts_left_[k]);
  }
  stream.pending.push_back(left);
  stream.pending_counts.insert(stream.pending_counts.end(), counts_left_.begin(), counts_left_.end());
}

// ---------------------------------------------------------------------------------------------------
// Nodes that are bit sets within the block.

void TreeGrower::run_block(std::size_t stream, const RangeNode& node, MemberSet live) {
  block_.load(rows_.subspan(node.rows.begin, node.rows.size()));
  BlockNode root;
  root.state = node.state;
  root.state.live = live;
  root.rows = block_.all();
  streams_[stream].block_pending.push_back(root);
  // The stream and all that part from it here finish the block before it is loaded anew; again the
  // newest first, for the sake of the test rows.
  const std::size_t first_new = n_streams_;
  for (std::size_t current = stream;;) {
    while (!streams_[current].block_pending.empty()) {
      const BlockNode next = streams_[current].block_pending.back();
      streams_[current].block_pending.pop_back();
      visit(current, next);
    }
    current = n_streams_;
    while (current > first_new && streams_[current - 1].block_pending.empty()) {
      --current;
    }
    if (current == first_new) {
      return;
    }
    --current;
  }
}

void TreeGrower::count_block_rows(std::uint64_t rows, std::vector<std::uint32_t>& counts) const {
  counts.assign(dataset_.n_classes(), 0);
  const auto labels = block_.labels();
  for (std::size_t slot = 0; slot < labels.size(); ++slot) {
    counts[labels[slot]] = block_.class_weight(rows, slot);
  }
}

void TreeGrower::block_leaf(const BlockNode& node, MemberSet members) {
  if (node.state.test_rows.empty()) {
    return;
  }
  const auto weight = static_cast<double>(LeafBlock::weight(node.rows));
  const auto labels = block_.labels();
  shares_.clear();
  for (std::size_t slot = 0; slot < labels.size(); ++slot) {
    const std::uint32_t count = block_.class_weight(node.rows, slot);
    if (count != 0) {
      shares_.push_back({labels[slot], static_cast<double>(count) / weight});
    }
  }
  sink_->leaf(members, test_rows_.subspan(node.state.test_rows.begin, node.state.test_rows.size()), shares_);
}

void TreeGrower::visit(std::size_t stream, const BlockNode& pending) {
  BlockNode node = pending;
  const MemberSet live = live_members(streams_[stream], node.state);
  if (node.divide) {
    divide(streams_[stream], node, node.split, node.left, live, node.state.n_constants);
    return;
  }
  if (rules_.is_free() && node.state.test_rows.empty() && recorder_ == nullptr) {
    return;
  }
  const std::uint32_t n_rows = block_.n_rows(node.rows);
  const MemberSet stopping = block_.is_pure(node.rows) ? live
                                                       : rules_.stopping(live, node.state.depth, n_rows,
                                                                         LeafBlock::weight(node.rows));
  if (recorder_ != nullptr) {
    count_block_rows(node.rows, block_counts_);
    node.state.position.parent = record(node.state, n_rows, block_counts_);
  }
  if (stopping != 0) {
    block_leaf(node, stopping);
  }
  const MemberSet growing = live & ~stopping;
  if (growing == 0) {
    return;
  }
  if (stopping != 0 && !rules_.is_free()) {
    part(stream, stopping);
  }
  const std::uint32_t n_constants = block_.search(streams_[stream], node, growing);
  settle_block(stream, node, growing, n_constants);
}

void TreeGrower::settle_block(std::size_t stream, const BlockNode& node, MemberSet live,
                              std::uint32_t n_constants) {
  groups_.clear();
  MemberSet leaves = 0;
  for (std::size_t v = 0; v < rules_.variants().size(); ++v) {
    MemberSet members = live & rules_.members_of(v);
    if (members == 0) {
      continue;
    }
    const Choice& choice = block_.choice(v);
    if (!choice.found) {
      leaves |= members;
      continue;
    }
    const Criterion criterion = rules_.variants()[v].criterion;
    if ((members & rules_.demanding()) != 0 || !block_.gains(criterion, choice.proxy)) {
      count_block_rows(node.rows, block_counts_);
      count_block_rows(choice.left, counts_left_);
      const MemberSet short_of = too_little_improvement(members, criterion, block_counts_, counts_left_);
      leaves |= short_of;
      members &= ~short_of;
    }
    if (members != 0) {
      groups_.add(split_point(choice), members, choice.left);
    }
  }
  if (leaves != 0) {
    block_leaf(node, leaves);
    if (groups_.size() != 0 && !rules_.is_free()) {
      part(stream, leaves);
    }
  }
  if (groups_.size() == 0) {
    return;
  }
  for (std::size_t g = 1; g < groups_.size(); ++g) {
    BlockNode waiting = node;
    waiting.divide = true;
    waiting.split = groups_[g].split;
    waiting.left = groups_[g].left;
    waiting.state.live = groups_[g].members;
    waiting.state.n_constants = n_constants;
    GrowthStream& other = rules_.is_free() ? streams_[stream] : streams_[part(stream, groups_[g].members)];
    other.block_pending.push_back(waiting);
  }
  divide(streams_[stream], node, groups_[0].split, groups_[0].left, groups_[0].members, n_constants);
}

void TreeGrower::divide(GrowthStream& stream, const BlockNode& node, const SplitPoint& split,
                        std::uint64_t left, MemberSet live, std::uint32_t n_constants) {
  const std::uint32_t test_middle = divide_test_rows(node.state.test_rows, split);
  if (recorder_ != nullptr) {
    recorder_->become_split(node.state.position.parent, split, block_.n_rows(left),
                            block_.n_rows(node.rows & ~left));
  }
  BlockNode child;
  child.state.live = live;
  child.state.depth = node.state.depth + 1;
  child.state.n_constants = n_constants;
  child.state.position = {node.state.position.parent, false};
  child.state.test_rows = {test_middle, node.state.test_rows.end};
  child.rows = node.rows & ~left;
  stream.block_pending.push_back(child);
  child.state.position.is_left = true;
  child.state.test_rows = {node.state.test_rows.begin, test_middle};
  child.rows = left;
  stream.block_pending.push_back(child);
}

}  // namespace tenfold
