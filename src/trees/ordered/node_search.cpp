#include "trees/ordered/node_search.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <type_traits>

#include "trees/ordered/clean_scan.hpp"
#include "trees/ordered/drawn_split.hpp"
#include "trees/ordered/sample_sort.hpp"
#include "trees/ordered/wide_vectors.hpp"

namespace tenfold::ordered {

namespace {

constexpr float kNear = RankedColumns::kFeatureThreshold;
/// Where more than one position in so many is blocked, those that aren't are better visited one by one.
constexpr std::uint32_t kBlockedShare = 4;
/// Where so many samples share a value on average, sums of equal ones tell quickly that a column can't win.
constexpr std::uint32_t kManyTies = 4;
/// Vectors find a sample's target by a signed place of 32 bits, two places a sample.
constexpr std::size_t kMostGathered = std::size_t{1} << 30U;

/// The greatest rank in [from, limit) whose value is at most the threshold; `from` is known to be one.
std::uint32_t rank_at_or_below(const TrainingColumn& column, double threshold, std::uint32_t from,
                               std::uint32_t limit) {
  const auto first = column.table->values.begin();
  const auto above = std::upper_bound(first + from, first + limit, threshold,
                                      [](double t, float value) { return t < static_cast<double>(value); });
  return static_cast<std::uint32_t>(above - first) - 1;
}

/// scikit-learn's two-pointer partition: what goes right is exchanged with the end, one by one. On a range
/// that is divided already it still rotates the right part by one.
template <typename GoesLeft>
std::uint32_t partition_in_place(std::uint32_t* samples, std::uint32_t n, GoesLeft&& goes_left) {
  std::uint32_t begin = 0;
  std::uint32_t end = n;
  while (begin < end) {
    const std::uint32_t sample = samples[begin];
    const bool left = goes_left(sample);
    end -= static_cast<std::uint32_t>(!left);
    const std::uint32_t other = left ? begin : end;
    samples[begin] = samples[other];
    samples[other] = sample;
    begin += static_cast<std::uint32_t>(left);
  }
  return end;
}

}  // namespace

template <class Statistics>
NodeSearch<Statistics>::NodeSearch(const TrainingColumns& columns, const SearchRules& rules)
    : columns_(columns), rules_(rules), goes_left_(columns.n_samples()) {
  has_vectors_ = has_wide_vectors() && !rules.plain && columns.n_samples() <= kMostGathered;
  packed_.sample_bits = std::max(4U, static_cast<std::uint32_t>(std::bit_width(columns.n_samples())));
  if constexpr (std::is_same_v<Statistics, Moments>) {
    if (has_vectors_ && !rules.random_thresholds && rules.monotonic.empty() && !columns.has_missing()) {
      small_ = std::make_unique<SmallNode>();
    }
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
NodeSplit NodeSearch<Statistics>::search(GrowthState& state, NodeRange node, std::uint32_t n_constants,
                                         double impurity, double total_weight, const ValueBounds& bounds) {
  bounds_ = bounds;
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  at_hand_ = samples;
  best_ = {};
  best_proxy_ = -std::numeric_limits<double>::infinity();
  best_visit_ = 0;
  n_visits_ = 0;
  magnitude_ = -1.0;
  if (small_ != nullptr && n <= kSmallNode) {
    search_small(state, node, n_constants);
    if (best_.found) {
      finish(samples, impurity, total_weight);
    }
    return best_;
  }
  clean_.clear();
  blocked_.clear();
  const std::uint32_t n_constants_after =
      state.draw.draw(rules_.max_features, n_constants, [&](std::uint32_t feature) {
        last_feature_ = feature;
        ++n_visits_;
        if (rules_.random_thresholds) {
          return has_vectors_ && !columns_[feature].values_of.empty() ? visit_drawn(state, node, feature)
                                                                      : visit_random(state, node, feature);
        }
        return columns_[feature].is_presorted() ? visit_presorted(state, node, feature)
                                                : visit_unsorted(state, node, feature);
      });
  flush_clean(n);
  best_.n_constants = n_constants_after;
  if (!best_.found) {
    return best_;
  }

  const TrainingColumn& column = columns_[best_.feature];
  if (rules_.any_order && column.is_presorted() && !best_.missing_from_split) {
    const std::uint32_t* const order = state.orders[best_.feature].data() + node.begin;
    std::transform(order, order + n, samples, [](std::uint32_t entry) { return entry & kSampleMask; });
  } else {
    spell_out(state, node);
    if (!rules_.random_thresholds || last_feature_ != best_.feature) {
      mark_left(state, node);
      partition_in_place(samples, n, [&](std::uint32_t sample) { return goes_left_[sample] != 0; });
    }
  }
  finish(samples, impurity, total_weight);
  return best_;
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

/// The search of a node of few samples: `best_`, but for what `finish` adds, and the samples divided.
template <class Statistics>
void NodeSearch<Statistics>::search_small(GrowthState& state, NodeRange node, std::uint32_t n_constants) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    std::uint32_t* const samples = state.samples.data() + node.begin;
    const std::uint32_t n = node.size();
    small_->begin(n);
    small_->sum = statistics_.sum();
    small_->weight = statistics_.weights().total;
    small_->has_unit_weights = statistics_.has_unit_weights();
    small_->min_samples_leaf = rules_.min_samples_leaf;
    small_->min_weight_leaf = rules_.min_weight_leaf;
    for (std::uint32_t p = 0; p < n; ++p) {
      const Moments::Sample& one = statistics_.samples()[samples[p]];
      small_->targets[p] = one.weighted_target;
      small_->weights[p] = one.weight;
    }
    visited_.clear();
    best_.n_constants = state.draw.draw(rules_.max_features, n_constants,
                                        [&](std::uint32_t feature) { return visit_small(samples, feature); });
    scan_small_node(*small_);
    std::array<std::uint32_t, kSmallNode> entered{};
    std::copy_n(samples, n, entered.begin());
    for (std::uint32_t p = 0; p < n; ++p) {
      samples[p] = entered[small_->order[p]];
    }
    if (!small_->found) {
      return;
    }
    best_.found = true;
    best_.feature = visited_[small_->column];
    best_.n_left = small_->position;
    best_.missing_left = small_->position > n - small_->position;
    const TrainingColumn& column = columns_[best_.feature];
    cut_between(column, small_->below, small_->above);
    partition_in_place(samples, n, [&](std::uint32_t sample) { return column.ranks[sample] <= best_.cut; });
  }
}

/// Looks a column of a small node up. Returns whether it is constant in the node.
template <class Statistics>
bool NodeSearch<Statistics>::visit_small(const std::uint32_t* samples, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  if (small_->n_columns == SmallNode::kColumns) {
    scan_small_node(*small_);
  }
  const std::uint32_t at = small_->n_columns;
  std::uint32_t lowest = column.table->missing();
  std::uint32_t highest = 0;
  for (std::uint32_t p = 0; p < small_->n; ++p) {
    const std::uint32_t rank = column.ranks[samples[p]];
    small_->ranks[p][at] = rank;
    lowest = std::min(lowest, rank);
    highest = std::max(highest, rank);
  }
  if (lowest == highest) {
    return true;
  }
  const std::vector<std::uint8_t>& is_close = column.table->is_close;
  bool any_close = false;
  if (!is_close.empty()) {
    for (std::uint32_t p = 0; p < small_->n; ++p) {
      any_close = any_close || is_close[small_->ranks[p][at]] != 0;
    }
  }
  small_->close_values[at] = any_close ? column.table->values.data() : nullptr;
  // Values may be sorted, and yet count as one.
  const bool is_constant = any_close && column.value(highest) <= column.value(lowest) + kNear;
  small_->is_scanned |= std::uint64_t{!is_constant} << at;
  ++small_->n_columns;
  visited_.push_back(feature);
  return is_constant;
}

/// Notes which samples the best split sends left, before they are divided: the division looks at them one
/// after the other, each where the one before it says, and should not wait for a rank each time.
template <class Statistics>
void NodeSearch<Statistics>::mark_left(const GrowthState& state, NodeRange node) {
  const TrainingColumn& column = columns_[best_.feature];
  const std::uint32_t n = node.size();
  if (column.is_presorted() && !best_.missing_from_split) {
    const std::uint32_t* const order = state.orders[best_.feature].data() + node.begin;
    for (std::uint32_t p = 0; p < n; ++p) {
      goes_left_[order[p] & kSampleMask] = static_cast<std::uint8_t>(p < best_.n_left);
    }
    return;
  }
  const std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t missing = column.table->missing();
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t rank = column.ranks[samples[p]];
    goes_left_[samples[p]] =
        static_cast<std::uint8_t>(rank == missing ? best_.missing_left : rank <= best_.cut);
  }
}

/// Visits a column whose order is known. Returns whether it is constant in the node.
template <class Statistics>
bool NodeSearch<Statistics>::visit_presorted(GrowthState& state, NodeRange node, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  std::uint32_t* const order = state.orders[feature].data() + node.begin;
  const std::uint32_t n = node.size();
  if (!column.has_missing && !any_near(order, n)) {
    at_hand_ = order;
    if constexpr (std::is_same_v<Statistics, Moments>) {
      if (!is_constrained(feature)) {
        clean_.push_back({feature, n_visits_, order, 0, 0});
        return false;
      }
    }
    scan(feature, n, {order, nullptr, 0, false});
    return false;
  }
  const std::uint32_t lowest = column.ranks[order[0] & kSampleMask];
  std::uint32_t n_missing = 0;
  if (column.has_missing) {
    while (n_missing < n && column.ranks[order[n - 1 - n_missing] & kSampleMask] == column.table->missing()) {
      ++n_missing;
    }
    if (n_missing == n) {
      return true;
    }
  }
  const std::uint32_t n_present = n - n_missing;
  const std::uint32_t highest = column.ranks[order[n_present - 1] & kSampleMask];
  if (lowest == highest && n_missing == 0) {
    return true;  // scikit-learn's sort leaves equal values as they are
  }
  if (n_missing != 0 && !any_near(order, n_present)) {
    at_hand_ = order;
    scan(feature, n, {order, nullptr, n_missing, false});
    shift_missing_first(order, n_present, n);
    scan(feature, n, {shifted_.data(), nullptr, n_missing, true});
    return false;
  }
  if (rules_.any_order && !column.has_missing && !is_constrained(feature) && packs(column) &&
      highest - lowest < n / kManyTies) {
    at_hand_ = order;
    if (column.value(highest) <= column.value(lowest) + kNear) {
      return true;
    }
    packed_.reserve(n);
    pack_keys(packed_, order, n, column.ranks.data());
    if (!may_win(order, n)) {
      return false;
    }
  }
  const std::size_t first_blocked = blocked_.size();
  find_blocked(column, order, n_present);
  if (!ties_.empty() && !rules_.any_order) {
    order_ties(column, order, n);
  }
  if constexpr (std::is_same_v<Statistics, Moments>) {
    const std::span<const std::uint32_t> blocked = std::span(blocked_).subspan(first_blocked);
    if (!column.has_missing && !is_constrained(feature) && blocked.size() <= n / kBlockedShare &&
        2 * rules_.min_samples_leaf <= n &&
        (rules_.any_order || goes_forward(blocked, n, rules_.min_samples_leaf))) {
      at_hand_ = order;
      if (column.value(highest) <= column.value(lowest) + kNear) {
        return true;
      }
      clean_.push_back({feature, n_visits_, order, first_blocked, blocked.size()});
      return false;
    }
  }
  blocked_.resize(first_blocked);
  values_.resize(n);
  for (std::uint32_t p = 0; p < n_present; ++p) {
    values_[p] = column.value(column.ranks[order[p] & kSampleMask]);
  }
  at_hand_ = order;
  if (n_missing == 0) {
    if (values_[n - 1] <= values_[0] + kNear) {
      return true;
    }
    scan(feature, n, {order, values_.data(), 0, false});
    return false;
  }
  scan(feature, n, {order, values_.data(), n_missing, false});
  shift_missing_first(order, n_present, n);
  std::copy_backward(values_.begin(), values_.begin() + n_present, values_.begin() + n);
  scan(feature, n, {shifted_.data(), values_.data(), n_missing, true});
  return false;
}

/// Copies an order with its missing values, the last ones, in front.
template <class Statistics>
void NodeSearch<Statistics>::shift_missing_first(const std::uint32_t* order, std::uint32_t n_present,
                                                 std::uint32_t n) {
  shifted_.resize(n);
  std::copy(order + n_present, order + n, shifted_.begin());
  std::copy(order, order + n_present, shifted_.begin() + (n - n_present));
}

/// Notes the positions of a presorted order between equal or close values, and those between equal ones
/// whose order can be told: not where all equal ones are copies of one row.
template <class Statistics>
void NodeSearch<Statistics>::find_blocked(const TrainingColumn& column, const std::uint32_t* order,
                                          std::uint32_t n) {
  ties_.clear();
  std::size_t first = 0;   // of the equal values at hand, among the ties
  bool all_copies = true;  // of these
  const auto end_tie = [&] {
    if (ties_.size() != first) {
      if (all_copies) {
        ties_.resize(first);
      }
      first = ties_.size();
      all_copies = true;
    }
  };
  for (std::uint32_t p = 1; p < n; ++p) {
    if ((order[p - 1] & order[p] & kNearMark) == 0) [[likely]] {
      end_tie();
      continue;
    }
    const std::uint32_t sample_below = order[p - 1] & kSampleMask;
    const std::uint32_t sample_above = order[p] & kSampleMask;
    const std::uint32_t below = column.ranks[sample_below];
    const std::uint32_t above = column.ranks[sample_above];
    if (below == above) {
      ties_.push_back(p);
      blocked_.push_back(p);
      all_copies = all_copies && columns_.is_copy(sample_below, sample_above);
      continue;
    }
    end_tie();
    if (column.value(above) <= column.value(below) + kNear) {
      blocked_.push_back(p);
    }
  }
  end_tie();
}

/// Puts equal values of a presorted order, `ties_`, into the order in which scikit-learn's sort, starting
/// from the order at hand, leaves them.
template <class Statistics>
void NodeSearch<Statistics>::order_ties(const TrainingColumn& column, std::uint32_t* order, std::uint32_t n) {
  tied_.resize(n + 1);
  std::uint32_t n_tied = 0;
  std::uint32_t end = 0;  // of the equal values before
  for (std::size_t t = 0; t < ties_.size();) {
    const std::uint32_t first = ties_[t] - 1;
    std::uint32_t last = ties_[t];
    for (; t < ties_.size() && ties_[t] == last; ++t) {
      ++last;
    }
    std::fill(tied_.begin() + end, tied_.begin() + first, n_tied);
    for (std::uint32_t p = first; p < last; ++p) {
      tied_[p] = n_tied++;
    }
    end = last;
  }
  std::fill(tied_.begin() + end, tied_.begin() + n + 1, n_tied);
  keys_.resize(n);
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t sample = at_hand_[p] & kSampleMask;
    keys_[p] = make_key(column.ranks[sample], sample);
  }
  sort_ties(std::span(keys_).first(n), tied_, places_);
  for (std::uint32_t p = 0; p < n; ++p) {
    if (tied_[p + 1] != tied_[p]) {
      order[p] = sample_of(keys_[p]) | kNearMark;
    }
  }
}

