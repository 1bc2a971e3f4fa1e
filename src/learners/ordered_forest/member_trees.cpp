
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "data/check.hpp"
#include "data/ranked_table.hpp"
#include "learners/ordered_forest/ordered_forest.hpp"
#include "learners/ordered_forest/ordered_forest_run.hpp"
#include "parallel/threads.hpp"
#include "tenfold/learners/ordered_forest.hpp"
#include "trees/ordered/walk.hpp"

namespace tenfold {

namespace {

std::vector<std::int64_t> numbers_up_to(std::size_t n) {
  std::vector<std::int64_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

OrderedForestSpec of_one_tree(const Data& data, OrderedForestSpec spec) {
  spec.n_estimators = 1;
  spec.bootstrap = false;
  spec.weighting = Weighting::kNone;
  spec.weights = -1;
  spec.seed_source = 0;
  const SeedSource source{{}, 0};
  check_spec(0, spec, std::span(&source, 1), 0);
  check_data(data, spec);
  return spec;
}

}  // namespace

/// The data set and what is prepared of it.
class MemberTrees::State {
 public:
  State(const Data& of, const OrderedForestSpec& how)
      : data(of),
        spec(of_one_tree(of, how)),
        all_rows(numbers_up_to(of.n_rows())),
        all_samples(of.ranked_table(), of.target(), all_rows) {}

  void check(const MemberTree& asked) const;
  std::vector<GrownTree> grow(std::span<const MemberTree> asked, std::size_t n_threads);

  const Data& data;
  const OrderedForestSpec spec;
  const std::vector<std::int64_t> all_rows;
  ordered::SplitSamples all_samples;

 private:
  class Grower;

  std::unique_ptr<Grower> lent();

  std::mutex lending_;
  std::vector<std::unique_ptr<Grower>> idle_;  ///< with the working space of threads before
};

/// A thread's trees. Those over all rows and columns are grown in one working space.
class MemberTrees::State::Grower {
 public:
  explicit Grower(State& of) : of_(of), source_{{}, 0} {}

  GrownTree grow(const MemberTree& asked) {
    source_.splitter_state = asked.splitter_state;
    GrownTree tree;
    if (asked.rows.empty() && asked.columns.empty()) {
      worker_of(asked.weights).grow(0, 1, {}, {}, &tree);
      return tree;
    }
    const std::span<const std::int64_t> rows = asked.rows.empty() ? of_.all_rows : asked.rows;
    ordered::SplitSamples samples(of_.data.ranked_table(), of_.data.target(), rows, asked.columns,
                                  asked.weights.empty());
    const std::size_t n_columns = asked.columns.empty() ? of_.data.n_columns() : asked.columns.size();
    const ordered::TreeContext context = context_over(samples, asked.weights);
    const OrderedForestSpec spec = spec_of(rows.size(), n_columns, !asked.weights.empty());
    ordered::make_tree_worker(context, std::span(&spec, 1))->grow(0, 1, {}, {}, &tree);
    return tree;
  }

 private:
  [[nodiscard]] OrderedForestSpec spec_of(std::size_t n_rows, std::size_t n_columns, bool weighs) const {
    OrderedForestSpec spec = effective(of_.spec, static_cast<std::uint32_t>(n_rows), n_columns);
    spec.weighting = weighs ? Weighting::kGrow : Weighting::kNone;
    spec.weights = weighs ? 0 : -1;
    return spec;
  }

  [[nodiscard]] ordered::TreeContext context_over(ordered::SplitSamples& samples,
                                                  std::span<const double> weights) const {
    return {of_.data.ranked_table(), samples, of_.data.n_classes(), weights, &source_, 0};
  }

  /// A worker serves trees that are weighed alike: whether order matters decides what it has presorted.
  ordered::TreeWorker& worker_of(std::span<const double> weights) {
    weights_.assign(weights.begin(), weights.end());  // where workers have seen them before
    const OrderedForestSpec spec = spec_of(of_.all_rows.size(), of_.data.n_columns(), !weights.empty());
    const ordered::TreeContext context = context_over(of_.all_samples, weights_);
    const std::size_t kind =
        2 * static_cast<std::size_t>(!weights.empty()) + static_cast<std::size_t>(any_order(context, spec));
    std::unique_ptr<ordered::TreeWorker>& worker = workers_[kind];
    if (worker == nullptr) {
      worker = ordered::make_tree_worker(context, std::span(&spec, 1));
    }
    return *worker;
  }

