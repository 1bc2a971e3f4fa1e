#pragma once

/// The statistics of a node: what a criterion adds up, in scikit-learn's order and operations.
///
/// A statistics policy holds the sums of one node and of the two sides of a moving split position.
/// `sklearn/tree/_criterion.pyx` (1.9) moves it forward, adding samples to the left side one by one, or,
/// where that is shorter, starts from the node's totals and takes samples away from the end. Both round
/// differently, and the right side is always the total minus the left; all of it is kept as it stands there.
///
/// A policy offers: `begin` (totals of a node), `reset`, `move_to` (the split position), `proxy` (what the
/// search maximises), `children_impurity`, `node_impurity`, `node_value`; and for monotonic constraints
/// `left_value`, `right_value`, `middle` and `clip`.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "trees/impurity.hpp"
#include "trees/ordered/class_scan.hpp"
#include "trees/ordered/moment_sample.hpp"
#include "trees/ordered/training_columns.hpp"

namespace tenfold::ordered {

/// What all policies share: weights, and the position.
struct SideWeights {
  double total = 0.0;
  double left = 0.0;
  double right = 0.0;
};

/// Sums of targets and of their squares: squared error (friedman_mse is the same since 1.9).
class Moments {
 public:
  using Sample = MomentSample;

  /// `targets` and `weights` by sample; no weights: ones.
  void set_samples(std::span<const double> targets, std::span<const double> weights) {
    targets_ = targets;
    samples_.resize(targets.size());
    has_unit_weights_ = true;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const double weight = weights.empty() ? 1.0 : weights[i];
      samples_[i] = {weight * targets[i], weight};
      // Samples of no weight are left out of every tree.
      has_unit_weights_ = has_unit_weights_ && (weight == 1.0 || weight == 0.0);
    }
  }

  void begin(const std::uint32_t* order, std::uint32_t n) {
    n_ = n;
    double sum = 0.0;
    double squares = 0.0;
    double weight = 0.0;
    for (std::uint32_t p = 0; p < n; ++p) {
      const std::uint32_t sample = order[p] & kSampleMask;
      const Sample& one = samples_[sample];
      sum += one.weighted_target;
      squares += one.weighted_target * targets_[sample];
      weight += one.weight;
    }
    sum_ = sum;
    squares_ = squares;
    weights_.total = weight;
    reset();
  }

  void reset() {
    position_ = 0;
    sum_left_ = 0.0;
    sum_right_ = sum_;
    weights_.left = 0.0;
    weights_.right = weights_.total;
  }

  void move_to(const std::uint32_t* order, std::uint32_t position) {
    double sum = sum_left_;
    double weight = weights_.left;
    if (position - position_ <= n_ - position) {
      for (std::uint32_t p = position_; p < position; ++p) {
        const Sample& one = samples_[order[p] & kSampleMask];
        sum += one.weighted_target;
        weight += one.weight;
      }
    } else {
      sum = sum_;
      weight = weights_.total;
      for (std::uint32_t p = n_; p-- > position;) {
        const Sample& one = samples_[order[p] & kSampleMask];
        sum -= one.weighted_target;
        weight -= one.weight;
      }
    }
    sum_left_ = sum;
    weights_.left = weight;
    sum_right_ = sum_ - sum;
    weights_.right = weights_.total - weight;
    position_ = position;
  }

  [[nodiscard]] double proxy() const {
    return sum_left_ * sum_left_ / weights_.left + sum_right_ * sum_right_ / weights_.right;
  }

  void children_impurity(const std::uint32_t* order, double& left, double& right) const {
    double squares_left = 0.0;
    for (std::uint32_t p = 0; p < position_; ++p) {
      const std::uint32_t sample = order[p] & kSampleMask;
      squares_left += samples_[sample].weighted_target * targets_[sample];
    }
    left = impurity(squares_left, sum_left_, weights_.left);
    right = impurity(squares_ - squares_left, sum_right_, weights_.right);
  }

  [[nodiscard]] double node_impurity() const { return impurity(squares_, sum_, weights_.total); }
  [[nodiscard]] std::size_t n_values() const { return 1; }
  void node_value(double* value) const { *value = sum_ / weights_.total; }

