#include "trees/ordered/ties.hpp"

#include <algorithm>
#include <span>

#include "trees/ordered/node_split.hpp"

namespace tenfold::ordered {

void Ties::find(const TrainingColumns& columns, const TrainingColumn& column, const std::uint32_t* order,
                std::uint32_t n, std::vector<std::uint32_t>& blocked) {
  positions_.clear();
  std::size_t first = 0;   // of the equal values at hand, among the ties
  bool all_copies = true;  // of these
  const auto end_tie = [&] {
    if (positions_.size() != first) {
      if (all_copies) {
        positions_.resize(first);
      }
      first = positions_.size();
      all_copies = true;
    }
  };
  for (std::uint32_t p = 1; p < n; ++p) {
    if ((order[p - 1] & order[p] & kNearMark) == 0) [[likely]] {
      end_tie();
      continue;
    }
    const std::uint32_t sample_below = order[p - 1] & kSampleMask;
    const std::uint32_t sample_above = order[p] & kSampleMask;
    const std::uint32_t below = column.ranks[sample_below];
    const std::uint32_t above = column.ranks[sample_above];
    if (below == above) {
      positions_.push_back(p);
      blocked.push_back(p);
      all_copies = all_copies && columns.is_copy(sample_below, sample_above);
      continue;
    }
    end_tie();
    if (column.value(above) <= column.value(below) + kNear) {
      blocked.push_back(p);
    }
  }
  end_tie();
}

void Ties::arrange(const TrainingColumn& column, const std::uint32_t* at_hand, std::uint32_t* order,
                   std::uint32_t n) {
  tied_before_.resize(n + 1);
  std::uint32_t n_tied = 0;
  std::uint32_t end = 0;  // of the equal values before
  for (std::size_t t = 0; t < positions_.size();) {
    const std::uint32_t first = positions_[t] - 1;
    std::uint32_t last = positions_[t];
    for (; t < positions_.size() && positions_[t] == last; ++t) {
      ++last;
    }
    std::fill(tied_before_.begin() + end, tied_before_.begin() + first, n_tied);
    for (std::uint32_t p = first; p < last; ++p) {
      tied_before_[p] = n_tied++;
    }
    end = last;
  }
  std::fill(tied_before_.begin() + end, tied_before_.begin() + n + 1, n_tied);
  keys_.resize(n);
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::uint32_t sample = at_hand[p] & kSampleMask;
    keys_[p] = make_key(column.ranks[sample], sample);
  }
  sort_ties(std::span(keys_).first(n), tied_before_, places_);
  for (std::uint32_t p = 0; p < n; ++p) {
    if (tied_before_[p + 1] != tied_before_[p]) {
      order[p] = sample_of(keys_[p]) | kNearMark;
    }
  }
}

}  // namespace tenfold::ordered
