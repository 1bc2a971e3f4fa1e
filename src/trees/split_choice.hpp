#pragma once

/// From the best split of each variant to what the members do: stay leaves, or divide, and with whom.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "data/ranked_columns.hpp"
#include "trees/growth_rules.hpp"
#include "trees/growth_stream.hpp"

namespace tenfold {

/// The best split of a variant so far: rows up to rank `below` of `feature` go left; `above` is the next
/// rank present in the node. A random splitter sets `threshold` itself.
struct Choice {
  double proxy = -std::numeric_limits<double>::infinity();
  std::uint32_t feature = 0;
  std::uint32_t below = 0;
  std::uint32_t above = 0;
  double threshold = 0.0;
  std::uint64_t left = 0;  ///< rows of the left child, where rows are a bit set
  bool found = false;
};

/// Members that divide a node alike.
struct DivisionGroup {
  SplitPoint split;
  MemberSet members = 0;
  std::uint64_t left = 0;
};

/// Groups of members, at most one a variant.
class DivisionGroups {
 public:
  void clear() { size_ = 0; }

  void add(const DivisionGroup& group) {
    for (std::size_t g = 0; g < size_; ++g) {
      if (groups_[g].split == group.split) {
        groups_[g].members |= group.members;
        return;
      }
    }
    groups_[size_++] = group;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const DivisionGroup& operator[](std::size_t index) const { return groups_[index]; }

 private:
  std::array<DivisionGroup, kMaxMembers> groups_;
  std::size_t size_ = 0;
};

/// The greatest rank whose value is at most the threshold; `from` is known to be such a rank.
inline std::uint32_t rank_at_or_below(const Column& column, double threshold, std::uint32_t from,
                                      std::uint32_t limit) {
  const auto first = column.values.begin() + from;
  const auto last = column.values.begin() + limit;
  const auto above = std::upper_bound(first, last, threshold,
                                      [](double t, float value) { return t < static_cast<double>(value); });
  return static_cast<std::uint32_t>(above - column.values.begin()) - 1;
}

/// A threshold that a random splitter drew, and the greatest rank that it sends left.
struct DrawnCut {
  double threshold = 0.0;
  std::uint32_t cut = 0;
};

/// Draws a threshold between a node's least and greatest rank of a feature; nothing where the feature
/// counts as constant there.
inline std::optional<DrawnCut> draw_cut(const Column& column, std::uint32_t low, std::uint32_t high,
                                        TreeGenerator& generator) {
  const float lowest = column.values[low];
  const float highest = column.values[high];
  if (highest <= lowest + RankedColumns::kFeatureThreshold) {
    return std::nullopt;
  }
  double threshold = generator.uniform(lowest, highest);
  if (threshold == static_cast<double>(highest)) {
    threshold = lowest;
  }
  return DrawnCut{threshold, rank_at_or_below(column, threshold, low, high)};
}

/// The split point of a best splitter's choice: halfway between two neighbouring values.
inline SplitPoint midpoint_split(const Column& column, const Choice& choice) {
  const double below = column.values[choice.below];
  const double above = column.values[choice.above];
  const double threshold = below / 2.0 + above / 2.0;
  // Most often the two ranks are neighbours in the data set too, and nothing lies between.
  const std::uint32_t cut = choice.above == choice.below + 1
                                ? choice.below
                                : rank_at_or_below(column, threshold, choice.below, choice.above);
  return {choice.feature, cut, threshold};
}

}  // namespace tenfold