/// Moves missing values behind the others as scikit-learn does before it sorts; returns their number.
template <class Statistics>
std::uint32_t NodeSearch<Statistics>::move_missing_last(std::uint32_t* samples, std::uint32_t n,
                                                        const TrainingColumn& column) const {
  const std::uint32_t missing = column.table->missing();
  std::uint32_t end = n;
  for (std::uint32_t p = 0; p < end;) {
    if (column.ranks[samples[end - 1]] == missing) {
      --end;
      continue;
    }
    if (column.ranks[samples[p]] == missing) {
      std::swap(samples[p], samples[end - 1]);
      --end;
    }
    ++p;
  }
  return n - end;
}

/// Whether a sample and its rank in the column share 32 bits.
template <class Statistics>
bool NodeSearch<Statistics>::packs(const TrainingColumn& column) const {
  return has_vectors_ &&
         static_cast<std::uint32_t>(std::bit_width(column.table->missing())) + packed_.sample_bits <= 32;
}

/// Whether a split by the sorted column of `packed_` may be as good as the best so far.
template <class Statistics>
bool NodeSearch<Statistics>::may_win(const std::uint32_t* samples, std::uint32_t n) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    return may_reach(packed_, sum_node(samples, n), best_proxy_);
  }
  return true;
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

/// Keys of the order at hand, unsorted.
template <class Statistics>
RankRange NodeSearch<Statistics>::make_keys(const TrainingColumn& column, std::uint32_t n) {
  keys_.resize(n);
  RankRange range{column.table->missing(), 0};
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t sample = at_hand_[p] & kSampleMask;
    const std::uint32_t rank = column.ranks[sample];
    keys_[p] = make_key(rank, sample);
    range.lowest = std::min(range.lowest, rank);
    range.highest = std::max(range.highest, rank);
  }
  return range;
}

