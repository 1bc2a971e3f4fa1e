#include "trees/node_search.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "clones.hpp"

namespace tenfold {

namespace {

/// A histogram of more bins than this would leave the cache; ranks are sorted instead.
constexpr std::size_t kLargestHistogram = std::size_t{1} << 16U;
constexpr int kMostLanes = 16;

/// A histogram bin counts weight in its lower half and rows in its upper half: one addition a row does
/// both. Nodes of up to 65,535 rows and weight use 32-bit bins, larger ones 64-bit bins.
template <typename Bin>
constexpr unsigned kHalf = 4 * sizeof(Bin);
template <typename Bin>
constexpr Bin kRowUnit = Bin{1} << kHalf<Bin>;

/// Cells side by side, in one vector register or a few.
template <typename Bin, int Lanes>
struct Vector {
  using Type [[gnu::vector_size(Lanes * sizeof(Bin))]] = Bin;
};

template <typename Bin, int Lanes>
Bin sum(const typename Vector<Bin, Lanes>::Type& lanes) {
  if constexpr (Lanes == 2) {
    return lanes[0] + lanes[1];
  } else {
    typename Vector<Bin, Lanes / 2>::Type low;
    typename Vector<Bin, Lanes / 2>::Type high;
    std::memcpy(&low, &lanes, sizeof low);
    std::memcpy(&high, reinterpret_cast<const char*>(&lanes) + sizeof low, sizeof high);
    return sum<Bin, Lanes / 2>(low + high);
  }
}

}  // namespace

NodeSearch::NodeSearch(const RankedColumns& columns, std::size_t n_classes, const GrowthRules& rules,
                       std::size_t largest_weight)
    : columns_(columns),
      rules_(rules),
      potential_(largest_weight),
      slot_of_label_(n_classes),
      gini_(rules.variants().size()),
      entropy_(rules.variants().size()),
      histogram_((kLargestHistogram + kMostLanes) * sizeof(std::uint64_t)),
      present_ranks_(kLargestHistogram / 64 + 1) {
  if (columns.has_mostly_common()) {
    marked_.resize(columns.n_rows());
  }
}

void NodeSearch::begin(std::span<const TrainingRow> rows, std::span<const std::uint32_t> class_weights,
                       std::uint32_t weight, MemberSet live) {
  rows_ = rows;
  class_weights_ = class_weights;
  weight_ = weight;
  is_small_ = weight < kRowUnit<std::uint32_t>;
  is_marked_ = false;

  n_present_ = 0;
  present_weights_.clear();
  label_of_slot_.clear();
  for (std::size_t label = 0; label < class_weights.size(); ++label) {
    if (class_weights[label] != 0) {
      slot_of_label_[label] = static_cast<std::uint16_t>(n_present_++);
      label_of_slot_.push_back(static_cast<std::uint16_t>(label));
      present_weights_.push_back(class_weights[label]);
    }
  }
  slots_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    slots_[i] = slot_of_label_[rows[i].label];
  }

  constexpr std::size_t kFewestRows = 64;
  counts_in_buckets_ = n_present_ == RankBuckets::kClasses && rows.size() >= kFewestRows &&
                       weight <= RankBuckets::kLargestWeight;

  n_gini_ = 0;
  n_entropy_ = 0;
  const auto& variants = rules_.variants();
  for (std::size_t v = 0; v < variants.size(); ++v) {
    if ((live & rules_.members_of(v)) == 0) {
      continue;
    }
    Progress& progress =
        variants[v].criterion == Criterion::kGini ? gini_[n_gini_++] : entropy_[n_entropy_++];
    progress.variant = static_cast<std::uint32_t>(v);
    progress.min_rows = variants[v].min_samples_leaf;
    progress.min_weight = variants[v].min_weight_leaf;
    progress.best = Choice{};
    progress.contenders.clear();
  }
  if (n_entropy_ != 0) {
    slack_ = entropy_slack(n_present_, weight);
  }
}

