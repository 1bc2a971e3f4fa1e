#pragma once

/// One family of forests while it is being run: its votes, the trees counted so far, and what is read off.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "learners/forest/forest_rows.hpp"
#include "learners/forest/votes.hpp"
#include "tenfold/learner.hpp"
#include "tenfold/learners/forest.hpp"
#include "trees/growth_rules.hpp"
#include "trees/tree_grower.hpp"

namespace tenfold {

/// The rules of a growth on behalf of members with these specs; seeded or free.
GrowthRules growth_rules(std::span<const ForestSpec> specs);

class ForestRun final : public FamilyRun {
 public:
  /// `members` are effective specs, one a member of the family; `source` is null where they are free.
  ForestRun(const RunContext& context, const Family& family, std::vector<ForestSpec> members,
            const SeedSource* source, std::span<const double> probabilities);

  [[nodiscard]] std::unique_ptr<Workspace> workspace() const override;
  /// Grows these trees and counts them when their turn has come.
  void run(Steps steps, Workspace& workspace, OutcomeSink& sink) override;
  [[nodiscard]] double seconds() const override { return seconds_; }

  /// Bytes that a thread at work on such a family holds.
  static std::uint64_t workspace_bytes(const ForestSpec& member, std::uint64_t n_train,
                                       std::uint64_t n_predicted);

 private:
  class Worker;

  /// Trees that the same members want.
  struct Stage {
    std::uint32_t last_tree = 0;
    MemberSet live = 0;   ///< members that still read on
    MemberSet grown = 0;  ///< what of `rules_` the trees are grown for
  };
  /// Trees that are grown and not yet counted.
  struct Waiting {
    std::size_t n_trees = 0;
    double seconds = 0.0;
    std::vector<BallotBox> boxes;
  };

  void make_stages();
  [[nodiscard]] const Stage& stage_of(std::uint32_t tree) const;
  [[nodiscard]] TreeDraws draws(std::size_t tree) const;
  [[nodiscard]] std::size_t n_predicted() const;
  /// Row of the data set: test rows first, then training rows if they are scored.
  [[nodiscard]] std::int64_t predicted_row(std::size_t index) const;
  Votes& votes();
  void run_whole(Steps steps, Worker& worker, OutcomeSink& sink);
  void count_tree(std::size_t tree, double seconds, OutcomeSink& sink);
  void read_off(const Reading& reading, Outcome& outcome);
  [[nodiscard]] double accuracy(const double* sums, std::size_t first, std::size_t last,
                                double n_trees) const;
  [[nodiscard]] std::vector<double> probabilities(const double* sums, std::size_t first, std::size_t last,
                                                  double n_trees) const;

  const RunContext context_;
  const Family& family_;
  const std::vector<ForestSpec> members_;
  const SeedSource* const source_;
  const std::span<const double> probabilities_;  ///< by which bootstraps are drawn; none: all rows alike
  bool prunes_;  ///< members are read off whole trees, pruned by cost complexity
  std::vector<Stage> stages_;
  std::unique_ptr<GrowthRules> rules_;

  std::mutex counting_;
  std::unique_ptr<Votes> votes_;
  std::size_t next_tree_ = 0;
  std::size_t next_reading_ = 0;      ///< into `order_`
  std::size_t n_cells_using_ = 0;     ///< readings that want the tree to be counted next
  std::vector<std::uint32_t> order_;  ///< readings by number of trees
  double share_so_far_ = 0.0;         ///< fit seconds a cell has used up to the next tree
  double seconds_ = 0.0;
  std::map<std::size_t, Waiting> waiting_;  ///< by first tree
};

}  // namespace tenfold
