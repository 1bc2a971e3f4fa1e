#pragma once

/// One family while it is being run: its votes, the trees counted so far, and the cells read off it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "exec/vote.hpp"
#include "tenfold/dataset.hpp"
#include "tenfold/plan.hpp"
#include "tenfold/search.hpp"
#include "trees/forest_rows.hpp"
#include "trees/growth_rules.hpp"
#include "trees/tree_grower.hpp"

namespace tenfold {

/// The rules of a growth on behalf of members with these specs; seeded or free.
GrowthRules growth_rules(std::span<const ForestSpec> specs);

/// What a family run needs of the search around it.
struct RunContext {
  const Dataset& dataset;
  const std::vector<SeedSource>& seed_sources;
  const SearchOptions& options;
  const std::atomic<bool>& cancelled;
};

/// A thread's working space for one family; made when the thread starts on the family.
class FamilyWorker;

class FamilyRun {
 public:
  FamilyRun(const RunContext& context, const Family& family, const Split& split);
  ~FamilyRun();

  /// Grows trees [first, last) and counts them when their turn has come. Returns the cells that are now
  /// finished, their results written to `results`. `worker` is made on first use and may be kept for
  /// further calls on the same family.
  std::vector<std::uint32_t> grow(std::size_t first, std::size_t last, std::unique_ptr<FamilyWorker>& worker,
                                  std::span<CellResult> results);

  [[nodiscard]] const Family& family() const { return family_; }
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  friend class FamilyWorker;

  void count_tree(std::size_t tree, double seconds, std::span<CellResult> results,
                  std::vector<std::uint32_t>& finished);
  void read_off(const Reading& reading, CellResult& result);
  [[nodiscard]] double accuracy(const double* sums, std::size_t first, std::size_t last,
                                double n_trees) const;
  [[nodiscard]] TreeDraws draws(std::size_t tree) const;

  RunContext context_;
  const Family& family_;
  const Split& split_;
  GrowthRules rules_;
  std::vector<std::int64_t> predicted_rows_;  ///< test rows, then training rows if they are scored
  std::size_t n_cells_using_ = 0;             ///< readings that want the tree to be counted next

  std::mutex counting_;
  std::unique_ptr<Votes> votes_;
  std::size_t next_tree_ = 0;
  std::size_t next_reading_ = 0;      ///< into `order_`
  std::vector<std::uint32_t> order_;  ///< readings by number of trees
  double share_so_far_ = 0.0;         ///< fit seconds a cell has used up to the next tree
  double seconds_ = 0.0;
  struct Waiting {
    std::size_t n_trees = 0;
    double seconds = 0.0;
    std::vector<BallotBox> boxes;
  };
  std::map<std::size_t, Waiting> waiting_;  ///< by first tree: grown, not yet counted
};

class FamilyWorker {
 public:
  explicit FamilyWorker(const FamilyRun& run);

  void grow(std::size_t tree, LeafSink& sink);
  [[nodiscard]] const FamilyRun& run() const { return run_; }

 private:
  const FamilyRun& run_;
  ForestRows rows_;
  std::vector<TestRow> test_rows_;
  TreeGrower grower_;
};

}  // namespace tenfold