bool NodeSearch::examine(std::uint32_t feature, TreeGenerator& generator) {
  const Column& column = columns_.column(feature);
  if (column.values.size() == 1) {
    return true;
  }
  if (rules_.splitter() == Splitter::kRandom) {
    return draw_threshold(column, feature, generator);
  }
  switch (column.width) {
    case 1:
      return examine_ranks<std::uint8_t>(column, feature);
    case 2:
      return examine_ranks<std::uint16_t>(column, feature);
    default:
      return examine_ranks<std::uint32_t>(column, feature);
  }
}

template <typename Rank>
bool NodeSearch::examine_ranks(const Column& column, std::uint32_t feature) {
  if constexpr (sizeof(Rank) > sizeof(std::uint8_t)) {
    if (counts_in_buckets_ && !looks_at_others(column)) {
      return walk_buckets<Rank>(column, feature);
    }
  }
  const std::size_t lanes = std::bit_ceil(std::max<std::size_t>(n_present_, 2));
  const std::size_t bins = column.values.size() * lanes;
  if constexpr (sizeof(Rank) <= sizeof(std::uint16_t)) {  // wider ranks have more values than a histogram
    if (lanes <= kMostLanes && bins <= kLargestHistogram && column.values.size() <= 16 * rows_.size()) {
      return is_small_ ? walk_lanes<Rank, std::uint32_t>(column, feature, lanes)
                       : walk_lanes<Rank, std::uint64_t>(column, feature, lanes);
    }
  }
  return walk_sorted<Rank>(column, feature);
}

template <typename Rank, typename Bin>
bool NodeSearch::walk_lanes(const Column& column, std::uint32_t feature, std::size_t lanes) {
  switch (lanes) {
    case 2:
      return walk_histogram<Rank, Bin, 2>(column, feature);
    case 4:
      return walk_histogram<Rank, Bin, 4>(column, feature);
    case 8:
      return walk_histogram<Rank, Bin, 8>(column, feature);
    default:
      return walk_histogram<Rank, Bin, 16>(column, feature);
  }
}

bool NodeSearch::looks_at_others(const Column& column) {
  if (!column.is_mostly_common || column.others.size() >= rows_.size()) {
    return false;
  }
  if (!is_marked_) {
    if (++mark_ == 0) {  // marks have come round: none of those set may be met again
      std::ranges::fill(marked_, MarkedRow{});
      mark_ = 1;
    }
    present_rows_.assign(n_present_, 0);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      marked_[rows_[i].row] = {mark_, slots_[i], rows_[i].weight};
      ++present_rows_[slots_[i]];
    }
    is_marked_ = true;
  }
  return true;
}

template <typename Bin, int Lanes>
TENFOLD_HOT void NodeSearch::count_others(const Column& column) {
  auto* const bins = reinterpret_cast<Bin*>(histogram_.data());
  std::uint64_t* const present = present_ranks_.data();
  std::fill_n(present, (column.values.size() + 63) / 64, 0);
  std::array<Bin, static_cast<std::size_t>(Lanes)> common{};
  for (std::size_t slot = 0; slot < n_present_; ++slot) {
    common[slot] = static_cast<Bin>(present_rows_[slot]) * kRowUnit<Bin> + present_weights_[slot];
  }
  for (const OtherRow& other : column.others) {
    const MarkedRow& row = marked_[other.row];
    if (row.mark == mark_) {
      const Bin bin = kRowUnit<Bin> | row.weight;
      bins[std::size_t{other.rank} * Lanes + row.slot] += bin;
      common[row.slot] -= bin;
      present[other.rank / 64] |= std::uint64_t{1} << (other.rank % 64);
    }
  }
  if (std::ranges::any_of(common, [](Bin bin) { return bin != 0; })) {
    std::ranges::copy(common, bins + std::size_t{column.common_rank} * Lanes);
    present[column.common_rank / 64] |= std::uint64_t{1} << (column.common_rank % 64);
  }
}

