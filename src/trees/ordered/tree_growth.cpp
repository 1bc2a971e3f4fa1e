#include "trees/ordered/tree_growth.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "trees/ordered/best_first.hpp"

namespace tenfold::ordered {

void Predictions::put(MemberSet members, std::span<const PredictedRow> rows, std::span<const double> value,
                      std::int32_t leaf) const {
  if (leaves != nullptr) {
    for (const PredictedRow& row : rows) {
      leaves[row.index] = static_cast<std::uint32_t>(leaf);
    }
    return;
  }
  for (MemberSet left = members; left != 0; left &= left - 1) {
    double* const of_member = data + static_cast<std::size_t>(std::countr_zero(left)) * n_rows * n_values;
    for (const PredictedRow& row : rows) {
      std::copy(value.begin(), value.end(), of_member + row.index * n_values);
    }
  }
}

template <class Statistics>
TreeGrowth<Statistics>::TreeGrowth(const RankedTable& table, const TrainingColumns& columns,
                                   const SearchRules& rules, std::span<const GrowthMember> members,
                                   bool is_free)
    : table_(table),
      columns_(columns),
      members_(members.begin(), members.end()),
      is_free_(is_free),
      search_(columns, rules) {}

template <class Statistics>
void TreeGrowth<Statistics>::grow(const TreeStart& start, std::span<const PredictedRow> rows,
                                  const Predictions& predictions, GrownTree* tree) {
  predictions_ = predictions;
  tree_ = tree;
  total_weight_ = start.total_weight;
  value_.resize(statistics().n_values());
  if (streams_.empty()) {
    streams_.emplace_back();
  }
  n_streams_ = 1;
  Stream& first = streams_.front();
  first.state.restart(columns_, start.weights, start.generator_state);
  first.members = start.live;
  first.rows.assign(rows.begin(), rows.end());
  first.pending.clear();
  if (members_.front().max_leaf_nodes != 0) {
    grow_best_first(start, rows);
  } else {
    grow_depth_first(start);
  }
}

template <class Statistics>
void TreeGrowth<Statistics>::grow_depth_first(const TreeStart& /*start*/) {
  Stream& first = streams_.front();
  Node root;
  root.range = {0, static_cast<std::uint32_t>(first.state.samples.size())};
  root.rows = {0, static_cast<std::uint32_t>(first.rows.size())};
  first.pending.push_back(root);
  while (n_streams_ != 0) {
    const std::size_t stream = n_streams_ - 1;
    if (streams_[stream].pending.empty()) {
      --n_streams_;
      continue;
    }
    const Node node = streams_[stream].pending.back();
    streams_[stream].pending.pop_back();
    visit(stream, node);
  }
}

/// Which members leave the node as it is, before any split is searched for.
template <class Statistics>
MemberSet TreeGrowth<Statistics>::stopping(MemberSet members, const Node& node, double weight) const {
  const SearchRules& rules = search_.rules();
  const std::uint32_t n = node.range.size();
  if (n < 2 * rules.min_samples_leaf || weight < 2 * rules.min_weight_leaf || node.impurity <= kEpsilon) {
    return members;
  }
  MemberSet result = 0;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const bool stops = node.depth >= members_[m].max_depth || n < members_[m].min_samples_split;
    result |= MemberSet{stops} << m;
  }
  return result & members;
}

template <class Statistics>
void TreeGrowth<Statistics>::part(std::size_t stream, MemberSet members, MemberSet staying,
                                  std::uint32_t first_sample) {
  streams_[stream].members = staying;
  if (streams_[stream].pending.empty()) {
    return;
  }
  // The copy goes below the stream that goes on, so that streams are still taken from the end.
  if (n_streams_ == streams_.size()) {
    streams_.emplace_back();
  }
  Stream& copy = streams_[n_streams_];
  Stream& own = streams_[stream];
  copy.members = members;
  copy.state.copy_from(own.state, first_sample);
  copy.rows = own.rows;
  copy.pending = own.pending;
  std::swap(copy, own);
  ++n_streams_;
}