/// Visits a column that has to be sorted. Returns whether it is constant in the node.
template <class Statistics>
bool NodeSearch<Statistics>::visit_unsorted(GrowthState& state, NodeRange node, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  std::uint32_t n_missing = 0;
  if (column.has_missing) {
    spell_out(state, node);
    n_missing = move_missing_last(samples, n, column);
    if (n_missing == n) {
      return true;
    }
  }
  const std::uint32_t n_present = n - n_missing;
  RankRange range;
  if (packs(column)) {
    packed_.reserve(n_present);
    range = pack_keys(packed_, at_hand_, n_present, column.ranks.data());
    if (range.lowest != range.highest) {
      sort_packed(packed_, n_present);
      spell_out(state, node);
      const std::uint32_t sample_mask = (std::uint32_t{1} << packed_.sample_bits) - 1;
      for (std::uint32_t p = 0; p < n_present; ++p) {
        samples[p] = packed_.keys[p] & sample_mask;
      }
    }
  } else {
    range = make_keys(column, n_present);
    if (range.lowest != range.highest) {
      sort_samples(std::span(keys_).first(n_present), places_);
      spell_out(state, node);
      for (std::uint32_t p = 0; p < n_present; ++p) {
        samples[p] = sample_of(keys_[p]);
      }
    }
  }
  if (n_missing == 0 && column.value(range.highest) <= column.value(range.lowest) + kNear) {
    return true;
  }
  if (packs(column) && n_missing == 0 && !is_constrained(feature) && !may_win(samples, n)) {
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

/// Draws a threshold for a column. Returns whether the column is constant in the node.
template <class Statistics>
bool NodeSearch<Statistics>::visit_random(GrowthState& state, NodeRange node, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  const std::uint32_t missing = column.table->missing();
  std::uint32_t lowest = missing;
  std::uint32_t highest = 0;
  std::uint32_t n_missing = 0;
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t rank = column.ranks[samples[p]];
    const bool is_missing = rank == missing;
    n_missing += static_cast<std::uint32_t>(is_missing);
    lowest = std::min(lowest, rank);
    highest = std::max(highest, is_missing ? 0 : rank);
  }
  if (n_missing == n) {
    return true;
  }
  const float low = column.value(lowest);
  const float high = column.value(highest);
  if (n_missing == 0 && high <= low + kNear) {
    return true;
  }
  double threshold = state.draw.generator.uniform(low, high);
  const bool missing_left = n_missing != 0 && state.draw.generator.between(0, 2) != 0;
  if (threshold == static_cast<double>(high)) {
    threshold = low;
  }
  const std::uint32_t cut = rank_at_or_below(column, threshold, lowest, highest + 1);
  const std::uint32_t n_left = partition_in_place(samples, n, [&](std::uint32_t sample) {
    const std::uint32_t rank = column.ranks[sample];
    return rank == missing ? missing_left : rank <= cut;
  });
  weigh_drawn(feature, n, n_left, samples,
              {.cut = cut,
               .threshold = threshold,
               .missing_left = missing_left,
               .missing_from_split = n_missing != 0});
  return false;
}

/// As `visit_random`, of a column without missing values, by what wide vectors can do.
template <class Statistics>
bool NodeSearch<Statistics>::visit_drawn(GrowthState& state, NodeRange node, std::uint32_t feature) {
  const TrainingColumn& column = columns_[feature];
  const float* const values = column.values_of.data();
  std::uint32_t* const samples = state.samples.data() + node.begin;
  const std::uint32_t n = node.size();
  const ValueRange range = range_of(values, samples, n);
  if (range.highest <= range.lowest + kNear) {
    return true;
  }
  double threshold = state.draw.generator.uniform(range.lowest, range.highest);
  if (threshold == static_cast<double>(range.highest)) {
    threshold = range.lowest;
  }
  space_.reserve(n);
  const std::uint32_t n_left = divide_at(threshold, values, samples, n, space_);
  if constexpr (std::is_same_v<Statistics, Moments>) {
    if (best_.found && !division_may_reach(sum_node(samples, n), samples, n_left, best_proxy_)) {
      return false;
    }
  }
  weigh_drawn(feature, n, n_left, samples, {.threshold = threshold});
  return false;
}

/// Takes the division of a node's samples for the best split, if it is.
template <class Statistics>
void NodeSearch<Statistics>::weigh_drawn(std::uint32_t feature, std::uint32_t n, std::uint32_t n_left,
                                         const std::uint32_t* samples, const NodeSplit& split) {
  if (n_left < rules_.min_samples_leaf || n - n_left < rules_.min_samples_leaf) {
    return;
  }
  statistics_.reset();
  statistics_.move_to(samples, n_left);
  if (!admits_weights() || !admits_values(feature)) {
    return;
  }
  const double proxy = statistics_.proxy();
  if (!(proxy > best_proxy_)) {
    return;
  }
  const TrainingColumn& column = columns_[feature];
  best_proxy_ = proxy;
  best_ = split;
  best_.found = true;
  best_.feature = feature;
  best_.n_left = n_left;
  best_.cut = rank_at_or_below(column, split.threshold, 0, column.table->missing());
  if (!split.missing_from_split) {
    best_.missing_left = n_left > n - n_left;
  }
}

/// Evaluates all split positions of one order of the node.
template <class Statistics>
void NodeSearch<Statistics>::scan(std::uint32_t feature, std::uint32_t n, const Positions& positions) {
  const TrainingColumn& column = columns_[feature];
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
          scan_gini(node, {positions.order, values, n, missing_left ? n_missing : 0, end}, best_proxy_);
      if (best.found) {
        best_proxy_ = best.proxy;
        best_visit_ = n_visits_;
        settle(column, feature, positions, n, best.position, end);
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
    if (!(proxy > best_proxy_ || (proxy == best_proxy_ && n_visits_ < best_visit_))) {
      continue;
    }
    best_proxy_ = proxy;
    best_visit_ = n_visits_;
    settle(column, feature, positions, n, position, end);
  }
}

template <class Statistics>
void NodeSearch<Statistics>::settle(const TrainingColumn& column, std::uint32_t feature,
                                    const Positions& positions, std::uint32_t n, std::uint32_t position,
                                    std::uint32_t end) {
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
  cut_between(column, below, above);
}

/// The threshold between two ranks that are neighbours in the node.
template <class Statistics>
void NodeSearch<Statistics>::cut_between(const TrainingColumn& column, std::uint32_t below,
                                         std::uint32_t above) {
  best_.threshold =
      static_cast<double>(column.value(below)) / 2.0 + static_cast<double>(column.value(above)) / 2.0;
  best_.cut = above == below + 1 ? below : rank_at_or_below(column, best_.threshold, below, above);
}

/// Scans the columns without ties that were put off, several at a time.
template <class Statistics>
void NodeSearch<Statistics>::flush_clean(std::uint32_t n) {
  if constexpr (std::is_same_v<Statistics, Moments>) {
    const CleanNode node{statistics_.samples().data(), statistics_.has_unit_weights(), statistics_.sum(),
                         statistics_.weights().total,  rules_.min_weight_leaf,         n,
                         rules_.min_samples_leaf};
    for (std::size_t first = 0; first < clean_.size(); first += kCleanWidth) {
      const std::size_t width = std::min(kCleanWidth, clean_.size() - first);
      std::array<CleanOrder, kCleanWidth> orders{};
      std::array<CleanResult, kCleanWidth> results{};
      for (std::size_t k = 0; k < width; ++k) {
        const CleanColumn& column = clean_[first + k];
        orders[k] = {column.order, std::span(blocked_).subspan(column.first_blocked, column.n_blocked)};
      }
      scan_clean_orders(node, std::span(orders).first(width), best_proxy_, results);
      for (std::size_t k = 0; k < width; ++k) {
        const CleanColumn& column = clean_[first + k];
        const CleanResult& result = results[k];
        if (result.proxy > best_proxy_ || (result.proxy == best_proxy_ && column.visit < best_visit_)) {
          best_proxy_ = result.proxy;
          best_visit_ = column.visit;
          settle(columns_[column.feature], column.feature, {column.order, nullptr, 0, false}, n,
                 result.position, n);
        }
      }
    }
  }
}

template <class Statistics>
void NodeSearch<Statistics>::divide_orders(GrowthState& state, NodeRange node, const NodeSplit& split,
                                           std::span<const std::uint32_t> constants) {
  const std::uint32_t n = node.size();
  if (small_ != nullptr && std::max(split.n_left, n - split.n_left) <= kSmallNode) {
    return;  // nobody looks at orders below
  }
  const std::uint32_t* const samples = state.samples.data() + node.begin;
  for (std::uint32_t p = 0; p < n; ++p) {
    goes_left_[samples[p]] = static_cast<std::uint8_t>(p < split.n_left);
  }
  scratch_.resize(n);
  skipped_.assign(columns_.size(), 0);
  for (const std::uint32_t feature : constants) {
    skipped_[feature] = 1;
  }
  // Its own column is divided as it stands.
  skipped_[split.feature] |= static_cast<std::uint8_t>(!split.missing_from_split);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].is_presorted() && skipped_[c] == 0) {
      divide_order(state.orders[c].data() + node.begin, n, goes_left_.data(), scratch_.data());
    }
  }
}

template class NodeSearch<Moments>;
template class NodeSearch<PoissonSums>;
template class NodeSearch<ClassWeights<false>>;
template class NodeSearch<ClassWeights<true>>;

}  // namespace tenfold::ordered