template <typename Rank, typename Bin, int Lanes>
TENFOLD_HOT bool NodeSearch::walk_histogram(const Column& column, std::uint32_t feature) {
  using V = Vector<Bin, Lanes>::Type;
  const std::size_t n_values = column.values.size();
  const std::size_t n_rows = rows_.size();
  const Rank* const ranks = column.ranks_as<Rank>();
  auto* const bins = reinterpret_cast<Bin*>(histogram_.data());
  const std::uint16_t* const slots = slots_.data();
  const TrainingRow* const rows = rows_.data();
  std::uint64_t* const present = present_ranks_.data();
  const std::size_t n_words = (n_values + 63) / 64;

  // Cells are all zero here: the walk below clears what it reads.
  if (looks_at_others(column)) {
    count_others<Bin, Lanes>(column);
  } else if (n_words == 1) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < n_rows; ++i) {
      const std::size_t rank = ranks[rows[i].row];
      word |= std::uint64_t{1} << rank;
      bins[rank * Lanes + slots[i]] += kRowUnit<Bin> | rows[i].weight;
    }
    present[0] = word;
  } else {
    std::fill_n(present, n_words, 0);
    for (std::size_t i = 0; i < n_rows; ++i) {
      const std::size_t rank = ranks[rows[i].row];
      present[rank / 64] |= std::uint64_t{1} << (rank % 64);
      bins[rank * Lanes + slots[i]] += kRowUnit<Bin> | rows[i].weight;
    }
  }

  V total{};
  for (std::size_t slot = 0; slot < n_present_; ++slot) {
    total[slot] = present_weights_[slot];
  }
  V left{};
  V left_rows{};
  const bool wants_gini = n_gini_ != 0;
  const bool wants_entropy = n_entropy_ != 0;
  const EntropyPotential& potential = potential_;
  Positions& positions = positions_;
  positions.size = 0;
  const float* const values = column.values.data();
  bool started = false;
  bool constant = true;
  std::size_t previous = 0;
  float lowest = 0.0F;

  for (std::size_t w = 0; w < n_words; ++w) {
    for (std::uint64_t word = present[w]; word != 0; word &= word - 1) {
      const std::size_t rank = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
      if (!started) {
        started = true;
        lowest = values[rank];
      } else if (!column.has_close_values ||
                 values[rank] > values[previous] + RankedColumns::kFeatureThreshold) {
        const std::size_t p = positions.size++;
        positions.below[p] = static_cast<std::uint32_t>(previous);
        positions.above[p] = static_cast<std::uint32_t>(rank);
        const auto weight_left = static_cast<std::uint32_t>(sum<Bin, Lanes>(left));
        positions.weight_left[p] = weight_left;
        positions.rows_left[p] = static_cast<std::uint32_t>(sum<Bin, Lanes>(left_rows));
        const V right = total - left;
        if (wants_gini) {
          positions.squares_left[p] = static_cast<double>(sum<Bin, Lanes>(left * left));
          positions.squares_right[p] = static_cast<double>(sum<Bin, Lanes>(right * right));
        }
        if (wants_entropy) {
          std::int64_t value = -potential(weight_left) - potential(weight_ - weight_left);
          for (std::size_t slot = 0; slot < n_present_; ++slot) {
            value += potential(left[slot]) + potential(right[slot]);
          }
          positions.entropy[p] = value;
        }
        if (positions.size == Positions::kCapacity) {
          value_positions(feature);
        }
      }
      // A feature is constant by its extremes, even where its values creep up in tiny steps.
      constant = values[rank] <= lowest + RankedColumns::kFeatureThreshold;
      V here;
      std::memcpy(&here, bins + rank * Lanes, sizeof here);
      std::memset(bins + rank * Lanes, 0, sizeof here);
      left += here & (kRowUnit<Bin> - 1);
      left_rows += here >> kHalf<Bin>;
      previous = rank;
    }
  }
  if (positions.size != 0) {
    value_positions(feature);
  }
  return constant;
}

bool NodeSearch::admits(const Progress& progress, std::uint32_t rows_left, double weight_left) const {
  return rows_left >= progress.min_rows && rows_.size() - rows_left >= progress.min_rows &&
         weight_left >= progress.min_weight && weight_ - weight_left >= progress.min_weight;
}

void NodeSearch::value_positions(std::uint32_t feature) {
  if (n_gini_ != 0) {
    value_gini(feature);
  }
  if (n_entropy_ != 0) {
    value_entropy(feature);
  }
  positions_.size = 0;
}

