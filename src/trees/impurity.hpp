#pragma once

/// Impurities, in scikit-learn's own formulas and order of operations, and their integer counterparts.
///
/// Bit-equality rests on this file. Class weights are integers here (bootstrap counts), so sums of them
/// are exact in any order; what rounds is the division, the logarithm and the final combination, and
/// those are spelled as in `sklearn/tree/_criterion.pyx` (1.5 to 1.9: unchanged).
///
/// The *potential* of a count n is n squared for Gini and n log2(n), in fixed point, for entropy. Sums of
/// potentials are integers: they can be kept running while a threshold moves, without drift, and they
/// order splits as the exact formula does up to a bound that `entropy_slack` states.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tenfold {

/// Double precision's epsilon, the builder's tolerance for "no impurity left".
inline constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/// Gini index from the sum of squared class weights.
inline double gini(double sum_of_squares, double weight) {
  return 1.0 - sum_of_squares / (weight * weight);
}

/// One class's term p * log2(p) of the entropy; zero for an absent class.
inline double entropy_term(double count, double weight) {
  if (count == 0.0) {
    return 0.0;
  }
  const double share = count / weight;
  return share * (std::log(share) / std::log(2.0));
}

inline double entropy(std::span<const std::uint32_t> counts, double weight) {
  double sum = 0.0;
  for (const std::uint32_t count : counts) {
    sum -= entropy_term(count, weight);
  }
  return sum;
}

inline double gini(std::span<const std::uint32_t> counts, double weight) {
  double sum_of_squares = 0.0;
  for (const std::uint32_t count : counts) {
    sum_of_squares += static_cast<double>(count) * static_cast<double>(count);
  }
  return gini(sum_of_squares, weight);
}

/// What a split search maximises: the improvement without the terms that all splits of a node share.
inline double proxy_improvement(double impurity_left, double weight_left, double impurity_right,
                                double weight_right) {
  return -weight_right * impurity_right - weight_left * impurity_left;
}

/// Weighted decrease of impurity by a split; `total_weight` is that of the whole tree.
inline double improvement(double total_weight, double weight, double impurity, double weight_left,
                          double impurity_left, double weight_right, double impurity_right) {
  return (weight / total_weight) *
         (impurity - (weight_right / weight * impurity_right) - (weight_left / weight * impurity_left));
}

/// `entropy_term` of all counts within small weights, computed once a process.
class SmallEntropyTerms {
 public:
  static constexpr std::size_t kLargestWeight = 64;

  /// The terms of one weight, indexed by count.
  [[nodiscard]] const double* of_weight(std::size_t weight) const { return terms_[weight].data(); }

  static const SmallEntropyTerms& instance() {
    static const SmallEntropyTerms terms;
    return terms;
  }

 private:
  SmallEntropyTerms() {
    for (std::size_t weight = 1; weight <= kLargestWeight; ++weight) {
      for (std::size_t count = 0; count <= weight; ++count) {
        terms_[weight][count] = entropy_term(static_cast<double>(count), static_cast<double>(weight));
      }
    }
  }

  std::array<std::array<double, kLargestWeight + 1>, kLargestWeight + 1> terms_{};
};

/// n log2(n) in fixed point with 26 fractional bits, tabulated up to a bound.
class EntropyPotential {
 public:
  static constexpr double kOne = 1 << 26;

  explicit EntropyPotential(std::size_t largest_weight) : table_(std::min(largest_weight, kTableLimit) + 1) {
    for (std::size_t n = 0; n < table_.size(); ++n) {
      table_[n] = compute(n);
    }
  }

  [[nodiscard]] std::int64_t operator()(std::size_t n) const {
    return n < table_.size() ? table_[n] : compute(n);
  }

 private:
  static constexpr std::size_t kTableLimit = std::size_t{1} << 21U;

  static std::int64_t compute(std::size_t n) {
    const auto x = static_cast<double>(n);
    return n < 2 ? 0 : std::llround(x * std::log2(x) * kOne);
  }

  std::vector<std::int64_t> table_;
};

/// By how much the potentials of two splits may be in the wrong order against scikit-learn's formula.
///
/// Each of the 2K + 2 potentials is off by at most one unit (half by rounding, less than half by log2);
/// scikit-learn's proxy is off by at most weight * (K + 8) * 8 * 2**-53, every term, sum and product
/// counted at four units in the last place of a value below K. Twice the sum, for two splits compared.
inline std::int64_t entropy_slack(std::size_t n_classes, double weight) {
  const auto classes = static_cast<double>(n_classes);
  const double units = (2 * classes + 2) + weight * (classes + 8) * 8.0 * 0x1p-53 * EntropyPotential::kOne;
  return 2 * (static_cast<std::int64_t>(units) + 1);
}

}  // namespace tenfold
