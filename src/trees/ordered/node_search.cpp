#include "trees/ordered/node_search.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>

#include "trees/ordered/clean_scan.hpp"
#include "trees/ordered/drawn_split.hpp"
#include "trees/ordered/missing_values.hpp"
#include "trees/ordered/wide_vectors.hpp"

namespace tenfold::ordered {

namespace {

/// Where so many samples share a value on average, sums of equal ones tell quickly that a column can't win.
constexpr std::uint32_t kManyTies = 4;
/// Vectors find a sample's target by a signed place of 32 bits, two places a sample.
constexpr std::size_t kMostGathered = std::size_t{1} << 30U;

}  // namespace

template <class Statistics>
NodeSearch<Statistics>::NodeSearch(const TrainingColumns& columns, const SearchRules& rules)
    : columns_(columns),
      rules_(rules),
      has_vectors_(has_wide_vectors() && !rules.plain && columns.n_samples() <= kMostGathered),
      sort_(has_vectors_, columns.n_samples()),
      thresholds_(has_vectors_),
      division_(columns) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    if (has_vectors_ && !rules.random_thresholds && rules.monotonic.empty() && !columns.has_missing()) {
      small_ = std::make_unique<SmallNodeSearch>(columns, rules);
    }
  }
}

template <class Statistics>
NodeSplit NodeSearch<Statistics>::search(GrowthState& state, NodeRange node, std::uint32_t n_constants,
                                         double impurity, double total_weight, const ValueBounds& bounds) {
  bounds_ = bounds;
  if (small_ != nullptr && node.size() <= kSmallNode) {
    if constexpr (std::is_same_v<Statistics, Moments>) {
      best_ = small_->search(statistics_, state, node, n_constants);
    }
  } else {
    search_columns(state, node, n_constants);
    if (best_.found) {
      divide(state, node);
    }
  }
  if (best_.found) {
    finish(state.samples.data() + node.begin, impurity, total_weight);
  }
  return best_;
}

/// The search of a node column by column: `best_`, but for what `finish` adds.
template <class Statistics>
void NodeSearch<Statistics>::search_columns(GrowthState& state, NodeRange node, std::uint32_t n_constants) {
  at_hand_ = state.samples.data() + node.begin;
  best_ = {};
  best_proxy_ = {};
  n_visits_ = 0;
  magnitude_ = -1.0;
  clean_.clear();
  const std::uint32_t n_constants_after = state.draw.draw(
      rules_.max_features, n_constants, [&](std::uint32_t feature) { return visit(state, node, feature); });
  scan_put_off(node.size());
  best_.n_constants = n_constants_after;
}

/// Divides the samples by the best split.
template <class Statistics>
void NodeSearch<Statistics>::divide(GrowthState& state, NodeRange node) {
  if (rules_.any_order && columns_[best_.feature].is_presorted() && !best_.missing_from_split) {
    const std::uint32_t* const order = state.orders[best_.feature].data() + node.begin;
    std::transform(order, order + node.size(), state.samples.data() + node.begin,
                   [](std::uint32_t entry) { return entry & kSampleMask; });
    return;
  }
  spell_out(state, node);
  // Nor does scikit-learn divide again what a threshold of the same feature has just divided.
  if (!rules_.random_thresholds || last_feature_ != best_.feature) {
    division_.divide_samples(state, node, best_);
  }
}

/// Writes the order at hand down in the node's samples.
template <class Statistics>
void NodeSearch<Statistics>::spell_out(GrowthState& state, NodeRange node) {
  std::uint32_t* const samples = state.samples.data() + node.begin;
  if (at_hand_ != samples) {
    for (std::uint32_t p = 0; p < node.size(); ++p) {
      samples[p] = at_hand_[p] & kSampleMask;
    }
    at_hand_ = samples;
  }
}

template <class Statistics>
void NodeSearch<Statistics>::finish(const std::uint32_t* samples, double impurity, double total_weight) {
  statistics_.reset();
  statistics_.move_to(samples, best_.n_left);
  statistics_.children_impurity(samples, best_.impurity_left, best_.impurity_right);
  best_.middle = statistics_.middle();
  const SideWeights& weights = statistics_.weights();
  best_.improvement = improvement(total_weight, weights.total, impurity, weights.left, best_.impurity_left,
                                  weights.right, best_.impurity_right);
}