TENFOLD_HOT
void NodeSearch::value_gini(std::uint32_t feature) {
  Positions& positions = positions_;
  const auto weight = static_cast<double>(weight_);
  for (std::size_t p = 0; p < positions.size; ++p) {
    const auto weight_left = static_cast<double>(positions.weight_left[p]);
    const double weight_right = weight - weight_left;
    positions.proxy[p] = proxy_improvement(gini(positions.squares_left[p], weight_left), weight_left,
                                           gini(positions.squares_right[p], weight_right), weight_right);
  }
  for (std::size_t g = 0; g < n_gini_; ++g) {
    Progress& progress = gini_[g];
    Choice& best = progress.best;
    for (std::size_t p = 0; p < positions.size; ++p) {
      if (positions.proxy[p] > best.proxy &&
          admits(progress, positions.rows_left[p], positions.weight_left[p])) {
        best.proxy = positions.proxy[p];
        best.feature = feature;
        best.below = positions.below[p];
        best.above = positions.above[p];
        best.found = true;
      }
    }
  }
}

void NodeSearch::value_entropy(std::uint32_t feature) {
  const Positions& positions = positions_;
  for (std::size_t e = 0; e < n_entropy_; ++e) {
    Progress& progress = entropy_[e];
    for (std::size_t p = 0; p < positions.size; ++p) {
      const bool contends =
          progress.contenders.empty() || positions.entropy[p] >= progress.best_value - slack_;
      if (contends && admits(progress, positions.rows_left[p], positions.weight_left[p])) {
        contend(progress, {positions.entropy[p], feature, positions.below[p], positions.above[p]});
      }
    }
  }
}

/// Keeps the contenders in the order in which scikit-learn meets them; of equals the first one wins.
void NodeSearch::contend(Progress& progress, const Contender& contender) {
  constexpr std::size_t kMostContenders = 32;
  if (progress.contenders.empty() || contender.value > progress.best_value + slack_) {
    progress.contenders.clear();
  }
  progress.best_value =
      progress.contenders.empty() ? contender.value : std::max(progress.best_value, contender.value);
  progress.contenders.push_back(contender);
  if (progress.contenders.size() == kMostContenders) {
    // Many ties: decide among those met so far. The winner keeps its place as the first.
    std::size_t winner = 0;
    double best = exact_entropy_proxy(progress.contenders[0]);
    for (std::size_t c = 1; c < progress.contenders.size(); ++c) {
      const double proxy = exact_entropy_proxy(progress.contenders[c]);
      if (proxy > best) {
        best = proxy;
        winner = c;
      }
    }
    progress.contenders = {progress.contenders[winner]};
  }
}

double NodeSearch::exact_entropy_proxy(const Contender& contender) {
  const Column& column = columns_.column(contender.feature);
  const std::size_t n_classes = class_weights_.size();
  counts_.assign(n_classes, 0);
  std::uint32_t weight_left = 0;
  for (const TrainingRow& row : rows_) {
    if (columns_.rank(row.row, column) <= contender.below) {
      counts_[row.label] += row.weight;
      weight_left += row.weight;
    }
  }
  counts_right_.resize(n_classes);
  for (std::size_t k = 0; k < n_classes; ++k) {
    counts_right_[k] = class_weights_[k] - counts_[k];
  }
  const std::uint32_t weight_right = weight_ - weight_left;
  return proxy_improvement(entropy(counts_, weight_left), weight_left, entropy(counts_right_, weight_right),
                           weight_right);
}

