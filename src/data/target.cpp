#include "tenfold/target.hpp"

#include <stdexcept>
#include <string>

namespace tenfold {

namespace {

void check_n_classes(std::size_t n_classes) {
  if (n_classes == 0 || n_classes > Target::kMaxClasses) {
    throw std::invalid_argument("n_classes is " + std::to_string(n_classes) + "; must be in [1, " +
                                std::to_string(Target::kMaxClasses) + "].");
  }
}

}  // namespace

Target Target::of_classes(std::span<const std::int32_t> codes, std::size_t n_classes) {
  check_n_classes(n_classes);
  Target target;
  target.n_classes_ = n_classes;
  target.own_codes_.reserve(codes.size());
  for (const std::int32_t code : codes) {
    if (code < 0 || static_cast<std::size_t>(code) >= n_classes) {
      throw std::invalid_argument("y holds the class code " + std::to_string(code) + "; must be in [0, " +
                                  std::to_string(n_classes) + ").");
    }
    target.own_codes_.push_back(static_cast<std::uint16_t>(code));
  }
  target.codes_ = target.own_codes_;
  return target;
}

Target Target::viewing_classes(std::span<const std::uint16_t> codes, std::size_t n_classes) {
  check_n_classes(n_classes);
  for (const std::uint16_t code : codes) {
    if (code >= n_classes) {
      throw std::invalid_argument("y holds the class code " + std::to_string(code) + "; must be in [0, " +
                                  std::to_string(n_classes) + ").");
    }
  }
  Target target;
  target.n_classes_ = n_classes;
  target.codes_ = codes;
  return target;
}

Target Target::of_reals(std::span<const double> values) {
  Target target;
  target.own_reals_.assign(values.begin(), values.end());
  target.reals_ = target.own_reals_;
  return target;
}

void Target::set_weights(std::span<const double> weights) {
  if (weights.size() != n_rows()) {
    throw std::invalid_argument("there are " + std::to_string(weights.size()) + " weights for " +
                                std::to_string(n_rows()) + " rows.");
  }
  weights_.assign(weights.begin(), weights.end());
}

}  // namespace tenfold
