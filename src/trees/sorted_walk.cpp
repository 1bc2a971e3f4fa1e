/// The walk over a node's rows in the order of a column of many values: all of them, or those that buckets of
/// ranks can't leave out.

#include <algorithm>
#include <bit>
#include <limits>

#include "clones.hpp"
#include "data/radix_sort.hpp"
#include "trees/node_search.hpp"

namespace tenfold {

namespace {

/// By how much two proxies may differ for rounding alone; each is off by less than ten units in the last
/// place of the node's weight.
double gini_slack(std::uint32_t weight) {
  return weight * 0x1p-48;
}

struct Extremes {
  std::uint32_t lowest = 0;
  std::uint32_t highest = 0;
};

/// The rows' ranks, one behind the other.
template <typename Rank>
TENFOLD_HOT Extremes gather(std::span<const TrainingRow> rows, RankView<Rank> ranks,
                            std::uint32_t* gathered) {
  Extremes extremes{ranks[rows[0].row], 0};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t rank = ranks[rows[i].row];
    gathered[i] = rank;
    extremes.lowest = std::min(extremes.lowest, rank);
    extremes.highest = std::max(extremes.highest, rank);
  }
  return extremes;
}

std::uint64_t key_of(std::uint32_t rank, std::uint16_t slot, std::uint16_t weight) {
  return (std::uint64_t{rank} << 32U) | (std::uint64_t{slot} << 16U) | weight;
}

}  // namespace

/// Running class weights left of the position that the walk has reached, one class at a time.
struct NodeSearch::RunningSums {
  std::uint32_t* counts;  ///< left class weights by slot
  const std::uint32_t* totals;
  const EntropyPotential& potential;
  bool wants_entropy;
  std::uint32_t weight = 0;
  std::uint32_t rows = 0;
  double squares_left = 0.0;
  double squares_right = 0.0;
  std::int64_t entropy = 0;

  /// Starts from the counts as they are.
  void begin(std::size_t n_slots, std::uint32_t rows_before) {
    rows = rows_before;
    for (std::size_t slot = 0; slot < n_slots; ++slot) {
      const std::uint32_t left = counts[slot];
      const std::uint32_t right = totals[slot] - left;
      weight += left;
      squares_left += static_cast<double>(left) * left;
      squares_right += static_cast<double>(right) * right;
      entropy += wants_entropy ? potential(left) + potential(right) : 0;
    }
  }

  /// Moves one row to the left. Integers throughout: squares stay below 2**53.
  void move(std::size_t slot, std::uint32_t row_weight) {
    const std::uint32_t left = counts[slot];
    const std::uint32_t right = totals[slot] - left;
    const auto w = static_cast<double>(row_weight);
    squares_left += w * (2.0 * left + w);
    squares_right += w * (w - 2.0 * right);
    if (wants_entropy) {
      entropy +=
          potential(left + row_weight) - potential(left) + potential(right - row_weight) - potential(right);
    }
    counts[slot] = left + row_weight;
    weight += row_weight;
    ++rows;
  }
};

void NodeSearch::sort_keys(const Column& column) {
  constexpr std::size_t kFewKeys = 128;
  if (keys_.size() <= kFewKeys) {
    std::sort(keys_.begin(), keys_.end());
  } else {
    scratch_.resize(keys_.size());
    radix_sort(keys_, scratch_, 32, 32 + static_cast<unsigned>(std::bit_width(column.values.size() - 1)));
  }
}

template <typename Rank>
bool NodeSearch::walk_sorted(const Column& column, std::uint32_t feature) {
  const std::size_t n_rows = rows_.size();
  const RankView<Rank> ranks = columns_.ranks_for<Rank>(n_rows, column);
  keys_.resize(n_rows);
  for (std::size_t i = 0; i < n_rows; ++i) {
    keys_[i] = key_of(ranks[rows_[i].row], slots_[i], rows_[i].weight);
  }
  sort_keys(column);
  const float lowest = column.values[keys_.front() >> 32U];
  const float highest = column.values[keys_.back() >> 32U];
  if (highest <= lowest + RankedColumns::kFeatureThreshold) {
    return true;
  }
  counts_.assign(n_present_, 0);
  positions_.size = 0;
  walk_keys(column, feature, keys_, 0);
  return false;
}

void NodeSearch::walk_keys(const Column& column, std::uint32_t feature, std::span<const std::uint64_t> keys,
                           std::uint32_t rows_before) {
  RunningSums sums{counts_.data(), present_weights_.data(), potential_, n_entropy_ != 0};
  sums.begin(n_present_, rows_before);
  Positions& positions = positions_;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    const std::uint64_t key = keys[i];
    sums.move((key >> 16U) & 0xffffU, static_cast<std::uint32_t>(key & 0xffffU));
    const auto rank = static_cast<std::uint32_t>(key >> 32U);
    const auto next = static_cast<std::uint32_t>(keys[i + 1] >> 32U);
    if (!column.separates(rank, next)) {
      continue;
    }
    const std::size_t p = positions.size++;
    positions.below[p] = rank;
    positions.above[p] = next;
    positions.weight_left[p] = sums.weight;
    positions.rows_left[p] = sums.rows;
    positions.squares_left[p] = sums.squares_left;
    positions.squares_right[p] = sums.squares_right;
    if (sums.wants_entropy) {
      positions.entropy[p] = sums.entropy - potential_(sums.weight) - potential_(weight_ - sums.weight);
    }
    if (positions.size == Positions::kCapacity) {
      value_positions(feature);
    }
  }
  if (positions.size != 0) {
    value_positions(feature);
  }
}