Choice NodeSearch::choose(std::size_t variant) {
  for (std::size_t g = 0; g < n_gini_; ++g) {
    if (gini_[g].variant == variant) {
      return gini_[g].best;
    }
  }
  const auto progress =
      std::find_if(entropy_.begin(), entropy_.begin() + static_cast<std::ptrdiff_t>(n_entropy_),
                   [variant](const Progress& p) { return p.variant == variant; });
  if (rules_.splitter() == Splitter::kRandom || progress->contenders.empty()) {
    return progress->best;
  }
  std::vector<Contender>& contenders = progress->contenders;
  std::erase_if(contenders, [&](const Contender& c) { return c.value < progress->best_value - slack_; });
  std::size_t winner = 0;
  if (contenders.size() > 1) {
    double best = exact_entropy_proxy(contenders[0]);
    for (std::size_t c = 1; c < contenders.size(); ++c) {
      const double proxy = exact_entropy_proxy(contenders[c]);
      if (proxy > best) {
        best = proxy;
        winner = c;
      }
    }
  }
  Choice choice;
  choice.proxy = static_cast<double>(contenders[winner].value) / EntropyPotential::kOne;
  choice.feature = contenders[winner].feature;
  choice.below = contenders[winner].below;
  choice.above = contenders[winner].above;
  choice.found = true;
  return choice;
}

bool NodeSearch::draw_threshold(const Column& column, std::uint32_t feature, TreeGenerator& generator) {
  std::uint32_t low = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t high = 0;
  const bool by_others = looks_at_others(column);
  if (by_others) {
    std::size_t n_others = 0;
    for (const OtherRow& other : column.others) {
      if (marked_[other.row].mark == mark_) {
        ++n_others;
        low = std::min(low, other.rank);
        high = std::max(high, other.rank);
      }
    }
    if (n_others < rows_.size()) {
      low = std::min(low, column.common_rank);
      high = std::max(high, column.common_rank);
    }
  } else {
    ranks_.resize(std::max(ranks_.size(), rows_.size()));
    with_ranks(column, [&](const auto* ranks) {
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const std::uint32_t rank = ranks[rows_[i].row];
        ranks_[i] = rank;
        low = std::min(low, rank);
        high = std::max(high, rank);
      }
    });
  }
  const std::optional<DrawnCut> drawn = draw_cut(column, low, high, generator);
  if (!drawn) {
    return true;
  }

  counts_.assign(class_weights_.size(), 0);
  std::uint32_t rows_left = 0;
  std::uint32_t weight_left = 0;
  if (by_others) {
    const bool common_left = column.common_rank <= drawn->cut;
    if (common_left) {
      counts_.assign(class_weights_.begin(), class_weights_.end());
      rows_left = static_cast<std::uint32_t>(rows_.size());
      weight_left = weight_;
    }
    for (const OtherRow& other : column.others) {
      const MarkedRow& row = marked_[other.row];
      if (row.mark != mark_ || (other.rank <= drawn->cut) == common_left) {
        continue;
      }
      std::uint32_t& count = counts_[label_of_slot_[row.slot]];
      count = common_left ? count - row.weight : count + row.weight;
      weight_left = common_left ? weight_left - row.weight : weight_left + row.weight;
      rows_left = common_left ? rows_left - 1 : rows_left + 1;
    }
  }
  for (std::size_t i = 0; !by_others && i < rows_.size(); ++i) {
    // Without a branch: which way a row goes is a coin toss.
    const bool left = ranks_[i] <= drawn->cut;
    const std::uint32_t weight = left ? rows_[i].weight : 0;
    counts_[rows_[i].label] += weight;
    weight_left += weight;
    rows_left += static_cast<std::uint32_t>(left);
  }
  counts_right_.resize(class_weights_.size());
  for (std::size_t k = 0; k < class_weights_.size(); ++k) {
    counts_right_[k] = class_weights_[k] - counts_[k];
  }
  const std::uint32_t weight_right = weight_ - weight_left;
  const auto offer = [&](std::span<Progress> progresses, double proxy) {
    for (Progress& progress : progresses) {
      if (proxy > progress.best.proxy && admits(progress, rows_left, weight_left)) {
        progress.best = {proxy, feature, drawn->cut, 0, drawn->threshold, 0, true};
      }
    }
  };
  if (n_gini_ != 0) {
    offer(std::span(gini_).first(n_gini_),
          proxy_improvement(gini(counts_, weight_left), weight_left, gini(counts_right_, weight_right),
                            weight_right));
  }
  if (n_entropy_ != 0) {
    offer(std::span(entropy_).first(n_entropy_),
          proxy_improvement(entropy(counts_, weight_left), weight_left, entropy(counts_right_, weight_right),
                            weight_right));
  }
  return false;
}

}  // namespace tenfold
