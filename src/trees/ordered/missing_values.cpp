#include "trees/ordered/missing_values.hpp"

#include <algorithm>
#include <utility>

namespace tenfold::ordered {

std::uint32_t count_missing_last(const TrainingColumn& column, const std::uint32_t* order, std::uint32_t n) {
  std::uint32_t n_missing = 0;
  while (n_missing < n && column.ranks[order[n - 1 - n_missing] & kSampleMask] == column.table->missing()) {
    ++n_missing;
  }
  return n_missing;
}

std::uint32_t move_missing_last(const TrainingColumn& column, std::uint32_t* samples, std::uint32_t n) {
  const std::uint32_t missing = column.table->missing();
  std::uint32_t end = n;
  for (std::uint32_t p = 0; p < end;) {
    if (column.ranks[samples[end - 1]] == missing) {
      --end;
      continue;
    }
    if (column.ranks[samples[p]] == missing) {
      std::swap(samples[p], samples[end - 1]);
      --end;
    }
    ++p;
  }
  return n - end;
}

void copy_missing_first(const std::uint32_t* order, std::uint32_t n_present, std::uint32_t n,
                        std::vector<std::uint32_t>& copy) {
  copy.resize(n);
  std::copy(order + n_present, order + n, copy.begin());
  std::copy(order, order + n_present, copy.begin() + (n - n_present));
}

}  // namespace tenfold::ordered