template <class Statistics>
bool NodeSearch<Statistics>::visit(GrowthState& state, NodeRange node, std::uint32_t feature) {
  last_feature_ = feature;
  ++n_visits_;
  if (rules_.random_thresholds) {
    return visit_drawn(state, node, feature);
  }
  return columns_[feature].is_presorted() ? visit_presorted(state, node, feature)
                                          : visit_unsorted(state, node, feature);
}

/// Visits a column whose order is known.
template <class Statistics>
bool NodeSearch<Statistics>::visit_presorted(GrowthState& state, NodeRange node, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  std::uint32_t* const order = state.orders[feature].data() + node.begin;
  const std::uint32_t n = node.size();
  if (!column.has_missing && !any_near(order, n)) {
    at_hand_ = order;
    if (!put_off(feature, order, n)) {
      scan(feature, n, {order, nullptr, 0, false});
    }
    return false;
  }
  const std::uint32_t n_missing = column.has_missing ? count_missing_last(column, order, n) : 0;
  if (n_missing == n) {
    return true;
  }
  const std::uint32_t n_present = n - n_missing;
  const std::uint32_t lowest = column.ranks[order[0] & kSampleMask];
  const std::uint32_t highest = column.ranks[order[n_present - 1] & kSampleMask];
  if (lowest == highest && n_missing == 0) {
    return true;  // scikit-learn's sort leaves equal values as they are
  }
  if (n_missing != 0 && !any_near(order, n_present)) {
    at_hand_ = order;
    scan_missing_last_and_first(feature, order, n, n_missing, nullptr);
    return false;
  }
  const bool is_constant = n_missing == 0 && column.value(highest) <= column.value(lowest) + kNear;
  if (rules_.any_order && is_constant) {
    at_hand_ = order;
    return true;
  }
  if (rules_.any_order && !column.has_missing && !is_constrained(feature) && sort_.packs(column) &&
      highest - lowest < n / kManyTies) {
    sort_.pack(column, order, n);
    if (!may_win(order, n)) {
      at_hand_ = order;
      return false;
    }
  }
  ties_.find(columns_, column, order, n_present, clean_.blocked());
  if (!ties_.empty() && !rules_.any_order) {
    ties_.arrange(column, at_hand_, order, n);
  }
  at_hand_ = order;
  if (!is_constant && !column.has_missing && put_off(feature, order, n)) {
    return false;
  }
  clean_.take_back_blocked();
  if (is_constant) {
    return true;  // close values were sorted all the same
  }
  values_.resize(n);
  for (std::uint32_t p = 0; p < n_present; ++p) {
    values_[p] = column.value(column.ranks[order[p] & kSampleMask]);
  }
  if (n_missing == 0) {
    scan(feature, n, {order, values_.data(), 0, false});
  } else {
    scan_missing_last_and_first(feature, order, n, n_missing, values_.data());
  }
  return false;
}

/// Visits a column that has to be sorted.
template <class Statistics>
bool NodeSearch<Statistics>::visit_unsorted(GrowthState& state, NodeRange node, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  std::uint32_t n_missing = 0;
  if (column.has_missing) {
    spell_out(state, node);
    n_missing = move_missing_last(column, samples, n);
    if (n_missing == n) {
      return true;
    }
  }
  const std::uint32_t n_present = n - n_missing;
  const RankRange range = sort_.sort(column, at_hand_, n_present, samples);
  if (range.lowest != range.highest) {
    at_hand_ = samples;
  }
  if (n_missing == 0 && column.value(range.highest) <= column.value(range.lowest) + kNear) {
    return true;
  }
  if (sort_.packs(column) && n_missing == 0 && !is_constrained(feature) && !may_win(samples, n)) {
    return false;
  }
  values_.resize(n);
  for (std::uint32_t p = 0; p < n_present; ++p) {
    values_[p] = column.value(column.ranks[samples[p]]);
  }
  scan(feature, n, {samples, values_.data(), n_missing, false});
  if (n_missing != 0) {
    std::rotate(samples, samples + n_present, samples + n);
    std::copy_backward(values_.begin(), values_.begin() + n_present, values_.begin() + n);
    scan(feature, n, {samples, values_.data(), n_missing, true});
  }
  return false;
}

