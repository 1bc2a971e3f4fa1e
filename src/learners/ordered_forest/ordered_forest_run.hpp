#pragma once

/// One family of forests that are grown in scikit-learn's order of samples, while it is being run.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "data/ranked_table.hpp"
#include "tenfold/learners/ordered_forest.hpp"
#include "tenfold/target.hpp"
#include "trees/growth_rules.hpp"
#include "trees/ordered/training_columns.hpp"
#include "trees/ordered/tree_growth.hpp"

namespace tenfold::ordered {

/// The training rows of a split, prepared once for all its families that ask for the same.
class SplitSamples {
 public:
  /// `chosen` and `copies_are_alike` as `TrainingColumns` takes them.
  SplitSamples(const RankedTable& table, const Target& target, std::span<const std::int64_t> rows,
               std::span<const std::int64_t> chosen = {}, bool copies_are_alike = false)
      : table_(table), target_(target), rows_(rows), chosen_(chosen), copies_are_alike_(copies_are_alike) {}

  /// Built when first asked for.
  const TrainingColumns& columns(Presorting presorting);
  [[nodiscard]] const std::vector<double>& targets();
  [[nodiscard]] const std::vector<std::uint32_t>& labels();
  /// Whether all sums of targets with these weights together are exact, whatever their order.
  bool sums_are_exact(double total_weight);
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  const RankedTable& table_;
  const Target& target_;
  std::span<const std::int64_t> rows_;
  std::span<const std::int64_t> chosen_;
  bool copies_are_alike_;
  std::mutex building_;
  std::map<Presorting, std::unique_ptr<TrainingColumns>> columns_;
  std::vector<double> targets_;
  std::vector<std::uint32_t> labels_;
};

/// Whether sums of so much weight times these targets, and times their squares, are exact in any order: the
/// targets are integers times one power of two, and small enough.
bool sums_are_exact(std::span<const double> targets, double total_weight);

/// What growing the trees of a family needs.
struct TreeContext {
  const RankedTable& table;
  SplitSamples& samples;
  std::size_t n_classes = 0;        ///< 0: numbers
  std::span<const double> weights;  ///< by training row: weights, or a cumulative distribution to draw by
  const SeedSource* source = nullptr;
  std::uint64_t free_key = 0;

  [[nodiscard]] std::size_t n_values() const { return n_classes == 0 ? 1 : n_classes; }
};

/// A thread's trees of one family.
class TreeWorker : public Workspace {
 public:
  virtual void grow(std::uint32_t tree_number, MemberSet live, std::span<const PredictedRow> rows,
                    const Predictions& predictions, GrownTree* tree) = 0;
};

/// Whether the order of samples can't matter to any tree of a family: all sums are exact.
bool any_order(const TreeContext& context, const OrderedForestSpec& spec);

/// `members` are effective specs that differ only where one growth serves them all.
std::unique_ptr<TreeWorker> make_tree_worker(const TreeContext& context,
                                             std::span<const OrderedForestSpec> members);

class OrderedForestRun final : public FamilyRun {
 public:
  OrderedForestRun(const RunContext& context, const Family& family, std::vector<OrderedForestSpec> members,
                   std::span<const double> weights, const SeedSource* source);

  [[nodiscard]] std::unique_ptr<Workspace> workspace() const override;
  /// Grows these trees and counts them when their turn has come.
  void run(Steps steps, Workspace& workspace, OutcomeSink& sink) override;
  [[nodiscard]] double seconds() const override { return seconds_; }

 private:
  /// Predictions of a tree, before its turn to be counted.
  struct Grown {
    std::vector<double> values;
    double seconds = 0.0;
  };

  void count(const Grown& grown, OutcomeSink& sink);

  const RunContext context_;
  const Family& family_;
  const std::vector<OrderedForestSpec> members_;
  mutable SplitSamples samples_;
  const TreeContext trees_;
  std::vector<PredictedRow> predicted_;
  std::vector<std::uint32_t> order_;  ///< readings by number of trees

  std::mutex counting_;
  std::map<std::uint32_t, Grown> waiting_;
  std::vector<double> sums_;
  std::uint32_t next_tree_ = 0;
  std::size_t next_reading_ = 0;
  double share_so_far_ = 0.0;
  double seconds_ = 0.0;
};

}  // namespace tenfold::ordered
