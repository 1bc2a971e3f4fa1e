#pragma once

/// Votes: per member and test row, the sum of the class shares of the trees so far.
///
/// scikit-learn adds the trees of a forest one after another in double precision, and the order decides
/// the last bits. So votes are taken tree by tree in order; a tree grown out of turn is kept as a ballot
/// box and counted when its turn comes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tree/tree_rows.hpp"

namespace tenfold {

/// Sums of class shares, (member, test row, class).
class Votes final : public LeafSink {
 public:
  Votes(std::size_t n_members, std::size_t n_test_rows, std::size_t n_classes)
      : n_test_rows_(n_test_rows), n_classes_(n_classes), sums_(n_members * n_test_rows * n_classes) {}

  void leaf(MemberSet members, std::span<const TestRow> rows, std::span<const ClassShare> shares) override {
    for (; members != 0; members &= members - 1) {
      double* const sums = of_member(static_cast<std::size_t>(__builtin_ctzll(members)));
      for (const TestRow& row : rows) {
        double* const of_row = sums + row.index * n_classes_;
        for (const ClassShare& share : shares) {
          of_row[share.label] += share.share;
        }
      }
    }
  }

  /// The sums of one member, (test row, class).
  [[nodiscard]] double* of_member(std::size_t member) {
    return sums_.data() + member * n_test_rows_ * n_classes_;
  }

 private:
  std::size_t n_test_rows_;
  std::size_t n_classes_;
  std::vector<double> sums_;
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
