#pragma once

/// The rules that one growth obeys on behalf of many candidates.
///
/// Vocabulary of this folder:
///   member   a set of stopping rules: what one or several candidates of a search ask of a tree
///   variant  what makes a split admissible and how it is valued (criterion, min_samples_leaf, ...);
///            members that share a variant choose the same split at the same node
///   live     the members that still grow at a node, as a bit set
///   stream   one sequence of random draws; in a seeded growth members that decide differently part into
///            streams of their own, in a free growth one stream serves all
///   test row a row whose prediction is wanted; it travels down the tree with the training rows

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tenfold/tree.hpp"

namespace tenfold {

/// A set of members (or of variants), bit i for number i.
using MemberSet = std::uint64_t;
inline constexpr std::size_t kMaxMembers = 64;

struct Variant {
  Criterion criterion = Criterion::kGini;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;

  friend bool operator==(const Variant&, const Variant&) = default;
};

struct Member {
  std::uint32_t variant = 0;
  std::uint32_t max_depth = kUnlimitedDepth;
  std::uint32_t min_samples_split = 2;
  double min_impurity_decrease = 0.0;

  friend bool operator==(const Member&, const Member&) = default;
};

/// Variants, members, and look-up tables for the question asked at every node: who stops here?
class GrowthRules {
 public:
  GrowthRules(Splitter splitter, std::uint32_t max_features, bool free, std::vector<Variant> variants,
              std::vector<Member> members)
      : splitter_(splitter),
        max_features_(max_features),
        free_(free),
        variants_(std::move(variants)),
        members_(std::move(members)),
        members_of_variant_(variants_.size(), 0) {
    std::uint32_t deepest = 0;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const Member& member = members_[m];
      const MemberSet bit = MemberSet{1} << m;
      members_of_variant_[member.variant] |= bit;
      all_ |= bit;
      weighs_leaves_ = weighs_leaves_ || variants_[member.variant].min_weight_leaf > 0.0;
      if (member.min_impurity_decrease > 0.0) {
        demanding_ |= bit;
      }
      if (member.max_depth < kTableSize) {
        deepest = std::max(deepest, member.max_depth);
      }
    }
    stops_at_depth_.assign(deepest + 2, 0);
    stops_at_size_.assign(kTableSize, 0);
    for (std::size_t m = 0; m < members_.size(); ++m) {
      for (std::size_t depth = 0; depth < stops_at_depth_.size(); ++depth) {
        stops_at_depth_[depth] |= MemberSet{depth >= members_[m].max_depth} << m;
      }
      for (std::size_t size = 0; size < kTableSize; ++size) {
        stops_at_size_[size] |= MemberSet{size < smallest_split(members_[m])} << m;
      }
      large_thresholds_ = large_thresholds_ || smallest_split(members_[m]) > kTableSize ||
                          (members_[m].max_depth >= kTableSize && members_[m].max_depth != kUnlimitedDepth);
    }
  }

  /// Members of `live` for which a node of this depth, row count and weight is a leaf.
  [[nodiscard]] MemberSet stopping(MemberSet live, std::uint32_t depth, std::uint32_t n_samples,
                                   double weight) const {
    if (large_thresholds_ || weighs_leaves_) [[unlikely]] {
      return stopping_one_by_one(live, depth, n_samples, weight);
    }
    const std::size_t d = std::min<std::size_t>(depth, stops_at_depth_.size() - 1);
    const MemberSet by_size = n_samples < kTableSize ? stops_at_size_[n_samples] : 0;
    return live & (stops_at_depth_[d] | by_size);
  }

  [[nodiscard]] Splitter splitter() const { return splitter_; }
  [[nodiscard]] std::uint32_t max_features() const { return max_features_; }
  /// True where no seed fixes the draws: members share one stream, and rows nobody asks about are not
  /// grown.
  [[nodiscard]] bool is_free() const { return free_; }
  [[nodiscard]] const std::vector<Variant>& variants() const { return variants_; }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] MemberSet members_of(std::size_t variant) const { return members_of_variant_[variant]; }
  [[nodiscard]] MemberSet all() const { return all_; }
  /// Members with a positive min_impurity_decrease.
  [[nodiscard]] MemberSet demanding() const { return demanding_; }

 private:
  static constexpr std::size_t kTableSize = 512;

  [[nodiscard]] std::uint32_t smallest_split(const Member& member) const {
    return std::max(member.min_samples_split, 2 * variants_[member.variant].min_samples_leaf);
  }

  [[nodiscard]] MemberSet stopping_one_by_one(MemberSet live, std::uint32_t depth, std::uint32_t n_samples,
                                              double weight) const {
    MemberSet stop = 0;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const Member& member = members_[m];
      const bool stops = depth >= member.max_depth || n_samples < smallest_split(member) ||
                         weight < 2 * variants_[member.variant].min_weight_leaf;
      stop |= MemberSet{stops} << m;
    }
    return live & stop;
  }

  Splitter splitter_;
  std::uint32_t max_features_;
  bool free_;
  std::vector<Variant> variants_;
  std::vector<Member> members_;
  std::vector<MemberSet> members_of_variant_;
  std::vector<MemberSet> stops_at_depth_;  ///< the last entry serves all greater depths
  std::vector<MemberSet> stops_at_size_;
  MemberSet all_ = 0;
  MemberSet demanding_ = 0;
  bool weighs_leaves_ = false;
  bool large_thresholds_ = false;
};

}  // namespace tenfold