/// Visits a column by a threshold that is drawn.
template <class Statistics>
bool NodeSearch<Statistics>::visit_drawn(GrowthState& state, NodeRange node, std::uint32_t feature) {
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  const std::optional<DrawnThreshold> drawn =
      thresholds_.draw(columns_[feature], samples, n, state.draw.generator);
  if (!drawn) {
    return true;
  }
  if constexpr (std::is_same_v<Statistics, Moments>) {
    if (has_vectors_ && best_.found &&
        !division_may_reach(sum_node(samples, n), samples, drawn->n_left, best_proxy_.proxy)) {
      return false;
    }
  }
  weigh_drawn(feature, samples, n, *drawn);
  return false;
}

/// Takes the division of a node's samples for the best split, if it is.
template <class Statistics>
void NodeSearch<Statistics>::weigh_drawn(std::uint32_t feature, const std::uint32_t* samples, std::uint32_t n,
                                         const DrawnThreshold& drawn) {
  const std::uint32_t n_left = drawn.n_left;
  if (n_left < rules_.min_samples_leaf || n - n_left < rules_.min_samples_leaf) {
    return;
  }
  statistics_.reset();
  statistics_.move_to(samples, n_left);
  if (!admits_weights() || !admits_values(feature)) {
    return;
  }
  const double proxy = statistics_.proxy();
  if (!best_proxy_.yields_to(proxy, n_visits_)) {
    return;
  }
  best_proxy_ = {proxy, n_visits_};
  best_ = {};
  best_.found = true;
  best_.feature = feature;
  best_.n_left = n_left;
  best_.missing_from_split = drawn.has_missing;
  best_.missing_left = drawn.has_missing ? drawn.missing_left : n_left > n - n_left;
  best_.cut_at(columns_[feature], drawn.threshold);
}

/// The node, for bounds.
template <class Statistics>
SumNode NodeSearch<Statistics>::sum_node(const std::uint32_t* samples, std::uint32_t n) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    const Moments::Sample* const moments = statistics_.samples().data();
    if (magnitude_ < 0.0) {
      magnitude_ = magnitude_of(moments, samples, n);
    }
    return {moments,
            n,
            rules_.min_samples_leaf,
            statistics_.sum(),
            magnitude_,
            statistics_.weights().total,
            statistics_.has_unit_weights()};
  }
  return {};
}

/// Whether a split by the column that was packed last may be as good as the best so far.
template <class Statistics>
bool NodeSearch<Statistics>::may_win(const std::uint32_t* samples, std::uint32_t n) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    return may_reach(sort_.packed(), sum_node(samples, n), best_proxy_.proxy);
  }
  return true;
}

/// Puts the scan of an order without missing values off, if it is a clean one.
template <class Statistics>
bool NodeSearch<Statistics>::put_off(std::uint32_t feature, const std::uint32_t* order, std::uint32_t n) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    return !is_constrained(feature) &&
           clean_.add(feature, n_visits_, order, n, rules_.min_samples_leaf, rules_.any_order);
  }
  return false;
}

/// Evaluates all split positions of a presorted order whose last values are missing, first with those on the
/// right, then on the left. `values`: by position, with room for all; none where no two of them are near.
template <class Statistics>
void NodeSearch<Statistics>::scan_missing_last_and_first(std::uint32_t feature, const std::uint32_t* order,
                                                         std::uint32_t n, std::uint32_t n_missing,
                                                         float* values) {
  const std::uint32_t n_present = n - n_missing;
  scan(feature, n, {order, values, n_missing, false});
  copy_missing_first(order, n_present, n, missing_first_);
  if (values != nullptr) {
    std::copy_backward(values, values + n_present, values + n);
  }
  scan(feature, n, {missing_first_.data(), values, n_missing, true});
}

