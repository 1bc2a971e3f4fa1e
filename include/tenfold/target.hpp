#pragma once

/// What is to be learnt of each row: a class, as a code, or a real number; and what a row weighs.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenfold {

/// What kind of thing is learnt; metrics are chosen by it.
enum class LearningTask : std::uint8_t { kClassification, kRegression };

/// The target of all rows of a data set. Owns its values, or views those of somebody who outlives it.
class Target {
 public:
  static constexpr std::size_t kMaxClasses = 65'535;

  /// Class codes below `n_classes`; copied. Throws std::invalid_argument on codes out of range.
  static Target of_classes(std::span<const std::int32_t> codes, std::size_t n_classes);
  /// The same, viewed.
  static Target viewing_classes(std::span<const std::uint16_t> codes, std::size_t n_classes);
  /// Real numbers; copied.
  static Target of_reals(std::span<const double> values);

  // Spans point into the target itself; a moved vector keeps its memory.
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  Target(Target&&) = default;
  Target& operator=(Target&&) = default;
  ~Target() = default;

  /// Gives each row a weight; copied. Throws std::invalid_argument on another number of weights than rows.
  void set_weights(std::span<const double> weights);

  [[nodiscard]] LearningTask task() const {
    return n_classes_ > 0 ? LearningTask::kClassification : LearningTask::kRegression;
  }
  [[nodiscard]] std::size_t n_rows() const { return n_classes_ > 0 ? codes_.size() : reals_.size(); }
  /// Zero of real numbers.
  [[nodiscard]] std::size_t n_classes() const { return n_classes_; }
  /// (n_rows) class codes; empty of real numbers.
  [[nodiscard]] std::span<const std::uint16_t> codes() const { return codes_; }
  /// (n_rows) real numbers; empty of classes.
  [[nodiscard]] std::span<const double> reals() const { return reals_; }
  /// (n_rows) weights; empty where every row weighs one.
  [[nodiscard]] std::span<const double> weights() const { return weights_; }
  [[nodiscard]] std::size_t n_bytes() const {
    return codes_.size_bytes() + reals_.size_bytes() + weights_.size() * sizeof(double);
  }

 private:
  Target() = default;

  std::vector<std::uint16_t> own_codes_;
  std::vector<double> own_reals_;
  std::vector<double> weights_;
  std::span<const std::uint16_t> codes_;
  std::span<const double> reals_;
  std::size_t n_classes_ = 0;
};

}  // namespace tenfold