  [[nodiscard]] const SideWeights& weights() const { return weights_; }
  [[nodiscard]] double left_value() const { return sum_left_ / weights_.left; }
  [[nodiscard]] double right_value() const { return sum_right_ / weights_.right; }
  [[nodiscard]] double middle() const {
    return sum_left_ / (2 * weights_.left) + sum_right_ / (2 * weights_.right);
  }
  static void clip(double* value, double lower, double upper) {
    if (*value < lower) {
      *value = lower;
    } else if (*value > upper) {
      *value = upper;
    }
  }
  [[nodiscard]] double sum() const { return sum_; }
  [[nodiscard]] double sum_left() const { return sum_left_; }
  [[nodiscard]] double sum_right() const { return sum_right_; }
  [[nodiscard]] std::uint32_t position() const { return position_; }
  [[nodiscard]] std::span<const Sample> samples() const { return samples_; }
  [[nodiscard]] bool has_unit_weights() const { return has_unit_weights_; }

 private:
  static double impurity(double squares, double sum, double weight) {
    const double mean = sum / weight;
    return squares / weight - mean * mean;
  }

  std::span<const double> targets_;
  std::vector<Sample> samples_;
  bool has_unit_weights_ = true;
  SideWeights weights_;
  std::uint32_t n_ = 0;
  std::uint32_t position_ = 0;
  double sum_ = 0.0;
  double squares_ = 0.0;
  double sum_left_ = 0.0;
  double sum_right_ = 0.0;
};

/// Sums of targets for half the Poisson deviance.
class PoissonSums {
 public:
  void set_samples(std::span<const double> targets, std::span<const double> weights) {
    targets_ = targets;
    sums_.set_samples(targets, weights);
  }

  void begin(const std::uint32_t* order, std::uint32_t n) {
    n_ = n;
    order_ = order;
    sums_.begin(order, n);
  }
  void reset() { sums_.reset(); }
  void move_to(const std::uint32_t* order, std::uint32_t position) { sums_.move_to(order, position); }

  /// Splits with a side whose targets add up to zero are forbidden.
  [[nodiscard]] double proxy() const {
    const double left = sums_.sum_left();
    const double right = sums_.sum_right();
    if (left <= kSmallestSum || right <= kSmallestSum) {
      return -std::numeric_limits<double>::infinity();
    }
    const double proxy_left = 0.0 - left * logarithm(left / weights().left);
    const double proxy_right = 0.0 - right * logarithm(right / weights().right);
    return -proxy_left - proxy_right;
  }

  void children_impurity(const std::uint32_t* order, double& left, double& right) const {
    const std::uint32_t position = sums_.position();
    left = impurity(order, 0, position, sums_.sum_left(), weights().left);
    right = impurity(order, position, n_, sums_.sum_right(), weights().right);
  }

  /// Of the node that was begun, before its samples are moved.
  [[nodiscard]] double node_impurity() const { return impurity(order_, 0, n_, sums_.sum(), weights().total); }
  [[nodiscard]] std::size_t n_values() const { return 1; }
  void node_value(double* value) const { sums_.node_value(value); }

  [[nodiscard]] const SideWeights& weights() const { return sums_.weights(); }
  [[nodiscard]] double left_value() const { return sums_.left_value(); }
  [[nodiscard]] double right_value() const { return sums_.right_value(); }
  [[nodiscard]] double middle() const { return sums_.middle(); }
  static void clip(double* value, double lower, double upper) { Moments::clip(value, lower, upper); }

 private:
  static constexpr double kSmallestSum = 10 * std::numeric_limits<double>::epsilon();

  /// scikit-learn's `log` of `_utils.pyx`: to the base of two.
  static double logarithm(double x) { return std::log(x) / std::log(2.0); }

  double impurity(const std::uint32_t* order, std::uint32_t first, std::uint32_t last, double sum,
                  double weight) const {
    if (sum <= kSmallestSum) {
      return std::numeric_limits<double>::infinity();
    }
    const double mean = sum / weight;
    double loss = 0.0;
    for (std::uint32_t p = first; p < last; ++p) {
      const std::uint32_t sample = order[p] & kSampleMask;
      const double target = targets_[sample];
      // SciPy's xlogy, with the natural logarithm.
      loss += sums_.samples()[sample].weight * (target == 0.0 ? 0.0 : target * std::log(target / mean));
    }
    return loss / weight;
  }