/// Evaluates all split positions of one order of the node.
template <class Statistics>
void NodeSearch<Statistics>::scan(std::uint32_t feature, std::uint32_t n, const Positions& positions) {
  const float* const values = positions.values;
  const std::uint32_t n_missing = positions.n_missing;
  const bool missing_left = positions.missing_left;
  // Where the values end; missing ones on the right follow, and one position lies before them.
  const std::uint32_t end = missing_left ? n : n - n_missing;
  if constexpr (std::is_same_v<Statistics, ClassWeights<false>>) {
    if (!is_constrained(feature)) {
      GiniNode node = statistics_.gini_node();
      node.min_weight_leaf = rules_.min_weight_leaf;
      node.min_samples_leaf = rules_.min_samples_leaf;
      node.any_order = rules_.any_order;
      const ClassResult best =
          scan_gini(node, {positions.order, values, n, missing_left ? n_missing : 0, end}, best_proxy_.proxy);
      if (best.found) {
        best_proxy_ = {best.proxy, n_visits_};
        settle(feature, positions, n, best.position, end);
      }
      return;
    }
  }
  statistics_.reset();
  for (std::uint32_t position = missing_left ? n_missing : 0; position < end;) {
    ++position;
    if (values != nullptr) {
      while (position < end && values[position] <= values[position - 1] + kNear) {
        ++position;
      }
    }
    if (position == n) {
      break;
    }
    if (position < rules_.min_samples_leaf || n - position < rules_.min_samples_leaf) {
      continue;
    }
    statistics_.move_to(positions.order, position);
    if (!admits_values(feature) || !admits_weights()) {
      continue;
    }
    const double proxy = statistics_.proxy();
    if (!best_proxy_.yields_to(proxy, n_visits_)) {
      continue;
    }
    best_proxy_ = {proxy, n_visits_};
    settle(feature, positions, n, position, end);
  }
}

/// Takes a position of an order, which ends at `end` but for missing values, for the best split.
template <class Statistics>
void NodeSearch<Statistics>::settle(std::uint32_t feature, const Positions& positions, std::uint32_t n,
                                    std::uint32_t position, std::uint32_t end) {
  const TrainingColumn& column = columns_[feature];
  best_.found = true;
  best_.feature = feature;
  best_.n_left = position;
  best_.missing_from_split = positions.n_missing != 0;
  best_.missing_left = positions.n_missing != 0 ? positions.missing_left : position > n - position;
  if (position == end && !positions.missing_left) {
    best_.threshold = std::numeric_limits<double>::infinity();
    best_.cut = column.table->missing() - 1;
    return;
  }
  const std::uint32_t below = column.ranks[positions.order[position - 1] & kSampleMask];
  const std::uint32_t above = column.ranks[positions.order[position] & kSampleMask];
  best_.cut_between(column, below, above);
}

/// Scans the orders that were put off.
template <class Statistics>
void NodeSearch<Statistics>::scan_put_off(std::uint32_t n) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    const CleanNode node{statistics_.samples().data(), statistics_.has_unit_weights(), statistics_.sum(),
                         statistics_.weights().total,  rules_.min_weight_leaf,         n,
                         rules_.min_samples_leaf};
    if (const auto found = clean_.scan(node, best_proxy_)) {
      settle(found->feature, {found->order, nullptr, 0, false}, n, found->position, n);
    }
  }
}

template <class Statistics>
void NodeSearch<Statistics>::divide_orders(GrowthState& state, NodeRange node, const NodeSplit& split,
                                           std::span<const std::uint32_t> constants) {
  if (small_ != nullptr && std::max(split.n_left, node.size() - split.n_left) <= kSmallNode) {
    return;  // nobody looks at orders below
  }
  division_.divide_orders(state, node, split, constants);
}

template class NodeSearch<Moments>;
template class NodeSearch<PoissonSums>;
template class NodeSearch<ClassWeights<false>>;
template class NodeSearch<ClassWeights<true>>;

}  // namespace tenfold::ordered
