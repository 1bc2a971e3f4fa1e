#include "learners/forest/votes.hpp"

#include <algorithm>
#include <bit>

#include "clones.hpp"

namespace tenfold {

namespace {

/// Adds the shares of all classes to the sums of each row.
TENFOLD_HOT
void add_dense(double* sums, std::span<const TestRow> rows, const double* shares, std::size_t stride) {
  for (const TestRow& row : rows) {
    double* const of_row = sums + row.index * stride;
    for (std::size_t k = 0; k < stride; ++k) {
      of_row[k] += shares[k];
    }
  }
}

void add_sparse(double* sums, std::span<const TestRow> rows, std::span<const ClassShare> shares,
                std::size_t stride) {
  for (const TestRow& row : rows) {
    double* const of_row = sums + row.index * stride;
    for (const ClassShare& share : shares) {
      of_row[share.label] += share.share;
    }
  }
}

}  // namespace

void Votes::leaf(MemberSet members, std::span<const TestRow> rows, std::span<const ClassShare> shares) {
  // Adding the zero of an absent class changes no sum, so mixed leaves go in whole vectors.
  const bool dense = shares.size() > 1 && stride_ <= shares.size() * kLanes;
  if (dense) {
    std::fill(dense_.begin(), dense_.end(), 0.0);
    for (const ClassShare& share : shares) {
      dense_[share.label] = share.share;
    }
  }
  for (; members != 0; members &= members - 1) {
    double* const sums =
        sums_.data() + static_cast<std::size_t>(std::countr_zero(members)) * n_test_rows_ * stride_;
    if (dense) {
      add_dense(sums, rows, dense_.data(), stride_);
    } else {
      add_sparse(sums, rows, shares, stride_);
    }
  }
}

}  // namespace tenfold
