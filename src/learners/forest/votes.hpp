#pragma once

/// Votes: per member and test row, the sum of the class shares of the trees so far.
///
/// scikit-learn adds the trees of a forest one after another in double precision, and the order decides
/// the last bits. So votes are taken tree by tree in order; a tree grown out of turn is kept as a ballot
/// box and counted when its turn comes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/page_block.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

/// Sums of class shares, (member, test row, class).
class Votes final : public LeafSink {
 public:
  Votes(std::size_t n_members, std::size_t n_test_rows, std::size_t n_classes)
      : n_test_rows_(n_test_rows),
        stride_(stride_of(n_classes)),
        block_(n_members * n_test_rows * stride_ * sizeof(double)),
        sums_(reinterpret_cast<double*>(block_.data()), n_members * n_test_rows * stride_),
        dense_(stride_) {
    std::ranges::fill(sums_, 0.0);
  }

  void leaf(MemberSet members, std::span<const TestRow> rows, std::span<const ClassShare> shares) override;

  /// The sums of one member's test row; `stride()` further on those of the next row.
  [[nodiscard]] const double* of_member(std::size_t member) const {
    return sums_.data() + member * n_test_rows_ * stride_;
  }
  /// Bytes that one member's sums take.
  static std::size_t n_bytes(std::size_t n_test_rows, std::size_t n_classes) {
    return n_test_rows * stride_of(n_classes) * sizeof(double);
  }
  /// Doubles from one test row to the next.
  [[nodiscard]] std::size_t stride() const { return stride_; }

 private:
  static constexpr std::size_t kLanes = 4;

  static std::size_t stride_of(std::size_t n_classes) {
    return n_classes < kLanes ? n_classes : (n_classes + kLanes - 1) / kLanes * kLanes;
  }

  std::size_t n_test_rows_;
  std::size_t stride_;  ///< classes, rounded up to whole vectors where they fill one
  PageBlock block_;
  std::span<double> sums_;
  std::vector<double> dense_;  ///< one leaf's shares by class
};

/// The leaves of some trees, to be counted later.
class BallotBox final : public LeafSink {
 public:
  void leaf(MemberSet members, std::span<const TestRow> rows, std::span<const ClassShare> shares) override {
    leaves_.push_back({members, rows_.size(), shares_.size(), rows.size(), shares.size()});
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    shares_.insert(shares_.end(), shares.begin(), shares.end());
  }

  void count(Votes& votes) const {
    for (const Leaf& leaf : leaves_) {
      votes.leaf(leaf.members, std::span(rows_).subspan(leaf.first_row, leaf.n_rows),
                 std::span(shares_).subspan(leaf.first_share, leaf.n_shares));
    }
  }

 private:
  struct Leaf {
    MemberSet members;
    std::size_t first_row;
    std::size_t first_share;
    std::size_t n_rows;
    std::size_t n_shares;
  };
  std::vector<Leaf> leaves_;
  std::vector<TestRow> rows_;
  std::vector<ClassShare> shares_;
};

}  // namespace tenfold
