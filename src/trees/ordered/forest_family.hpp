#pragma once

/// Forests that are grown in scikit-learn's order of samples: what to grow, and one family of it at work.
///
///   spec      what scikit-learn's builder receives for a candidate on a split
///   family    cells of one split that are read off one sequence of trees
///   member    a distinct set of stopping rules in a family
///   reading   how a cell is read off: from that member, after so many trees

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "tenfold/forest_spec.hpp"
#include "trees/growth_rules.hpp"
#include "trees/ordered/ranked_table.hpp"
#include "trees/ordered/training_columns.hpp"
#include "trees/ordered/tree_growth.hpp"

namespace tenfold::ordered {

enum class OrderedCriterion : std::uint8_t { kSquaredError, kGini, kEntropy };

/// What a forest does with the weights of its training rows.
enum class Weighting : std::uint8_t {
  kNone,
  kGrow,       ///< trees are grown with them (multiplied by bootstrap counts where rows are drawn)
  kDraw,       ///< bootstraps are drawn with them as probabilities, and trees grown with counts
  kSubsample,  ///< each tree weighs classes by their share of its bootstrap
};

struct OrderedForestSpec {
  Splitter splitter = Splitter::kBest;
  OrderedCriterion criterion = OrderedCriterion::kSquaredError;
  std::uint32_t n_estimators = 1;
  std::uint32_t max_features = 1;
  std::uint32_t max_depth = ForestSpec::kUnlimitedDepth;
  std::uint32_t min_samples_split = 2;
  std::uint32_t min_samples_leaf = 1;
  double min_weight_leaf = 0.0;
  double min_impurity_decrease = 0.0;
  std::uint32_t max_leaf_nodes = 0;  ///< 0: no limit
  bool bootstrap = false;
  std::uint32_t max_samples = 0;
  Weighting weighting = Weighting::kNone;
  std::int32_t weights = -1;  ///< which weights of the split, where there are any
  std::int32_t seed_source = ForestSpec::kFree;

  friend auto operator<=>(const OrderedForestSpec&, const OrderedForestSpec&) = default;
};

/// What is to be learnt of each row of the table: a real number, or a class.
struct OrderedTarget {
  std::vector<double> values;  ///< numbers, or class codes
  std::size_t n_classes = 0;   ///< 0: numbers

  [[nodiscard]] std::size_t n_values() const { return n_classes == 0 ? 1 : n_classes; }
};

/// The training rows of a split, prepared once for all its families that ask for the same.
class SplitSamples {
 public:
  SplitSamples(const RankedTable& table, const OrderedTarget& target, std::span<const std::int64_t> rows)
      : table_(table), target_(target), rows_(rows) {}

  /// Built when first asked for.
  const TrainingColumns& columns(Presorting presorting);
  [[nodiscard]] const std::vector<double>& targets();
  [[nodiscard]] const std::vector<std::uint32_t>& labels();
  /// Whether all sums of targets with these weights together are exact, whatever their order.
  bool sums_are_exact(double total_weight);
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  const RankedTable& table_;
  const OrderedTarget& target_;
  std::span<const std::int64_t> rows_;
  std::mutex building_;
  std::map<Presorting, std::unique_ptr<TrainingColumns>> columns_;
  std::vector<double> targets_;
  std::vector<std::uint32_t> labels_;
};

/// Whether sums of so much weight times these targets, and times their squares, are exact in any order: the
/// targets are integers times one power of two, and small enough.
bool sums_are_exact(std::span<const double> targets, double total_weight);

struct OrderedReading {
  std::uint32_t cell = 0;
  std::uint32_t member = 0;
  std::uint32_t n_estimators = 0;
};

struct OrderedFamily {
  std::uint32_t split = 0;
  std::vector<OrderedForestSpec> members;  ///< effective specs without their number of trees
  std::vector<OrderedReading> readings;    ///< by number of trees
  std::uint32_t n_trees = 0;
  double cost = 0.0;
  std::vector<const char*> rules;

  [[nodiscard]] bool is_free() const { return members.front().seed_source == ForestSpec::kFree; }
};

/// What a finished cell holds: (row, value), of test rows, then of training rows if they are predicted.
struct OrderedResult {
  std::vector<double> test;
  std::vector<double> train;
  double fit_seconds = 0.0;
  double score_seconds = 0.0;
};

struct FamilyContext {
  const RankedTable& table;
  const OrderedTarget& target;
  SplitSamples& samples;
  std::span<const std::int64_t> train;
  std::span<const std::int64_t> test;
  std::span<const double> weights;  ///< by training row: weights, or a cumulative distribution to draw by
  const SeedSource* source = nullptr;
  std::uint64_t free_seed = 0;
  bool score_train = false;
};

class FamilyWorker;

class FamilyAtWork {
 public:
  FamilyAtWork(const FamilyContext& context, const OrderedFamily& family);
  ~FamilyAtWork();

  /// Grows trees [first, last); returns the cells that are complete, written to `results`.
  std::vector<std::uint32_t> grow(std::uint32_t first, std::uint32_t last, const std::atomic<bool>& cancelled,
                                  std::unique_ptr<FamilyWorker>& worker, std::span<OrderedResult> results);

  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  friend class FamilyWorker;

  /// Predictions of a tree, before its turn to be counted.
  struct Grown {
    std::vector<double> values;
    double seconds = 0.0;
  };

  void prepare();
  void count(const Grown& grown, std::span<OrderedResult> results, std::vector<std::uint32_t>& finished);

  const FamilyContext context_;
  const OrderedFamily& family_;
  std::vector<PredictedRow> predicted_;
  std::vector<MemberSet> live_;  ///< by tree

  std::mutex counting_;
  std::map<std::uint32_t, Grown> waiting_;
  std::vector<double> sums_;
  std::uint32_t next_tree_ = 0;
  std::size_t next_reading_ = 0;
  double share_so_far_ = 0.0;
  double seconds_ = 0.0;
};

/// Grows one tree whole; `tree_number` counts from zero.
GrownTree grow_whole_tree(const FamilyContext& context, const OrderedForestSpec& spec,
                          std::uint32_t tree_number, std::unique_ptr<FamilyWorker>& worker);

class FamilyWorker {
 public:
  virtual ~FamilyWorker() = default;
  FamilyWorker(const FamilyWorker&) = delete;
  FamilyWorker& operator=(const FamilyWorker&) = delete;

  [[nodiscard]] const void* owner() const { return owner_; }
  virtual void grow(std::uint32_t tree_number, MemberSet live, std::span<const PredictedRow> rows,
                    const Predictions& predictions, GrownTree* tree) = 0;

 protected:
  explicit FamilyWorker(const void* owner) : owner_(owner) {}

 private:
  const void* owner_;
};

}  // namespace tenfold::ordered