  State& of_;
  SeedSource source_;
  std::vector<double> weights_;
  std::array<std::unique_ptr<ordered::TreeWorker>, 4> workers_;
};

void MemberTrees::State::check(const MemberTree& asked) const {
  if (!asked.rows.empty()) {
    check_rows(asked.rows, data.n_rows());
  }
  const auto refuse = [](const std::string& text) { throw std::invalid_argument(text); };
  for (const std::int64_t column : asked.columns) {
    if (column < 0 || static_cast<std::size_t>(column) >= data.n_columns()) {
      refuse("columns has " + std::to_string(column) + "; there are " + std::to_string(data.n_columns()) +
             " columns.");
    }
  }
  if (!asked.columns.empty() && !spec.monotonic.empty()) {
    refuse("monotonic constraints are of all columns.");
  }
  const std::size_t n_rows = asked.rows.empty() ? data.n_rows() : asked.rows.size();
  if (!asked.weights.empty()) {
    if (asked.weights.size() != n_rows) {
      refuse("weights has " + std::to_string(asked.weights.size()) + " entries; must be one a row, " +
             std::to_string(n_rows) + ".");
    }
    const auto is_weight = [](double weight) { return weight >= 0.0 && std::isfinite(weight); };
    if (!std::ranges::all_of(asked.weights, is_weight) ||
        std::ranges::all_of(asked.weights, [](double weight) { return weight == 0.0; })) {
      refuse("weights must be finite and not negative, and some of them positive.");
    }
  }
}

std::unique_ptr<MemberTrees::State::Grower> MemberTrees::State::lent() {
  {
    const std::lock_guard lock(lending_);
    if (!idle_.empty()) {
      std::unique_ptr<Grower> grower = std::move(idle_.back());
      idle_.pop_back();
      return grower;
    }
  }
  return std::make_unique<Grower>(*this);
}

std::vector<GrownTree> MemberTrees::State::grow(std::span<const MemberTree> asked, std::size_t n_threads) {
  std::ranges::for_each(asked, [this](const MemberTree& one) { check(one); });
  std::vector<GrownTree> trees(asked.size());
  std::atomic<std::size_t> next = 0;
  const auto take_trees = [&] {
    std::unique_ptr<Grower> grower = lent();
    for (std::size_t i = next++; i < trees.size(); i = next++) {
      trees[i] = grower->grow(asked[i]);
    }
    const std::lock_guard lock(lending_);
    idle_.push_back(std::move(grower));
  };
  run_on_threads(std::clamp<std::size_t>(n_threads, 1, std::max<std::size_t>(trees.size(), 1)), take_trees);
  return trees;
}

MemberTrees::MemberTrees(const Data& data, const OrderedForestSpec& spec)
    : state_(std::make_unique<State>(data, spec)) {}
MemberTrees::MemberTrees(MemberTrees&& other) noexcept = default;
MemberTrees& MemberTrees::operator=(MemberTrees&& other) noexcept = default;
MemberTrees::~MemberTrees() = default;

std::vector<GrownTree> MemberTrees::grow(std::span<const MemberTree> asked, std::size_t n_threads) {
  return state_->grow(asked, n_threads);
}

std::size_t MemberTrees::n_values() const {
  return std::max<std::size_t>(state_->data.n_classes(), 1);
}

std::vector<std::uint32_t> MemberTrees::leaves(const GrownTree& tree) const {
  const RankedTable& table = state_->data.ranked_table();
  std::vector<std::uint32_t> leaves(state_->data.n_rows());
  for (std::size_t row = 0; row < leaves.size(); ++row) {
    std::size_t at = 0;
    while (tree.nodes[at].left_child != TreeNode::kLeaf) {
      at = ordered::child_of(tree.nodes[at], table, row);
    }
    leaves[row] = static_cast<std::uint32_t>(at);
  }
  return leaves;
}

}  // namespace tenfold