template <typename Rank>
bool NodeSearch::walk_buckets(const Column& column, std::uint32_t feature) {
  ranks_.resize(std::max(ranks_.size(), rows_.size()));
  const Extremes extremes = gather(rows_, columns_.ranks_for<Rank>(rows_.size(), column), ranks_.data());
  if (column.values[extremes.highest] <= column.values[extremes.lowest] + RankedColumns::kFeatureThreshold) {
    return true;
  }
  buckets_.count(rows_, slot_of_label_, ranks_.data(), extremes.lowest, extremes.highest);
  if (column.has_close_values) {
    gini_before_.assign(gini_.begin(), gini_.begin() + static_cast<std::ptrdiff_t>(n_gini_));
    entropy_before_.assign(entropy_.begin(), entropy_.begin() + static_cast<std::ptrdiff_t>(n_entropy_));
  }
  keep_buckets(false);
  if (!walk_kept(column, feature)) {
    // The best boundary lies between close values and is no split after all: as if nothing were known.
    std::ranges::copy(gini_before_, gini_.begin());
    std::ranges::copy(entropy_before_, entropy_.begin());
    keep_buckets(true);
    walk_kept(column, feature);
  }
  return false;
}

void NodeSearch::keep_buckets(bool all) {
  asked_gini_.clear();
  asked_entropy_.clear();
  if (n_gini_ != 0) {
    buckets_.value_gini();
    for (std::size_t g = 0; g < n_gini_; ++g) {
      const Progress& progress = gini_[g];
      asked_gini_.push_back({progress.min_rows, progress.min_weight, progress.best.proxy});
      buckets_.raise(asked_gini_.back());
    }
  }
  if (n_entropy_ != 0) {
    buckets_.value_entropy(potential_);
    for (std::size_t e = 0; e < n_entropy_; ++e) {
      const Progress& progress = entropy_[e];
      asked_entropy_.push_back(
          {progress.min_rows, progress.min_weight,
           progress.contenders.empty() ? std::numeric_limits<std::int64_t>::min() : progress.best_value});
      buckets_.raise(asked_entropy_.back());
    }
  }
  if (all) {
    buckets_.keep_all();
    return;
  }
  for (const auto& asked : asked_gini_) {
    buckets_.keep(asked, gini_slack(weight_));
  }
  for (const auto& asked : asked_entropy_) {
    buckets_.keep(asked, 2 * slack_);
  }
}

bool NodeSearch::walk_kept(const Column& column, std::uint32_t feature) {
  const std::size_t n_kept = buckets_.n_kept();
  if (n_kept != 0) {
    keys_.resize(std::max(n_kept + 1, keys_.size()));
    std::size_t n_keys = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      keys_[n_keys] = key_of(ranks_[i], slots_[i], rows_[i].weight);
      n_keys += static_cast<std::size_t>(buckets_.is_kept(ranks_[i]));
    }
    keys_.resize(n_kept);
    sort_keys(column);
    positions_.size = 0;
    std::size_t first_key = 0;
    RankBuckets::Run run;
    for (std::size_t bucket = 0; buckets_.next_run(bucket, run); bucket = run.last + 1) {
      const std::uint32_t rows_before = buckets_.rows_before(run.first);
      const std::size_t size = buckets_.rows_before(run.last + 1) - rows_before;
      counts_.resize(RankBuckets::kClasses);
      for (std::size_t slot = 0; slot < RankBuckets::kClasses; ++slot) {
        counts_[slot] = buckets_.weight_before(run.first, slot);
      }
      walk_keys(column, feature, std::span(keys_).subspan(first_key, size), rows_before);
      first_key += size;
    }
  }
  for (std::size_t g = 0; g < n_gini_; ++g) {
    if (gini_[g].best.proxy < asked_gini_[g].best) {
      return false;
    }
  }
  for (std::size_t e = 0; e < n_entropy_; ++e) {
    if (asked_entropy_[e].best != std::numeric_limits<std::int64_t>::min() &&
        (entropy_[e].contenders.empty() || entropy_[e].best_value < asked_entropy_[e].best)) {
      return false;
    }
  }
  return true;
}

template bool NodeSearch::walk_sorted<std::uint8_t>(const Column&, std::uint32_t);
template bool NodeSearch::walk_sorted<std::uint16_t>(const Column&, std::uint32_t);
template bool NodeSearch::walk_sorted<std::uint32_t>(const Column&, std::uint32_t);
template bool NodeSearch::walk_buckets<std::uint16_t>(const Column&, std::uint32_t);
template bool NodeSearch::walk_buckets<std::uint32_t>(const Column&, std::uint32_t);

}  // namespace tenfold
