#include "trees/rank_buckets.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "clones.hpp"

namespace tenfold {

namespace {

constexpr unsigned kWeightBits = 21;
constexpr std::uint64_t kWeightMask = (std::uint64_t{1} << kWeightBits) - 1;
constexpr std::uint64_t kOneRow = std::uint64_t{1} << (2 * kWeightBits);

/// Greater of two, the first where they cannot be compared: the value of "no split" is not a number.
inline double greater_of(double a, double b) {
  return b > a ? b : a;
}

/// A split's proxy but for rounding, with one division less than the formula that decides.
inline double about_gini(double left_0, double left_1, double total_0, double total_1) {
  const double left = left_0 + left_1;
  const double right_0 = total_0 - left_0;
  const double right_1 = total_1 - left_1;
  const double right = right_0 + right_1;
  const double squares_left = left_0 * left_0 + left_1 * left_1;
  const double squares_right = right_0 * right_0 + right_1 * right_1;
  return (squares_left * right + squares_right * left) / (left * right) - (left + right);
}

TENFOLD_HOT
void value_gini_of(std::size_t size, const double* left_0, const double* left_1, double total_0,
                   double total_1, double* values, double* bounds) {
  const double weight = total_0 + total_1;
  for (std::size_t b = 0; b <= size; ++b) {
    const double left = left_0[b] + left_1[b];
    const double right = weight - left;
    const double right_0 = total_0 - left_0[b];
    const double right_1 = total_1 - left_1[b];
    // As `NodeSearch` values a position: what is found here must be found again there.
    values[b] = proxy_improvement(gini(left_0[b] * left_0[b] + left_1[b] * left_1[b], left), left,
                                  gini(right_0 * right_0 + right_1 * right_1, right), right);
  }
  for (std::size_t b = 0; b < size; ++b) {
    // All four corners; two of them are boundaries.
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    double bound = greater_of(kNone, values[b]);
    bound = greater_of(bound, values[b + 1]);
    bound = greater_of(bound, about_gini(left_0[b + 1], left_1[b], total_0, total_1));
    bounds[b] = greater_of(bound, about_gini(left_0[b], left_1[b + 1], total_0, total_1));
  }
}

/// Counts into cells that are all zero.
TENFOLD_HOT
void count_cells(std::span<const TrainingRow> rows, std::span<const std::uint16_t> slot_of_label,
                 const std::uint32_t* ranks, std::uint32_t lowest, unsigned shift, std::uint64_t* cells) {
  const TrainingRow* const of_row = rows.data();
  const std::uint16_t* const slots = slot_of_label.data();
  const std::size_t n_rows = rows.size();
  for (std::size_t i = 0; i < n_rows; ++i) {
    const unsigned place = slots[of_row[i].label] * kWeightBits;
    cells[(ranks[i] - lowest) >> shift] += kOneRow + (std::uint64_t{of_row[i].weight} << place);
  }
}

template <typename Value>
TENFOLD_HOT Value best_of(std::size_t size, const Value* values, const std::uint32_t* rows_left,
                          const double* left_0, const double* left_1, std::uint32_t min_rows,
                          std::uint32_t max_rows, double min_weight, double weight, Value best) {
  for (std::size_t b = 1; b < size; ++b) {
    const double left = left_0[b] + left_1[b];
    const bool admitted = rows_left[b] >= min_rows && rows_left[b] <= max_rows && left >= min_weight &&
                          weight - left >= min_weight;
    best = admitted && values[b] > best ? values[b] : best;
  }
  return best;
}

template <typename Value>
TENFOLD_HOT void mark(std::size_t size, const Value* values, const Value* bounds,
                      const std::uint32_t* rows_left, std::uint32_t min_rows, std::uint32_t max_rows,
                      Value least, std::uint8_t* kept) {
  for (std::size_t b = 0; b < size; ++b) {
    const bool inside = bounds[b] >= least && rows_left[b + 1] > min_rows && rows_left[b] < max_rows;
    kept[b] = static_cast<std::uint8_t>(kept[b] | static_cast<std::uint8_t>(inside));
  }
  // A boundary needs the values on both its sides. Before an empty bucket and behind it lies the same split,
  // so that a chain of empty ones is kept as far as the next value.
  for (std::size_t b = 1; b < size; ++b) {
    const bool on_it = values[b] >= least && rows_left[b] >= min_rows && rows_left[b] <= max_rows;
    kept[b - 1] = static_cast<std::uint8_t>(kept[b - 1] | static_cast<std::uint8_t>(on_it));
    kept[b] = static_cast<std::uint8_t>(kept[b] | static_cast<std::uint8_t>(on_it));
  }
}

}  // namespace

RankBuckets::RankBuckets()
    : cells_(kMost),
      left_{std::vector<double>(kMost + 1), std::vector<double>(kMost + 1)},
      rows_left_(kMost + 1),
      gini_(kMost + 1),
      gini_bounds_(kMost),
      entropy_(kMost + 1),
      entropy_bounds_(kMost),
      kept_(kMost) {}

void RankBuckets::count(std::span<const TrainingRow> rows, std::span<const std::uint16_t> slot_of_label,
                        const std::uint32_t* ranks, std::uint32_t lowest, std::uint32_t highest) {
  const std::size_t wanted = std::clamp<std::size_t>(std::bit_floor(rows.size() / kRowsABucket), 16, kMost);
  lowest_ = lowest;
  const auto bits = static_cast<unsigned>(std::bit_width(highest - lowest));
  const auto kept_bits = static_cast<unsigned>(std::countr_zero(wanted));
  shift_ = bits > kept_bits ? bits - kept_bits : 0;
  size_ = ((highest - lowest) >> shift_) + 1;
  std::fill_n(cells_.data(), size_, 0);
  count_cells(rows, slot_of_label, ranks, lowest, shift_, cells_.data());
  accumulate();
}

void RankBuckets::accumulate() {
  std::uint64_t sum = 0;
  double* const left_0 = left_[0].data();
  double* const left_1 = left_[1].data();
  for (std::size_t b = 0; b < size_; ++b) {
    left_0[b] = static_cast<double>(static_cast<std::int64_t>(sum & kWeightMask));
    left_1[b] = static_cast<double>(static_cast<std::int64_t>((sum >> kWeightBits) & kWeightMask));
    rows_left_[b] = static_cast<std::uint32_t>(sum >> (2 * kWeightBits));
    sum += cells_[b];
  }
  left_0[size_] = static_cast<double>(sum & kWeightMask);
  left_1[size_] = static_cast<double>((sum >> kWeightBits) & kWeightMask);
  n_rows_ = rows_left_[size_] = static_cast<std::uint32_t>(sum >> (2 * kWeightBits));
  weight_ = left_0[size_] + left_1[size_];
}

void RankBuckets::value_gini() {
  value_gini_of(size_, left_[0].data(), left_[1].data(), left_[0][size_], left_[1][size_], gini_.data(),
                gini_bounds_.data());
  std::fill_n(kept_.data(), size_, 0);
}

void RankBuckets::value_entropy(const EntropyPotential& potential) {
  const auto at = [](double count) { return static_cast<std::size_t>(count); };
  const double total_0 = left_[0][size_];
  const double total_1 = left_[1][size_];
  const auto of_class = [&](double left, double total) {
    return potential(at(left)) + potential(at(total - left));
  };
  const auto of_sides = [&](double left) { return potential(at(left)) + potential(at(weight_ - left)); };
  std::int64_t before_0 = 0;
  std::int64_t before_1 = 0;
  for (std::size_t b = 0; b <= size_; ++b) {
    const std::int64_t class_0 = of_class(left_[0][b], total_0);
    const std::int64_t class_1 = of_class(left_[1][b], total_1);
    entropy_[b] = class_0 + class_1 - of_sides(left_[0][b] + left_[1][b]);
    if (b != 0) {
      const std::int64_t corner_0 = class_0 + before_1 - of_sides(left_[0][b] + left_[1][b - 1]);
      const std::int64_t corner_1 = before_0 + class_1 - of_sides(left_[0][b - 1] + left_[1][b]);
      entropy_bounds_[b - 1] = std::max({entropy_[b - 1], entropy_[b], corner_0, corner_1});
    }
    before_0 = class_0;
    before_1 = class_1;
  }
  std::fill_n(kept_.data(), size_, 0);
}

template <typename Value>
void RankBuckets::raise_in(Asked<Value>& asked, const Value* values) const {
  if (n_rows_ < 2 * asked.min_rows) {
    return;
  }
  asked.best = best_of(size_, values, rows_left_.data(), left_[0].data(), left_[1].data(), asked.min_rows,
                       n_rows_ - asked.min_rows, asked.min_weight, weight_, asked.best);
}

void RankBuckets::raise(Asked<double>& asked) const {
  raise_in(asked, gini_.data());
}

void RankBuckets::raise(Asked<std::int64_t>& asked) const {
  raise_in(asked, entropy_.data());
}

template <typename Value>
void RankBuckets::keep_in(const Asked<Value>& asked, Value least, const Value* values, const Value* bounds) {
  if (n_rows_ < 2 * asked.min_rows) {
    return;
  }
  mark(size_, values, bounds, rows_left_.data(), asked.min_rows, n_rows_ - asked.min_rows, least,
       kept_.data());
}

void RankBuckets::keep(const Asked<double>& asked, double slack) {
  keep_in(asked, asked.best - slack, gini_.data(), gini_bounds_.data());
}

void RankBuckets::keep(const Asked<std::int64_t>& asked, std::int64_t slack) {
  // The least value stands for "none yet".
  const bool none = asked.best == std::numeric_limits<std::int64_t>::min();
  keep_in(asked, none ? asked.best : asked.best - slack, entropy_.data(), entropy_bounds_.data());
}

void RankBuckets::keep_all() {
  std::fill_n(kept_.data(), size_, 1);
}

std::size_t RankBuckets::n_kept() const {
  std::size_t n = 0;
  for (std::size_t b = 0; b < size_; ++b) {
    n += kept_[b] != 0 ? rows_left_[b + 1] - rows_left_[b] : 0;
  }
  return n;
}

bool RankBuckets::next_run(std::size_t from, Run& run) const {
  const auto begin = kept_.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(size_);
  const auto first = std::find(begin + static_cast<std::ptrdiff_t>(std::min(from, size_)), end, 1);
  if (first == end) {
    return false;
  }
  run.first = static_cast<std::size_t>(first - begin);
  run.last = static_cast<std::size_t>(std::find(first, end, 0) - begin) - 1;
  return true;
}

}  // namespace tenfold
