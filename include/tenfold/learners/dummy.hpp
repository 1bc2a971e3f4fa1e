#pragma once

/// Baselines of classes as `sklearn/dummy.py` has them: what is predicted of every row follows from the
/// training targets alone. A step is one look at them.

#include <compare>
#include <cstdint>
#include <memory>
#include <vector>

#include "tenfold/learner.hpp"

namespace tenfold {

/// What is predicted: the shares of the classes, or the most frequent one.
enum class DummyStrategy : std::uint8_t { kPrior, kMostFrequent };

struct DummySpec {
  DummyStrategy strategy = DummyStrategy::kPrior;

  friend auto operator<=>(const DummySpec&, const DummySpec&) = default;
};

/// The learner of these baselines. For data sets of classes.
std::shared_ptr<const Learner> make_dummy_learner(std::vector<DummySpec> specs);

}  // namespace tenfold
