#include "trees/ordered/training_columns.hpp"

#include <algorithm>

namespace tenfold::ordered {

namespace {

/// Share of marked samples beyond which a column is better sorted node by node.
constexpr double kMostlyDifferent = 0.25;

/// Samples by rank (a counting sort where ranks are few, else by comparison), ties by sample.
std::vector<std::uint32_t> sorted_samples(const TrainingColumn& column) {
  const std::size_t n = column.ranks.size();
  std::vector<std::uint32_t> starts(column.table->values.size() + 2, 0);
  for (const std::uint32_t rank : column.ranks) {
    ++starts[rank + 1];
  }
  for (std::size_t r = 1; r < starts.size(); ++r) {
    starts[r] += starts[r - 1];
  }
  std::vector<std::uint32_t> order(n);
  for (std::uint32_t sample = 0; sample < n; ++sample) {
    order[starts[column.ranks[sample]]++] = sample;
  }
  return order;
}

/// Marks samples that have an equal or close neighbour; returns how many have one that is no copy.
std::size_t mark_near(const TrainingColumn& column, std::vector<std::uint32_t>& order,
                      const std::vector<std::uint32_t>& rows) {
  std::size_t n_others = 0;
  const auto is_copy = [&](std::uint32_t a, std::uint32_t b) { return !rows.empty() && rows[a] == rows[b]; };
  const std::vector<float>& values = column.table->values;
  const auto is_near = [&](std::uint32_t below, std::uint32_t above) {
    return below == above ||
           (above < values.size() && values[above] <= values[below] + RankedColumns::kFeatureThreshold);
  };
  bool after_near = false;
  bool after_other = false;
  for (std::size_t p = 0; p < order.size(); ++p) {
    const std::uint32_t sample = order[p];
    const std::uint32_t next = p + 1 < order.size() ? order[p + 1] : sample;
    const bool before_near = p + 1 < order.size() && is_near(column.ranks[sample], column.ranks[next]);
    const bool before_other = before_near && !is_copy(sample, next);
    if (after_near || before_near) {
      order[p] |= kNearMark;
    }
    n_others += static_cast<std::size_t>(after_other || before_other);
    after_near = before_near;
    after_other = before_other;
  }
  return n_others;
}

/// By sample its row, where one is there more than once.
std::vector<std::uint32_t> rows_of_copies(std::span<const std::int64_t> rows, std::size_t n_rows) {
  std::vector<std::uint8_t> is_there(n_rows, 0);
  bool any = false;
  for (const std::int64_t row : rows) {
    any = any || is_there[static_cast<std::size_t>(row)] != 0;
    is_there[static_cast<std::size_t>(row)] = 1;
  }
  return any ? std::vector<std::uint32_t>(rows.begin(), rows.end()) : std::vector<std::uint32_t>{};
}

}  // namespace

TrainingColumns::TrainingColumns(const RankedTable& table, std::span<const std::int64_t> rows,
                                 Presorting presorting, std::span<const std::int64_t> chosen,
                                 bool copies_are_alike)
    : n_samples_(rows.size()),
      rows_(copies_are_alike ? rows_of_copies(rows, table.n_rows()) : std::vector<std::uint32_t>{}),
      columns_(chosen.empty() ? table.n_columns() : chosen.size()) {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    TrainingColumn& column = columns_[c];
    column.table = &table.column(chosen.empty() ? c : static_cast<std::size_t>(chosen[c]));
    column.ranks.reserve(rows.size());
    for (const std::int64_t row : rows) {
      column.ranks.push_back(column.table->ranks[static_cast<std::size_t>(row)]);
    }
    column.has_missing = column.table->has_missing &&
                         std::ranges::find(column.ranks, column.table->missing()) != column.ranks.end();
    if (presorting == Presorting::kNone && !column.has_missing) {
      column.values_of.reserve(column.ranks.size());
      for (const std::uint32_t rank : column.ranks) {
        column.values_of.push_back(column.value(rank));
      }
    }
    if (presorting == Presorting::kNone || (presorting == Presorting::kMostly && column.has_missing)) {
      continue;
    }
    std::vector<std::uint32_t> order = sorted_samples(column);
    const std::size_t n_others = mark_near(column, order, rows_);
    if (presorting == Presorting::kAll ||
        static_cast<double>(n_others) <= kMostlyDifferent * static_cast<double>(rows.size())) {
      column.order = std::move(order);
    }
  }
}

}  // namespace tenfold::ordered