  std::span<const double> targets_;
  Moments sums_;
  const std::uint32_t* order_ = nullptr;
  std::uint32_t n_ = 0;
};

/// Weights by class: Gini or entropy.
template <bool kEntropy>
class ClassWeights {
 public:
  void set_samples(std::span<const std::uint32_t> labels, std::size_t n_classes,
                   std::span<const double> weights) {
    samples_.resize(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      samples_[i] = {weights.empty() ? 1.0 : weights[i], labels[i]};
    }
    sums_.assign(n_classes, 0.0);
    left_.assign(n_classes, 0.0);
    right_.assign(n_classes, 0.0);
  }

  void begin(const std::uint32_t* order, std::uint32_t n) {
    n_ = n;
    std::ranges::fill(sums_, 0.0);
    double weight = 0.0;
    for (std::uint32_t p = 0; p < n; ++p) {
      const ClassSample& one = samples_[order[p] & kSampleMask];
      sums_[one.label] += one.weight;
      weight += one.weight;
    }
    weights_.total = weight;
    reset();
  }

  void reset() {
    position_ = 0;
    std::ranges::fill(left_, 0.0);
    right_ = sums_;
    weights_.left = 0.0;
    weights_.right = weights_.total;
  }

  void move_to(const std::uint32_t* order, std::uint32_t position) {
    double weight = weights_.left;
    if (position - position_ <= n_ - position) {
      for (std::uint32_t p = position_; p < position; ++p) {
        const ClassSample& one = samples_[order[p] & kSampleMask];
        left_[one.label] += one.weight;
        weight += one.weight;
      }
    } else {
      left_ = sums_;
      weight = weights_.total;
      for (std::uint32_t p = n_; p-- > position;) {
        const ClassSample& one = samples_[order[p] & kSampleMask];
        left_[one.label] -= one.weight;
        weight -= one.weight;
      }
    }
    weights_.left = weight;
    weights_.right = weights_.total - weight;
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      right_[c] = sums_[c] - left_[c];
    }
    position_ = position;
  }

  [[nodiscard]] double proxy() const {
    return proxy_improvement(impurity(left_, weights_.left), weights_.left, impurity(right_, weights_.right),
                             weights_.right);
  }

  void children_impurity(const std::uint32_t* /*order*/, double& left, double& right) const {
    left = impurity(left_, weights_.left);
    right = impurity(right_, weights_.right);
  }

  [[nodiscard]] double node_impurity() const { return impurity(sums_, weights_.total); }
  [[nodiscard]] std::size_t n_values() const { return sums_.size(); }
  void node_value(double* value) const {
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      value[c] = sums_[c] / weights_.total;
    }
  }

  [[nodiscard]] const SideWeights& weights() const { return weights_; }

  [[nodiscard]] double left_value() const { return left_[0] / weights_.left; }
  [[nodiscard]] double right_value() const { return right_[0] / weights_.right; }
  [[nodiscard]] double middle() const {
    return left_[0] / (2 * weights_.left) + right_[0] / (2 * weights_.right);
  }
  /// Of two classes, the first of which is constrained.
  static void clip(double* value, double lower, double upper) {
    Moments::clip(value, lower, upper);
    value[1] = 1 - value[0];
  }

  /// The node as the scan for Gini takes it; the scan leaves the sides in disorder.
  [[nodiscard]] GiniNode gini_node() {
    double squares = 0.0;
    for (const double sum : sums_) {
      squares += sum * sum;
    }
    return {.samples = samples_.data(),
            .sums = sums_,
            .left = left_,
            .weight = weights_.total,
            .sum_of_squares = squares};
  }

 private:
  static double impurity(const std::vector<double>& sums, double weight) {
    if constexpr (kEntropy) {
      double result = 0.0;
      for (const double sum : sums) {
        if (sum > 0.0) {  // a backward sum may end a little below zero
          result -= entropy_term(sum, weight);
        }
      }
      return result;
    } else {
      double squares = 0.0;
      for (const double sum : sums) {
        squares += sum * sum;
      }
      return gini(squares, weight);
    }
  }

  std::vector<ClassSample> samples_;
  SideWeights weights_;
  std::uint32_t n_ = 0;
  std::uint32_t position_ = 0;
  std::vector<double> sums_;
  std::vector<double> left_;
  std::vector<double> right_;
};

}  // namespace tenfold::ordered
