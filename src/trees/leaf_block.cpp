#include "trees/leaf_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "clones.hpp"

namespace tenfold {

namespace {

/// Columns with at most this many distinct values are ordered by counting instead of sorting.
constexpr std::size_t kCountedValues = 256;

/// The lowest `count` bits of a word.
std::uint64_t low_bits(std::size_t count) {
  return count >= LeafBlock::kCapacity ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

template <typename Rank>
Rank load_rank(const std::uint8_t* record, std::uint32_t offset) {
  Rank rank = 0;
  std::memcpy(&rank, record + offset, sizeof rank);
  return rank;
}

std::uint32_t load_rank(const std::uint8_t* record, const Column& column) {
  switch (column.width) {
    case 1:
      return load_rank<std::uint8_t>(record, column.row_offset);
    case 2:
      return load_rank<std::uint16_t>(record, column.row_offset);
    default:
      return load_rank<std::uint32_t>(record, column.row_offset);
  }
}

}  // namespace

LeafBlock::LeafBlock(const RankedColumns& columns, const GrowthRules& rules)
    : columns_(columns),
      rules_(rules),
      terms_(SmallEntropyTerms::instance()),
      choices_(rules.variants().size()),
      rows_of_rank_(kCountedValues) {}

void LeafBlock::load(std::span<const TrainingRow> rows) {
  n_labels_ = 0;
  first_bits_ = 0;
  // Labels ascend, because entropy's terms are summed in that order.
  std::array<std::uint16_t, kCapacity> labels;
  std::size_t n_labels = 0;
  for (const TrainingRow& row : rows) {
    if (std::find(labels.begin(), labels.begin() + n_labels, row.label) == labels.begin() + n_labels) {
      labels[n_labels++] = row.label;
    }
  }
  std::sort(labels.begin(), labels.begin() + n_labels);
  n_labels_ = n_labels;
  std::copy_n(labels.begin(), n_labels, labels_.begin());
  std::fill_n(class_bits_.begin(), n_labels, 0);

  std::size_t bit = 0;
  for (const TrainingRow& row : rows) {
    const auto slot = static_cast<std::size_t>(
        std::find(labels.begin(), labels.begin() + n_labels, row.label) - labels.begin());
    const std::uint64_t bits = low_bits(row.weight) << bit;
    record_of_bit_[bit] = columns_.row_record(row.row);
    bits_of_row_[bit] = bits;
    first_bits_ |= std::uint64_t{1} << bit;
    class_bits_[slot] |= bits;
    for (std::size_t copy = 0; copy < row.weight; ++copy) {
      slot_of_bit_[bit + copy] = static_cast<std::uint8_t>(slot);
    }
    bit += row.weight;
  }
  all_ = low_bits(bit);
}

TENFOLD_HOT
std::uint32_t LeafBlock::search(GrowthStream& stream, const BlockNode& node, MemberSet live) {
  rows_ = node.rows;
  n_rows_ = n_rows(rows_);
  weight_ = weight(rows_);
  classes_.size = 0;
  for (std::size_t slot = 0; slot < n_labels_; ++slot) {
    const std::uint64_t bits = rows_ & class_bits_[slot];
    if (bits != 0) {
      classes_.bits[classes_.size] = bits;
      classes_.weights[classes_.size] = weight(bits);
      ++classes_.size;
    }
  }
  gini_.size = 0;
  entropy_.size = 0;
  const auto& variants = rules_.variants();
  for (std::size_t v = 0; v < variants.size(); ++v) {
    if ((live & rules_.members_of(v)) != 0) {
      LiveVariants& of_criterion = variants[v].criterion == Criterion::kGini ? gini_ : entropy_;
      of_criterion.variants[of_criterion.size++] = static_cast<std::uint32_t>(v);
      choices_[v].found = false;
      choices_[v].proxy = -std::numeric_limits<double>::infinity();
    }
  }

  TreeGenerator& generator = stream.draw.generator;
  const bool draws = rules_.splitter() == Splitter::kRandom;
  return stream.draw.draw(rules_.max_features(), node.state.n_constants, [&](std::uint32_t feature) {
    const Column& column = columns_.column(feature);
    if (draws) {
      return draw_threshold(column, feature, generator);
    }
    if (column.values.size() > kCountedValues) {
      return examine_sorted(column, feature);
    }
    return examine_counted<std::uint8_t>(column, feature);
  });
}

/// Few distinct values: rows are gathered by rank, and the ranks present are the bits of a few words.
template <typename Rank>
bool LeafBlock::examine_counted(const Column& column, std::uint32_t feature) {
  constexpr std::size_t kWords = kCountedValues / 64;
  std::array<std::uint64_t, kWords> present{};
  std::uint64_t* const rows_of_rank = rows_of_rank_.data();
  const std::uint32_t offset = column.row_offset;
  const float* const values = column.values.data();
  const std::size_t n_words = (column.values.size() + 63) / 64;
  if (n_words == 1) {
    std::uint64_t word = 0;
    for (std::uint64_t left_over = rows_ & first_bits_; left_over != 0; left_over &= left_over - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(left_over));
      const std::size_t rank = load_rank<Rank>(record_of_bit_[bit], offset);
      word |= std::uint64_t{1} << rank;
      rows_of_rank[rank] |= bits_of_row_[bit];
    }
    present[0] = word;
  } else {
    for (std::uint64_t left_over = rows_ & first_bits_; left_over != 0; left_over &= left_over - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(left_over));
      const std::size_t rank = load_rank<Rank>(record_of_bit_[bit], offset);
      present[rank / 64] |= std::uint64_t{1} << (rank % 64);
      rows_of_rank[rank] |= bits_of_row_[bit];
    }
  }

