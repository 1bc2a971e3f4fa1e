/// Requests: whatever specs, seeds, cells and splits hold, they are refused in words, or planned (the plan is
/// verified after it is made) and run within bounds.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
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

constexpr std::uint32_t kMostRows = 40;
// Trees and draws are what takes time; more of them are refused nowhere and find nothing.
constexpr std::uint32_t kMostTrees = 6;
constexpr std::uint32_t kMostDraws = 200;

struct Rows {
  std::vector<float> x;
  std::vector<std::int32_t> y;
  std::size_t n_columns = 1;
  std::size_t n_classes = 1;

  explicit Rows(Input& input)
      : y(input.within(1, kMostRows)), n_columns(input.within(1, 4)), n_classes(input.within(1, 4)) {
    for (std::int32_t& code : y) {
      code = static_cast<std::int32_t>(input.within(0, static_cast<std::uint32_t>(n_classes) - 1));
    }
    x.resize(y.size() * n_columns);
    for (float& value : x) {
      value = input.number<std::uint8_t>() == 255 ? input.number<float>() : 0.5F * input.within(0, 9);
    }
  }

  [[nodiscard]] MatrixView<float> matrix() const {
    return {x.data(), y.size(), n_columns, static_cast<std::ptrdiff_t>(n_columns), 1};
  }
};

ForestSpec any_spec(Input& input) {
  ForestSpec spec;
  spec.splitter = input.flag() ? Splitter::kBest : Splitter::kRandom;
  spec.criterion = input.flag() ? Criterion::kGini : Criterion::kEntropy;
  spec.n_estimators = input.within(0, kMostTrees);
  spec.max_features = input.about(0, 5);
  spec.max_depth = input.about(0, 6);
  spec.min_samples_split = input.about(0, 6);
  spec.min_samples_leaf = input.about(0, 4);
  spec.min_weight_leaf = input.flag() ? input.real() : 0.0;
  spec.min_impurity_decrease = input.flag() ? input.real() : 0.0;
  spec.ccp_alpha = input.flag() ? input.real() : 0.0;
  spec.bootstrap = input.flag();
  spec.max_samples = std::min(input.about(0, kMostRows), kMostDraws);
  spec.seed_source = static_cast<std::int32_t>(input.within(0, 3)) - 1;
  spec.drawn_by = static_cast<std::int32_t>(input.within(0, 2)) - 1;
  return spec;
}

std::vector<std::int64_t> any_rows(Input& input, std::size_t n_rows) {
  std::vector<std::int64_t> rows(input.within(0, kMostRows));
  for (std::int64_t& row : rows) {
    row = input.number<std::uint8_t>() == 255
              ? input.number<std::int64_t>()
              : static_cast<std::int64_t>(input.within(0, static_cast<std::uint32_t>(n_rows) - 1));
  }
  return rows;
}

void run(Input& input) {
  const Rows rows(input);
  const Data data(rows.matrix(), Target::of_classes(rows.y, rows.n_classes));
  std::vector<SeedSource> sources(input.within(0, 2));
  for (SeedSource& source : sources) {
    source.tree_seeds.resize(input.within(0, kMostTrees));
    std::ranges::generate(source.tree_seeds, [&] { return input.number<std::uint32_t>(); });
    if (input.within(0, 3) == 0) {
      source.splitter_state = input.number<std::uint32_t>();
    }
  }
  std::vector<ForestSpec> specs(input.within(0, 5));
  std::ranges::generate(specs, [&] { return any_spec(input); });
  std::vector<Split> splits(input.within(0, 2));
  SplitWeights probabilities(input.within(0, 1));
  for (Split& split : splits) {
    split.train = any_rows(input, rows.y.size());
    split.test = any_rows(input, rows.y.size());
  }
  for (auto& by_split : probabilities) {
    for (const Split& split : splits) {
      auto& cumulative = by_split.emplace_back(split.train.size());
      for (std::size_t row = 0; row < cumulative.size(); ++row) {
        cumulative[row] = static_cast<double>(row + 1) / static_cast<double>(cumulative.size());
      }
    }
  }
  std::vector<Cell> cells(input.within(0, 8));
  std::ranges::generate(cells, [&] { return Cell{input.about(0, 5), input.about(0, 2)}; });
  SearchOptions options;
  options.free_seed = input.number<std::uint64_t>();
  options.metric = input.flag() ? Metric::kAccuracy : Metric::kNone;
  options.plan.score_train = input.flag();
  options.plan.keep_responses = input.flag();
  options.plan.share = input.flag();
  options.waiting_bytes = input.within(0, 1) == 0 ? 0 : std::uint64_t{1} << 20U;
  if (input.flag()) {
    const std::vector<RuleText> rules = sharing_rules();
    options.plan.disabled_rules.emplace_back(rules[input.number<std::uint8_t>() % rules.size()].name);
  }
  Search search(data, make_forest_learner(std::move(specs), std::move(sources), std::move(probabilities)),
                std::move(splits), std::move(cells), std::move(options));
  search.start(input.within(1, 2));
  if (input.within(0, 15) == 0) {
    search.cancel();
    return;
  }
  while (!search.wait(1.0)) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  try {
    run(input);
  } catch (const std::invalid_argument&) {  // refused in words
  }
  return 0;
}
