#pragma once

/// The frontier of a best-first growth: a heap by improvement, ties as the standard library's heap leaves
/// them (scikit-learn uses the same functions on a vector).

#include <algorithm>
#include <vector>

namespace tenfold::ordered {

template <typename Record>
void push_best(std::vector<Record>& frontier, const Record& record) {
  frontier.push_back(record);
  std::push_heap(frontier.begin(), frontier.end(),
                 [](const Record& a, const Record& b) { return a.split.improvement < b.split.improvement; });
}

template <typename Record>
Record pop_best(std::vector<Record>& frontier) {
  std::pop_heap(frontier.begin(), frontier.end(),
                [](const Record& a, const Record& b) { return a.split.improvement < b.split.improvement; });
  const Record best = frontier.back();
  frontier.pop_back();
  return best;
}

}  // namespace tenfold::ordered