  std::uint64_t left = 0;
  std::size_t previous = 0;
  float lowest = 0.0F;
  for (std::size_t w = 0; w < n_words; ++w) {
    for (std::uint64_t word = present[w]; word != 0; word &= word - 1) {
      const std::size_t rank = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
      if (left == 0) {
        lowest = values[rank];
      } else if (!column.has_close_values ||
                 values[rank] > values[previous] + RankedColumns::kFeatureThreshold) {
        offer(feature, static_cast<std::uint32_t>(previous), static_cast<std::uint32_t>(rank), 0.0, left);
      }
      left |= rows_of_rank[rank];
      rows_of_rank[rank] = 0;
      previous = rank;
    }
  }
  return values[previous] <= lowest + RankedColumns::kFeatureThreshold;
}

/// Many distinct values: the node's few rows are sorted by rank.
bool LeafBlock::examine_sorted(const Column& column, std::uint32_t feature) {
  std::size_t n_keys = 0;
  for (std::uint64_t left_over = rows_ & first_bits_; left_over != 0; left_over &= left_over - 1) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(left_over));
    const std::uint64_t key = (std::uint64_t{load_rank(record_of_bit_[bit], column)} << 8U) | bit;
    std::size_t at = n_keys++;
    for (; at > 0 && keys_[at - 1] > key; --at) {
      keys_[at] = keys_[at - 1];
    }
    keys_[at] = key;
  }
  const float* const values = column.values.data();
  const float lowest = values[keys_[0] >> 8U];
  const float highest = values[keys_[n_keys - 1] >> 8U];
  if (highest <= lowest + RankedColumns::kFeatureThreshold) {
    return true;
  }
  std::uint64_t left = 0;
  for (std::size_t i = 0; i + 1 < n_keys; ++i) {
    left |= bits_of_row_[keys_[i] & 0xffU];
    const std::uint64_t rank = keys_[i] >> 8U;
    const std::uint64_t next = keys_[i + 1] >> 8U;
    if (rank != next && values[next] > values[rank] + RankedColumns::kFeatureThreshold) {
      offer(feature, static_cast<std::uint32_t>(rank), static_cast<std::uint32_t>(next), 0.0, left);
    }
  }
  return false;
}

