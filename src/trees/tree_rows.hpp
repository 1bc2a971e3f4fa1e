#pragma once

/// The rows that travel down a tree.

#include <cstdint>
#include <span>

#include "trees/growth_rules.hpp"

namespace tenfold {

/// A training row: where it stands in the data set, its class, and how often the bootstrap drew it.
struct TrainingRow {
  std::uint32_t row = 0;
  std::uint16_t label = 0;
  std::uint16_t weight = 1;
};

/// A row to predict: where it stands in the data set, and which of the split's test rows it is.
struct TestRow {
  std::uint32_t row = 0;
  std::uint32_t index = 0;
};

/// A class and its share of a leaf's weight.
struct ClassShare {
  std::uint32_t label = 0;
  double share = 0.0;
};

/// Receives the leaves that hold test rows, in the order in which the growth reaches them.
class LeafSink {
 public:
  virtual ~LeafSink() = default;

  /// For these members, these test rows end in a leaf with these shares (ascending labels, all positive).
  virtual void leaf(MemberSet members, std::span<const TestRow> rows, std::span<const ClassShare> shares) = 0;

 protected:
  LeafSink() = default;
  LeafSink(const LeafSink&) = default;
  LeafSink(LeafSink&&) = default;
  LeafSink& operator=(const LeafSink&) = default;
  LeafSink& operator=(LeafSink&&) = default;
};

/// For a growth of which nobody asks predictions.
class NoLeaves final : public LeafSink {
 public:
  void leaf(MemberSet /*members*/, std::span<const TestRow> /*rows*/,
            std::span<const ClassShare> /*shares*/) override {}
};

}  // namespace tenfold
