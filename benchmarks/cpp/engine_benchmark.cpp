/// Micro-benchmarks of the engine's hot loops.
///
/// Data is made to look like the digits (many columns of few values, ten classes) or like the flights
/// (few columns of many values, two classes).

#include <benchmark/benchmark.h>

#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "data/ranked_columns.hpp"
#include "learners/forest/votes.hpp"
#include "tenfold/data.hpp"
#include "tenfold/learners/forest.hpp"
#include "tenfold/random.hpp"
#include "tenfold/search.hpp"
#include "trees/growth_rules.hpp"
#include "trees/leaf_block.hpp"
#include "trees/node_search.hpp"

namespace tenfold {
namespace {

struct Made {
  std::vector<float> x;
  std::vector<std::int32_t> y;
  std::size_t n_columns = 0;
  std::size_t n_classes = 0;

  [[nodiscard]] Data data() const {
    return Data(MatrixView<float>{x.data(), y.size(), n_columns, static_cast<std::ptrdiff_t>(n_columns), 1},
                Target::of_classes(y, n_classes));
  }
};

/// `n_values` distinct values a column; the label follows three of the columns.
Made made(std::size_t n_rows, std::size_t n_columns, std::uint32_t n_values, std::size_t n_classes) {
  std::mt19937 generator(1);
  const auto below = [&generator](std::uint32_t bound) {
    return static_cast<std::uint32_t>(generator()) % bound;
  };
  Made data{{}, {}, n_columns, n_classes};
  for (std::size_t row = 0; row < n_rows; ++row) {
    std::uint32_t sum = below(n_values / 2 + 1);
    for (std::size_t column = 0; column < n_columns; ++column) {
      const std::uint32_t value = below(n_values);
      sum += column < 3 ? value : 0;
      data.x.push_back(static_cast<float>(value));
    }
    data.y.push_back(static_cast<std::int32_t>(sum * n_classes / (4 * n_values)));
  }
  return data;
}

Made like_digits(std::size_t n_rows = 1198) {
  return made(n_rows, 64, 17, 10);
}
Made like_flights(std::size_t n_rows) {
  return made(n_rows, 11, 1300, 2);
}

std::vector<TrainingRow> all_rows(const Data& dataset, std::size_t n_rows) {
  std::vector<TrainingRow> rows;
  for (std::uint32_t row = 0; row < n_rows; ++row) {
    rows.push_back({row, dataset.target().codes()[row], 1});
  }
  return rows;
}

std::vector<std::uint32_t> class_weights(const Data& dataset, const std::vector<TrainingRow>& rows) {
  std::vector<std::uint32_t> weights(dataset.n_classes());
  for (const TrainingRow& row : rows) {
    weights[row.label] += row.weight;
  }
  return weights;
}

GrowthRules one_member(Criterion criterion, std::uint32_t max_features) {
  return {Splitter::kBest, max_features, false, {Variant{criterion, 1, 0.0}}, {Member{}}};
}

void BM_BuildColumnStore(benchmark::State& state) {
  const Made data = like_flights(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(data.data().ranks().n_bytes());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(data.x.size()));
}
BENCHMARK(BM_BuildColumnStore)->Arg(10'000)->Arg(300'000)->Unit(benchmark::kMillisecond);

/// One feature of one node: rows per second is the figure to watch.
void search_node(benchmark::State& state, const Made& data, Criterion criterion) {
  const Data dataset = data.data();
  const auto n_rows = static_cast<std::size_t>(state.range(0));
  const std::vector<TrainingRow> rows = all_rows(dataset, n_rows);
  const std::vector<std::uint32_t> weights = class_weights(dataset, rows);
  const GrowthRules rules = one_member(criterion, 1);
  NodeSearch search(dataset.ranks(), dataset.n_classes(), rules, n_rows);
  TreeGenerator generator(1);
  std::uint32_t feature = 0;
  search.begin(rows, weights, static_cast<std::uint32_t>(n_rows), 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(search.examine(feature, generator));
    feature = (feature + 1) % static_cast<std::uint32_t>(dataset.n_columns());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void BM_NodeSearchDigitsGini(benchmark::State& state) {
  search_node(state, like_digits(), Criterion::kGini);
}
void BM_NodeSearchDigitsEntropy(benchmark::State& state) {
  search_node(state, like_digits(), Criterion::kEntropy);
}
void BM_NodeSearchFlights(benchmark::State& state) {
  search_node(state, like_flights(200'000), Criterion::kGini);
}
BENCHMARK(BM_NodeSearchDigitsGini)->Arg(80)->Arg(300)->Arg(1198);
BENCHMARK(BM_NodeSearchDigitsEntropy)->Arg(80)->Arg(300)->Arg(1198);
BENCHMARK(BM_NodeSearchFlights)->Arg(100)->Arg(3000)->Arg(200'000);

/// One node of a leaf block, ten features drawn.
void BM_LeafBlock(benchmark::State& state) {
  const Made made = like_digits();
  const Data dataset = made.data();
  const auto n_rows = static_cast<std::size_t>(state.range(0));
  const std::vector<TrainingRow> rows = all_rows(dataset, n_rows);
  const GrowthRules rules = one_member(state.range(1) == 0 ? Criterion::kGini : Criterion::kEntropy, 10);
  LeafBlock block(dataset.ranks(), rules);
  block.load(rows);
  GrowthStream stream;
  stream.restart(1, dataset.n_columns());
  BlockNode node;
  node.rows = block.all();
  for (auto _ : state) {
    benchmark::DoNotOptimize(block.search(stream, node, 1));
  }
  state.SetItemsProcessed(state.iterations() * 10);
}
BENCHMARK(BM_LeafBlock)->ArgsProduct({{5, 20, 64}, {0, 1}});

void BM_Votes(benchmark::State& state) {
  Votes votes(24, 599, 10);
  std::vector<TestRow> rows;
  for (std::uint32_t i = 0; i < 599; i += 40) {
    rows.push_back({i, i});
  }
  std::vector<ClassShare> shares;
  for (std::uint32_t label = 0; label < state.range(0); ++label) {
    shares.push_back({label, 0.1});
  }
  for (auto _ : state) {
    votes.leaf(0b1011, rows, shares);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(3 * rows.size()));
}
BENCHMARK(BM_Votes)->Arg(1)->Arg(3)->Arg(10);

/// A family as the digits grid has them: 24 members, seeded or free, 20 trees.
void BM_Family(benchmark::State& state) {
  const Made made = like_digits(1797);
  const Data dataset = made.data();
  Split split;
  for (std::int64_t row = 0; row < 1797; ++row) {
    (row % 3 == 0 ? split.test : split.train).push_back(row);
  }
  std::vector<ForestSpec> specs;
  std::vector<Cell> cells;
  for (const Criterion criterion : {Criterion::kGini, Criterion::kEntropy}) {
    for (const std::uint32_t max_depth : {3U, kUnlimitedDepth}) {
      for (const auto& [leaf, splits] :
           {std::pair{1U, 2U}, {1U, 3U}, {1U, 10U}, {3U, 6U}, {3U, 10U}, {10U, 20U}}) {
        ForestSpec spec;
        spec.criterion = criterion;
        spec.max_depth = max_depth;
        spec.min_samples_leaf = leaf;
        spec.min_samples_split = splits;
        spec.max_features = 3;
        spec.n_estimators = 20;
        spec.bootstrap = true;
        spec.max_samples = static_cast<std::uint32_t>(split.train.size());
        spec.seed_source = state.range(0) != 0 ? 0 : kFreeSeed;
        cells.push_back({static_cast<std::uint32_t>(specs.size()), 0});
        specs.push_back(spec);
      }
    }
  }
  SeedSource source;
  source.tree_seeds.resize(20);
  std::iota(source.tree_seeds.begin(), source.tree_seeds.end(), 1U);
  for (auto _ : state) {
    Search search(dataset, make_forest_learner(specs, {source}), {split}, cells, {});
    search.start(1);
    while (!search.wait(1.0)) {
    }
  }
}
BENCHMARK(BM_Family)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace tenfold