bool LeafBlock::draw_threshold(const Column& column, std::uint32_t feature, TreeGenerator& generator) {
  std::uint32_t low = ~std::uint32_t{0};
  std::uint32_t high = 0;
  for (std::uint64_t left_over = rows_ & first_bits_; left_over != 0; left_over &= left_over - 1) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(left_over));
    const std::uint32_t rank = load_rank(record_of_bit_[bit], column);
    keys_[bit] = rank;
    low = std::min(low, rank);
    high = std::max(high, rank);
  }
  const std::optional<DrawnCut> drawn = draw_cut(column, low, high, generator);
  if (!drawn) {
    return true;
  }
  std::uint64_t left = 0;
  for (std::uint64_t left_over = rows_ & first_bits_; left_over != 0; left_over &= left_over - 1) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(left_over));
    left |= keys_[bit] <= drawn->cut ? bits_of_row_[bit] : 0;
  }
  offer(feature, drawn->cut, 0, drawn->threshold, left);
  return false;
}

/// Values one position for both criteria, in scikit-learn's formulas.
void LeafBlock::offer(std::uint32_t feature, std::uint32_t below, std::uint32_t above, double threshold,
                      std::uint64_t left) {
  const std::uint32_t weight_left = weight(left);
  const std::uint32_t weight_right = weight_ - weight_left;
  const std::size_t n_classes = classes_.size;
  if (gini_.size != 0) {
    std::uint32_t squares_left = 0;
    std::uint32_t squares_right = 0;
    for (std::size_t k = 0; k < n_classes; ++k) {
      const std::uint32_t count_left = weight(left & classes_.bits[k]);
      const std::uint32_t count_right = classes_.weights[k] - count_left;
      squares_left += count_left * count_left;
      squares_right += count_right * count_right;
    }
    offer_proxy(gini_,
                proxy_improvement(gini(squares_left, weight_left), weight_left,
                                  gini(squares_right, weight_right), weight_right),
                feature, below, above, threshold, left);
  }
  if (entropy_.size != 0) {
    const double* const terms_left = terms_.of_weight(weight_left);
    const double* const terms_right = terms_.of_weight(weight_right);
    double entropy_left = 0.0;
    double entropy_right = 0.0;
    for (std::size_t k = 0; k < n_classes; ++k) {
      const std::uint32_t count_left = weight(left & classes_.bits[k]);
      entropy_left -= terms_left[count_left];
      entropy_right -= terms_right[classes_.weights[k] - count_left];
    }
    offer_proxy(entropy_, proxy_improvement(entropy_left, weight_left, entropy_right, weight_right), feature,
                below, above, threshold, left);
  }
}

bool LeafBlock::gains(Criterion criterion, double proxy) const {
  constexpr double kDoubtful = 1e-9;  // a gain is zero or, over at most 64 rows, far above this
  double impurity = 0.0;
  if (criterion == Criterion::kGini) {
    std::uint32_t squares = 0;
    for (std::size_t k = 0; k < classes_.size; ++k) {
      squares += classes_.weights[k] * classes_.weights[k];
    }
    impurity = gini(squares, weight_);
  } else {
    for (std::size_t k = 0; k < classes_.size; ++k) {
      impurity -= terms_.of_weight(weight_)[classes_.weights[k]];
    }
  }
  return proxy + weight_ * impurity > kDoubtful;
}

void LeafBlock::offer_proxy(const LiveVariants& live, double proxy, std::uint32_t feature,
                            std::uint32_t below, std::uint32_t above, double threshold, std::uint64_t left) {
  for (std::size_t i = 0; i < live.size; ++i) {
    const std::uint32_t v = live.variants[i];
    Choice& choice = choices_[v];
    if (!(proxy > choice.proxy)) {
      continue;
    }
    const Variant& variant = rules_.variants()[v];
    const std::uint32_t rows_left = n_rows(left);
    const std::uint32_t weight_left = weight(left);
    if (rows_left < variant.min_samples_leaf || n_rows_ - rows_left < variant.min_samples_leaf ||
        weight_left < variant.min_weight_leaf || weight_ - weight_left < variant.min_weight_leaf) {
      continue;
    }
    choice = {proxy, feature, below, above, threshold, left, true};
  }
}

}  // namespace tenfold
