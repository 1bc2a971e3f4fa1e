#include "trees/tree_grower.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <type_traits>

namespace tenfold {

namespace {

/// A split that gains less than this a class (in units of weight) is checked with the exact formula; the
/// potentials of a class are off by at most two units of 2**-26.
constexpr double kDoubtfulGain = 1e-5;

std::uint32_t total(std::span<const std::uint32_t> weights) {
  return std::accumulate(weights.begin(), weights.end(), std::uint32_t{0});
}

double impurity(std::span<const std::uint32_t> weights, Criterion criterion) {
  const double weight = total(weights);
  return criterion == Criterion::kGini ? gini(weights, weight) : entropy(weights, weight);
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

TreeGrower::TreeGrower(const RankedColumns& columns, std::size_t n_classes, const GrowthRules& rules,
                       std::size_t largest_weight, const std::atomic<bool>* cancelled)
    : columns_(columns),
      n_classes_(n_classes),
      rules_(rules),
      cancelled_(cancelled),
      search_(columns, n_classes, rules, largest_weight),
      block_(columns, rules) {}

void TreeGrower::grow(std::span<TrainingRow> rows, std::span<TestRow> test_rows,
                      std::uint32_t generator_state, MemberSet live, LeafSink& sink, TreeRecorder* recorder) {
  rows_ = rows;
  test_rows_ = test_rows;
  sink_ = &sink;
  recorder_ = recorder;

  if (streams_.empty()) {
    streams_.emplace_back();
  }
  GrowthStream& first = streams_.front();
  first.restart(generator_state, columns_.n_columns());
  first.members = live;
  n_streams_ = 1;

  RangeNode root;
  root.state.live = live;
  root.state.test_rows = {0, static_cast<std::uint32_t>(test_rows.size())};
  root.rows = {0, static_cast<std::uint32_t>(rows.size())};
  weights_.assign(n_classes_, 0);
  for (const TrainingRow& row : rows) {
    weights_[row.label] += row.weight;
  }
  root.weight = total(weights_);
  total_weight_ = root.weight;
  first.pending.push_back(root);
  first.pending_weights = weights_;

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
  GrowthStream& own = streams_[stream];
  while (!own.pending.empty() && !is_cancelled()) {
    const RangeNode node = own.pending.back();
    own.pending.pop_back();
    const auto first = own.pending_weights.end() - static_cast<std::ptrdiff_t>(n_classes_);
    weights_.assign(first, own.pending_weights.end());
    own.pending_weights.erase(first, own.pending_weights.end());
    visit(stream, node);
  }
}

/// Runs the subtree below a node whose rows fit into a block.
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
  return midpoint_split(columns_.column(choice.feature), choice);
}

std::uint32_t TreeGrower::divide_test_rows(Range range, const SplitPoint& split) {
  const std::span<TestRow> rows = test_rows_.subspan(range.begin, range.size());
  return range.begin + columns_.with_ranks_for(rows.size(), columns_.column(split.feature), [&](auto ranks) {
    return partition(rows, test_scratch_, [&](const TestRow& row) { return ranks[row.row] <= split.cut; });
  });
}

MemberSet TreeGrower::too_little_improvement(MemberSet members, Criterion criterion) const {
  const std::vector<std::uint32_t> weights_right = difference(weights_, weights_left_);
  const double gain = improvement(total_weight_, total(weights_), impurity(weights_, criterion),
                                  total(weights_left_), impurity(weights_left_, criterion),
                                  total(weights_right), impurity(weights_right, criterion));
  MemberSet result = 0;
  for (std::size_t m = 0; m < rules_.members().size(); ++m) {
    result |= MemberSet{gain + kEpsilon < rules_.members()[m].min_impurity_decrease} << m;
  }
  return result & members;
}

template <typename Node>
std::int32_t TreeGrower::record(const Node& node) {
  load_weights(node);
  return recorder_->add(node.state.position, node.state.depth, n_rows_of(node), weight_of(node),
                        impurity(weights_, rules_.variants().front().criterion), weights_);
}

template <typename Node>
void TreeGrower::leaf(const Node& node, MemberSet members) {
  const Range test_rows = node.state.test_rows;
  if (!test_rows.empty()) {
    load_shares(node);
    sink_->leaf(members, test_rows_.subspan(test_rows.begin, test_rows.size()), shares_);
  }
}

template <typename Node>
void TreeGrower::visit(std::size_t stream, Node node) {
  constexpr bool kIsRange = std::is_same_v<Node, RangeNode>;
  const MemberSet live = node.state.live & streams_[stream].members;
  if (node.divide) {
    divide(streams_[stream], node, {node.split, live, node.left}, node.state.n_constants);
    return;
  }
  if (rules_.is_free() && node.state.test_rows.empty() && recorder_ == nullptr) {
    return;  // nobody asks what lies below, and no later draw depends on it
  }
  const std::uint32_t weight = weight_of(node);
  const MemberSet stopping =
      is_pure(node) ? live : rules_.stopping(live, node.state.depth, n_rows_of(node), weight);
  const MemberSet growing = live & ~stopping;
  const bool becomes_block = kIsRange && growing != 0 && weight <= LeafBlock::kCapacity;
  if (recorder_ != nullptr && !becomes_block) {
    node.state.position.parent = record(node);
  }
  if (stopping != 0) {
    leaf(node, stopping);
  }
  if (growing == 0) {
    return;
  }
  if (stopping != 0 && !rules_.is_free()) {
    part(stream, stopping);
  }
  if constexpr (kIsRange) {
    if (becomes_block) {
      run_block(stream, node, growing);
      return;
    }
  }
  const std::uint32_t n_constants = search(streams_[stream], node, growing);
  settle(stream, node, growing, n_constants);
}

template <typename Node>
void TreeGrower::settle(std::size_t stream, const Node& node, MemberSet live, std::uint32_t n_constants) {
  groups_.clear();
  MemberSet leaves = 0;
  for (std::size_t v = 0; v < rules_.variants().size(); ++v) {
    const MemberSet members = live & rules_.members_of(v);
    if (members == 0) {
      continue;
    }
    const Choice choice = choose(node, v);
    if (!choice.found) {
      leaves |= members;
      continue;
    }
    DivisionGroup group{split_point(choice), members, choice.left};
    const Criterion criterion = rules_.variants()[v].criterion;
    if ((members & rules_.demanding()) != 0 || !gains(node, criterion, choice.proxy)) {
      load_weights(node);
      count_left(node, group);
      const MemberSet refused = too_little_improvement(members, criterion);
      leaves |= refused;
      group.members &= ~refused;
    }
    if (group.members != 0) {
      groups_.add(group);
    }
  }
  if (leaves != 0) {
    leaf(node, leaves);
    if (groups_.size() != 0 && !rules_.is_free()) {
      part(stream, leaves);
    }
  }
  if (groups_.size() == 0) {
    return;
  }
  // The first group goes on at once; the others wait on the stack of this stream or of their own.
  for (std::size_t g = 1; g < groups_.size(); ++g) {
    const DivisionGroup& group = groups_[g];
    Node waiting = node;
    waiting.divide = true;
    waiting.split = group.split;
    waiting.left = group.left;
    waiting.state.live = group.members;
    waiting.state.n_constants = n_constants;
    wait(rules_.is_free() ? streams_[stream] : streams_[part(stream, group.members)], waiting);
  }
  divide(streams_[stream], node, groups_[0], n_constants);
}

// ---------------------------------------------------------------------------------------------------
// Nodes that are ranges of the row buffer.

bool TreeGrower::is_pure(const RangeNode& node) const {
  return *std::max_element(weights_.begin(), weights_.end()) == node.weight;
}

void TreeGrower::load_shares(const RangeNode& node) {
  shares_.clear();
  for (std::size_t label = 0; label < weights_.size(); ++label) {
    if (weights_[label] != 0) {
      shares_.push_back({static_cast<std::uint32_t>(label),
                         static_cast<double>(weights_[label]) / static_cast<double>(node.weight)});
    }
  }
}

std::uint32_t TreeGrower::search(GrowthStream& stream, const RangeNode& node, MemberSet live) {
  search_.begin(rows_.subspan(node.rows.begin, node.rows.size()), weights_, node.weight, live);
  return stream.draw.draw(rules_.max_features(), node.state.n_constants, [&](std::uint32_t feature) {
    return search_.examine(feature, stream.draw.generator);
  });
}

Choice TreeGrower::choose(const RangeNode& /*node*/, std::size_t variant) {
  return search_.choose(variant);
}

bool TreeGrower::gains(const RangeNode& node, Criterion criterion, double proxy) const {
  const double before = -static_cast<double>(node.weight) * impurity(weights_, criterion);
  return proxy - before >= kDoubtfulGain * static_cast<double>(weights_.size());
}

void TreeGrower::count_left(const RangeNode& node, const DivisionGroup& division) {
  const Column& column = columns_.column(division.split.feature);
  weights_left_.assign(weights_.size(), 0);
  for (const TrainingRow& row : rows_.subspan(node.rows.begin, node.rows.size())) {
    if (columns_.rank(row.row, column) <= division.split.cut) {
      weights_left_[row.label] += row.weight;
    }
  }
}

void TreeGrower::wait(GrowthStream& stream, const RangeNode& node) {
  stream.pending.push_back(node);
  stream.pending_weights.insert(stream.pending_weights.end(), weights_.begin(), weights_.end());
}

/// Divides the rows of the node at hand and puts its children on the stack, the left one on top.
void TreeGrower::divide(GrowthStream& stream, const RangeNode& node, const DivisionGroup& division,
                        std::uint32_t n_constants) {
  const SplitPoint& split = division.split;
  const std::span<TrainingRow> rows = rows_.subspan(node.rows.begin, node.rows.size());
  const Column& column = columns_.column(split.feature);
  const std::uint32_t n_left = columns_.with_ranks_for(rows.size(), column, [&](auto ranks) {
    return partition(rows, row_scratch_, [&](const TrainingRow& row) { return ranks[row.row] <= split.cut; });
  });
  weights_left_.assign(weights_.size(), 0);
  for (const TrainingRow& row : rows.first(n_left)) {
    weights_left_[row.label] += row.weight;
  }
  const std::uint32_t test_middle = divide_test_rows(node.state.test_rows, split);
  if (recorder_ != nullptr) {
    recorder_->become_split(node.state.position.parent, split, n_left, node.rows.size() - n_left);
  }

  RangeNode left;
  left.state = {division.members,
                {node.state.test_rows.begin, test_middle},
                node.state.depth + 1,
                n_constants,
                {node.state.position.parent, true}};
  left.rows = {node.rows.begin, node.rows.begin + n_left};
  left.weight = total(weights_left_);
  RangeNode right = left;
  right.state.position.is_left = false;
  right.state.test_rows = {test_middle, node.state.test_rows.end};
  right.rows = {node.rows.begin + n_left, node.rows.end};
  right.weight = node.weight - left.weight;

  std::transform(weights_.begin(), weights_.end(), weights_left_.begin(), weights_.begin(), std::minus<>());
  wait(stream, right);
  weights_.swap(weights_left_);
  wait(stream, left);
}

// ---------------------------------------------------------------------------------------------------
// Nodes that are bit sets within the block.

void TreeGrower::count_block_rows(std::uint64_t rows, std::vector<std::uint32_t>& weights) const {
  weights.assign(n_classes_, 0);
  const auto labels = block_.labels();
  for (std::size_t slot = 0; slot < labels.size(); ++slot) {
    weights[labels[slot]] = block_.class_weight(rows, slot);
  }
}

void TreeGrower::load_shares(const BlockNode& node) {
  const auto weight = static_cast<double>(weight_of(node));
  const auto labels = block_.labels();
  shares_.clear();
  for (std::size_t slot = 0; slot < labels.size(); ++slot) {
    const std::uint32_t class_weight = block_.class_weight(node.rows, slot);
    if (class_weight != 0) {
      shares_.push_back({labels[slot], static_cast<double>(class_weight) / weight});
    }
  }
}

std::uint32_t TreeGrower::search(GrowthStream& stream, const BlockNode& node, MemberSet live) {
  return block_.search(stream, node, live);
}

Choice TreeGrower::choose(const BlockNode& /*node*/, std::size_t variant) {
  return block_.choice(variant);
}

bool TreeGrower::gains(const BlockNode& /*node*/, Criterion criterion, double proxy) const {
  return block_.gains(criterion, proxy);
}

void TreeGrower::count_left(const BlockNode& /*node*/, const DivisionGroup& division) {
  count_block_rows(division.left, weights_left_);
}

void TreeGrower::wait(GrowthStream& stream, const BlockNode& node) {
  stream.block_pending.push_back(node);
}

void TreeGrower::divide(GrowthStream& stream, const BlockNode& node, const DivisionGroup& division,
                        std::uint32_t n_constants) {
  const std::uint32_t test_middle = divide_test_rows(node.state.test_rows, division.split);
  const std::uint64_t rows_right = node.rows & ~division.left;
  if (recorder_ != nullptr) {
    recorder_->become_split(node.state.position.parent, division.split, block_.n_rows(division.left),
                            block_.n_rows(rows_right));
  }
  BlockNode child;
  child.state = {division.members,
                 {test_middle, node.state.test_rows.end},
                 node.state.depth + 1,
                 n_constants,
                 {node.state.position.parent, false}};
  child.rows = rows_right;
  wait(stream, child);
  child.state.position.is_left = true;
  child.state.test_rows = {node.state.test_rows.begin, test_middle};
  child.rows = division.left;
  wait(stream, child);
}

}  // namespace tenfold