template <class Statistics>
void TreeGrowth<Statistics>::visit(std::size_t stream, const Node& node) {
  const bool predicts = node.rows.size() != 0;
  if (is_free_ && !predicts && tree_ == nullptr) {
    return;  // nobody asks what lies below, and no later draw depends on it
  }
  const MemberSet live = node.live & streams_[stream].members;
  search_.begin(streams_[stream].state, node.range);
  Statistics& statistics = this->statistics();
  Node own = node;
  if (node.parent < 0 && node.depth == 0) {
    own.impurity = statistics.node_impurity();
  }
  take_value(node);
  const double weight = statistics.weights().total;
  const std::int32_t number = tree_ != nullptr ? record(own) : -1;
  const auto leaf = [&](MemberSet members) {
    if (predicts) {
      predictions_.put(members, std::span(streams_[stream].rows).subspan(node.rows.begin, node.rows.size()),
                       value_, number);
    }
  };

  const MemberSet stops = stopping(live, own, weight);
  MemberSet growing = live & ~stops;
  if (stops != 0) {
    leaf(stops);
  }
  if (growing == 0) {
    return;
  }
  if (stops != 0 && !is_free_) {
    part(stream, stops, growing, node.range.end);
    stream = n_streams_ - 1;
  }

  GrowthState& state = streams_[stream].state;
  const NodeSplit split =
      search_.search(state, node.range, node.n_constants, own.impurity, total_weight_, node.bounds);
  MemberSet refusing = growing;
  if (split.found) {
    refusing = 0;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      refusing |= MemberSet{split.improvement + kEpsilon < members_[m].min_impurity_decrease} << m;
    }
    refusing &= growing;
  }
  growing &= ~refusing;
  if (refusing != 0) {
    leaf(refusing);
  }
  if (growing == 0) {
    return;
  }
  if (refusing != 0 && !is_free_) {
    part(stream, refusing, growing, node.range.end);
    stream = n_streams_ - 1;
  }

  Stream& target = streams_[stream];
  if (tree_ != nullptr) {
    record_split(number, split);
  }
  Node left;
  left.range = {node.range.begin, node.range.begin + split.n_left};
  left.live = growing;
  left.depth = node.depth + 1;
  left.n_constants = split.n_constants;
  left.impurity = split.impurity_left;
  left.parent = number;
  left.is_left = true;
  Node right = left;
  right.range = {left.range.end, node.range.end};
  right.impurity = split.impurity_right;
  right.is_left = false;
  bound_children(node, split, left, right);
  const double infinite = std::numeric_limits<double>::infinity();
  const bool all_leaves =
      stopping(growing, left, infinite) == growing && stopping(growing, right, infinite) == growing;
  if (!all_leaves) {
    search_.divide_orders(target.state, node.range, split, target.state.draw.constants(split.n_constants));
  }
  const std::uint32_t middle = divide_rows(target.rows, node.rows, split);
  left.rows = {node.rows.begin, middle};
  right.rows = {middle, node.rows.end};
  target.pending.push_back(right);
  target.pending.push_back(left);
}

template <class Statistics>
void TreeGrowth<Statistics>::take_value(const Node& node) {
  this->statistics().node_value(value_.data());
  if (!search_.rules().monotonic.empty()) {
    Statistics::clip(value_.data(), node.bounds.lower, node.bounds.upper);
  }
}

template <class Statistics>
void TreeGrowth<Statistics>::bound_children(const Node& node, const NodeSplit& split, Node& left,
                                            Node& right) const {
  left.bounds = right.bounds = node.bounds;
  const std::span<const std::int8_t> monotonic = search_.rules().monotonic;
  const int direction = monotonic.empty() ? 0 : monotonic[split.feature];
  if (direction > 0) {
    left.bounds.upper = right.bounds.lower = split.middle;
  } else if (direction < 0) {
    left.bounds.lower = right.bounds.upper = split.middle;
  }
}

template <class Statistics>
std::uint32_t TreeGrowth<Statistics>::divide_rows(std::vector<PredictedRow>& rows, NodeRange range,
                                                  const NodeSplit& split) {
  const RankedColumn& column = table_.column(split.feature);
  const std::uint32_t missing = column.missing();
  row_scratch_.resize(std::max<std::size_t>(row_scratch_.size(), range.size()));
  std::uint32_t n_left = range.begin;
  std::uint32_t n_right = 0;
  for (std::uint32_t p = range.begin; p < range.end; ++p) {
    const PredictedRow row = rows[p];
    const std::uint32_t rank = column.ranks[row.row];
    const bool left = rank == missing ? split.missing_left : rank <= split.cut;
    rows[n_left] = row;
    row_scratch_[n_right] = row;
    n_left += static_cast<std::uint32_t>(left);
    n_right += static_cast<std::uint32_t>(!left);
  }
  std::copy_n(row_scratch_.begin(), n_right, rows.begin() + n_left);
  return n_left;
}

/// Takes a node down as a leaf; `record_split` may turn it into a split.
template <class Statistics>
std::int32_t TreeGrowth<Statistics>::record(const Node& node) {
  const auto number = static_cast<std::int32_t>(tree_->nodes.size());
  if (node.parent >= 0) {
    TreeNode& parent = tree_->nodes[static_cast<std::size_t>(node.parent)];
    (node.is_left ? parent.left_child : parent.right_child) = number;
  }
  TreeNode one;
  one.impurity = node.impurity;
  one.n_node_samples = node.range.size();
  one.weighted_n_node_samples = statistics().weights().total;
  tree_->nodes.push_back(one);
  tree_->values.insert(tree_->values.end(), value_.begin(), value_.end());
  tree_->max_depth = std::max<std::int64_t>(tree_->max_depth, node.depth);
  return number;
}

template <class Statistics>
void TreeGrowth<Statistics>::record_split(std::int32_t number, const NodeSplit& split) {
  TreeNode& node = tree_->nodes[static_cast<std::size_t>(number)];
  node.feature = split.feature;
  node.threshold = split.threshold;
  node.missing_go_to_left = static_cast<std::uint8_t>(split.missing_left);
}

