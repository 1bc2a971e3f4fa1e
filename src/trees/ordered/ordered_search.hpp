#pragma once

/// A search over forests that are grown in scikit-learn's order: its plan, and the plan at work.
///
/// Families are cells of one split whose specs differ only in what one growth can serve: the number of trees,
/// and either what makes a node a leaf or the number of leaves. They are cut into tasks of some trees; a
/// forest's trees are added up in their order, so the number of threads changes no bit.

#include <cstdint>
#include <memory>
#include <vector>

#include "tenfold/search.hpp"
#include "trees/ordered/forest_family.hpp"

namespace tenfold::ordered {

/// Weights of the training rows of a split, (kind, split); see `Weighting`.
using SplitWeights = std::vector<std::vector<std::vector<double>>>;

struct OrderedOptions {
  std::uint64_t free_seed = 0;
  bool score_train = false;
};

class OrderedSearch {
 public:
  /// `table` and `target` must outlive the search. Throws std::invalid_argument for what is not there.
  OrderedSearch(const RankedTable& table, const OrderedTarget& target, std::vector<OrderedForestSpec> specs,
                std::vector<SeedSource> sources, std::vector<Split> splits, std::vector<Cell> cells,
                SplitWeights weights, OrderedOptions options);
  ~OrderedSearch();
  OrderedSearch(const OrderedSearch&) = delete;
  OrderedSearch& operator=(const OrderedSearch&) = delete;

  [[nodiscard]] const std::vector<OrderedFamily>& families() const;
  void start(std::size_t n_threads);
  bool wait(double seconds);
  void cancel();
  [[nodiscard]] double progress() const;
  std::vector<std::uint32_t> take_finished();
  [[nodiscard]] OrderedResult& result(std::size_t cell);
  [[nodiscard]] std::size_t n_cells() const;
  [[nodiscard]] std::size_t n_values() const;
  [[nodiscard]] std::vector<double> family_seconds() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The trees [first_tree, spec.n_estimators) of a seeded forest over all rows of a table, whole.
std::vector<GrownTree> grow_ordered_trees(const RankedTable& table, const OrderedTarget& target,
                                          const OrderedForestSpec& spec, const SeedSource& source,
                                          std::span<const double> weights, std::size_t n_threads);

}  // namespace tenfold::ordered
