/// Column stores from parts: whatever the arrays hold, they are refused in words or grow trees in bounds.
///
/// Arrays that nobody has written as a store are refused at their first byte. So the parts of a real store
/// are taken and edited: entries, lengths, the number of columns, of classes, the alignment.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "input.hpp"
#include "tenfold/data.hpp"
#include "tenfold/learners/forest.hpp"
#include "tenfold/search.hpp"

namespace {

using namespace tenfold;
using fuzzing::Input;

/// Arrays of parts that can be edited. Ranks may begin one byte into their memory: who views bytes as wider
/// numbers has to look.
struct OwnParts {
  std::size_t n_classes = 0;
  std::vector<std::uint16_t> labels;
  std::vector<std::uint8_t> row_records;
  std::vector<std::vector<float>> values;
  std::vector<std::vector<std::uint8_t>> ranks;

  explicit OwnParts(const DataParts& parts)
      : n_classes(parts.n_classes),
        labels(parts.labels.begin(), parts.labels.end()),
        row_records(parts.row_records.begin(), parts.row_records.end()) {
    for (const auto column : parts.values) {
      values.emplace_back(column.begin(), column.end());
    }
    for (const auto column : parts.ranks) {
      ranks.emplace_back(column.begin(), column.end());
    }
  }

  [[nodiscard]] DataParts view(bool misaligned) {
    DataParts parts{n_classes, labels, row_records, {}, {}};
    for (const auto& column : values) {
      parts.values.emplace_back(column);
    }
    for (auto& column : ranks) {
      if (misaligned) {
        column.insert(column.begin(), 0);
      }
      parts.ranks.push_back(std::span<const std::uint8_t>(column).subspan(misaligned ? 1 : 0));
    }
    return parts;
  }
};

template <typename T>
void edit(std::vector<T>& array, Input& input) {
  const std::uint32_t place = input.number<std::uint16_t>();
  switch (input.within(0, 3)) {
    case 0:
      array.resize(array.size() + input.within(0, 8));
      break;
    case 1:
      array.resize(array.size() - std::min<std::size_t>(array.size(), input.within(0, 8)));
      break;
    default:
      if (!array.empty()) {
        array[place % array.size()] = input.number<T>();
      }
  }
}

template <typename T>
std::vector<T>* one_of(std::vector<std::vector<T>>& columns, Input& input) {
  const std::size_t number = input.number<std::uint8_t>();
  return columns.empty() ? nullptr : &columns[number % columns.size()];
}

void edit(OwnParts& parts, Input& input) {
  switch (input.within(0, 7)) {
    case 0:
      parts.n_classes = input.flag() ? input.number<std::uint64_t>() : input.within(0, 5);
      break;
    case 1:
      edit(parts.labels, input);
      break;
    case 2:
      edit(parts.row_records, input);
      break;
    case 3:
      parts.values.resize(input.within(0, 5));
      break;
    case 4:
      parts.ranks.resize(input.within(0, 5));
      break;
    case 5:
      if (auto* const values = one_of(parts.values, input)) {
        edit(*values, input);
      }
      break;
    default:
      if (auto* const ranks = one_of(parts.ranks, input)) {
        edit(*ranks, input);
      }
  }
}

void search_in(const Data& data) {
  Split split;
  for (std::size_t row = 0; row < data.n_rows(); ++row) {
    (row % 3 == 0 ? split.test : split.train).push_back(static_cast<std::int64_t>(row));
  }
  if (split.train.empty()) {
    split.train = split.test;
  }
  ForestSpec spec;
  spec.max_features = 2;
  SearchOptions options;
  options.metric = Metric::kAccuracy;
  options.plan.keep_responses = true;
  Search search(data, make_forest_learner({spec}, {}), {split}, {{0, 0}}, options);
  search.start(1);
  while (!search.wait(1.0)) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::size_t n_columns = input.within(1, 4);
  // More than 256 distinct values have ranks of two bytes.
  const std::size_t n_rows = input.within(0, 7) == 0 ? 300 : input.within(1, 24);
  const bool distinct = input.flag();
  std::vector<float> x(n_rows * n_columns);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(distinct ? i * 7 % 1000 : i * i % 5);
  }
  std::vector<std::int32_t> y(n_rows);
  for (std::size_t row = 0; row < n_rows; ++row) {
    y[row] = static_cast<std::int32_t>(row % 3);
  }
  const Data data(MatrixView<float>{x.data(), n_rows, n_columns, static_cast<std::ptrdiff_t>(n_columns), 1},
                  Target::of_classes(y, 3));
  OwnParts parts(data.parts());
  const bool misaligned = input.within(0, 15) == 0;
  while (!input.is_spent()) {
    edit(parts, input);
  }
  try {
    const Data other(parts.view(misaligned));
    search_in(other);
    static_cast<void>(other.digest());
  } catch (const std::invalid_argument&) {  // refused in words
  }
  return 0;
}