// ---------------------------------------------------------------------------------------------------
// Best first.

template <class Statistics>
TreeGrowth<Statistics>::Frontier TreeGrowth<Statistics>::add_to_frontier(Stream& stream, Node node,
                                                                         bool is_first, double total_weight) {
  search_.begin(stream.state, node.range);
  Statistics& statistics = this->statistics();
  if (is_first) {
    node.impurity = statistics.node_impurity();
  }
  take_value(node);
  Frontier result;
  result.node = node;
  result.is_leaf = stopping(1, node, statistics.weights().total) != 0;
  result.number = record(node);
  cuts_.push_back(0);
  expanded_.push_back(-1);
  if (!result.is_leaf) {
    // Constants are not inherited: a node is searched long before its children.
    result.split = search_.search(stream.state, node.range, 0, node.impurity, total_weight, node.bounds);
    result.is_leaf =
        !result.split.found || result.split.improvement + kEpsilon < members_.front().min_impurity_decrease;
  }
  if (result.is_leaf) {
    result.split.improvement = 0.0;
  } else {
    TreeNode& recorded = tree_->nodes.back();
    recorded.missing_go_to_left = static_cast<std::uint8_t>(result.split.missing_left);
    search_.divide_orders(stream.state, node.range, result.split, {});
  }
  return result;
}

template <class Statistics>
void TreeGrowth<Statistics>::grow_best_first(const TreeStart& start, std::span<const PredictedRow> rows) {
  GrownTree own_tree;
  GrownTree* const asked = tree_;
  tree_ = asked != nullptr ? asked : &own_tree;
  cuts_.clear();
  expanded_.clear();
  std::int32_t n_left = 0;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if ((start.live >> m & 1U) != 0) {
      n_left = std::max(n_left, static_cast<std::int32_t>(members_[m].max_leaf_nodes) - 1);
    }
  }
  Stream& stream = streams_.front();
  std::vector<Frontier> frontier;
  Node root;
  root.range = {0, static_cast<std::uint32_t>(stream.state.samples.size())};
  push_best(frontier, add_to_frontier(stream, root, true, start.total_weight));
  std::int32_t n_expanded = 0;
  std::int64_t max_depth = 0;
  while (!frontier.empty()) {
    const Frontier best = pop_best(frontier);
    max_depth = std::max<std::int64_t>(max_depth, best.node.depth);
    if (best.is_leaf || n_expanded >= n_left) {
      continue;
    }
    const auto number = static_cast<std::size_t>(best.number);
    tree_->nodes[number].feature = best.split.feature;
    tree_->nodes[number].threshold = best.split.threshold;
    cuts_[number] = best.split.cut;
    expanded_[number] = n_expanded++;
    Node left;
    left.range = {best.node.range.begin, best.node.range.begin + best.split.n_left};
    left.depth = best.node.depth + 1;
    left.impurity = best.split.impurity_left;
    left.parent = best.number;
    left.is_left = true;
    Node right = left;
    right.range = {left.range.end, best.node.range.end};
    right.impurity = best.split.impurity_right;
    right.is_left = false;
    bound_children(best.node, best.split, left, right);
    const Frontier left_record = add_to_frontier(stream, left, false, start.total_weight);
    const Frontier right_record = add_to_frontier(stream, right, false, start.total_weight);
    push_best(frontier, left_record);
    push_best(frontier, right_record);
  }
  tree_->max_depth = max_depth;
  predict_best_first(rows, start.live);
  tree_ = asked;
}

/// Walks each row down; a member's tree ends where its leaves were used up.
template <class Statistics>
void TreeGrowth<Statistics>::predict_best_first(std::span<const PredictedRow> rows, MemberSet live) {
  const std::size_t n_values = value_.size();
  for (std::size_t m = 0; m < members_.size(); ++m) {
    if ((live >> m & 1U) == 0) {
      continue;
    }
    const std::int32_t n_splits = static_cast<std::int32_t>(members_[m].max_leaf_nodes) - 1;
    for (const PredictedRow& row : rows) {
      std::size_t at = 0;
      while (expanded_[at] >= 0 && expanded_[at] < n_splits) {
        const TreeNode& node = tree_->nodes[at];
        const RankedColumn& column = table_.column(static_cast<std::size_t>(node.feature));
        const std::uint32_t rank = column.ranks[row.row];
        const bool left = rank == column.missing() ? node.missing_go_to_left != 0 : rank <= cuts_[at];
        at = static_cast<std::size_t>(left ? node.left_child : node.right_child);
      }
      predictions_.put(MemberSet{1} << m, std::span(&row, 1),
                       std::span(tree_->values).subspan(at * n_values, n_values),
                       static_cast<std::int32_t>(at));
    }
  }
}

template class TreeGrowth<Moments>;
template class TreeGrowth<PoissonSums>;
template class TreeGrowth<ClassWeights<false>>;
template class TreeGrowth<ClassWeights<true>>;

}  // namespace tenfold::ordered
