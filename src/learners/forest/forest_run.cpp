#include "learners/forest/forest_run.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <numeric>

#include "data/ranked_columns.hpp"
#include "learners/forest/forest.hpp"
#include "learners/forest/pruned_trees.hpp"
#include "metrics/accuracy.hpp"
#include "plan/stages.hpp"

namespace tenfold {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t weight_of_tree(const ForestSpec& member, std::uint64_t n_train) {
  return member.bootstrap ? member.max_samples : n_train;
}

}  // namespace

GrowthRules growth_rules(std::span<const ForestSpec> specs) {
  std::vector<Variant> variants;
  std::vector<Member> members;
  for (const ForestSpec& spec : specs) {
    const Variant variant{spec.criterion, spec.min_samples_leaf, spec.min_weight_leaf};
    auto known = std::find(variants.begin(), variants.end(), variant);
    if (known == variants.end()) {
      known = variants.insert(known, variant);
    }
    members.push_back({static_cast<std::uint32_t>(known - variants.begin()), spec.max_depth,
                       spec.min_samples_split, spec.min_impurity_decrease});
  }
  const ForestSpec& first = specs.front();
  return {first.splitter, first.max_features, first.is_free(), std::move(variants), std::move(members)};
}

/// A thread's working space: the rows that travel down its trees, and what grows them.
class ForestRun::Worker final : public Workspace {
 public:
  explicit Worker(const ForestRun& run)
      : run_(run),
        columns_(run.context_.data.ranks()),
        rows_(run.context_.data.target().codes(), run.context_.split.train, run.members_.front(),
              run.probabilities_),
        grower_(columns_, run.context_.data.n_classes(), *run.rules_,
                weight_of_tree(run.members_.front(), run.context_.split.train.size()),
                &run.context_.cancelled) {
    test_rows_.reserve(run.n_predicted());
    for (std::size_t i = 0; i < run.n_predicted(); ++i) {
      test_rows_.push_back({static_cast<std::uint32_t>(run.predicted_row(i)), static_cast<std::uint32_t>(i)});
    }
  }

  void grow(std::uint32_t tree, LeafSink& sink) {
    const TreeDraws draws = run_.draws(tree);
    const Stage& stage = run_.stage_of(tree);
    const std::span<TrainingRow> rows = rows_.of_tree(draws);
    if (!run_.prunes_) {
      grower_.grow(rows, test_rows_, draws.splitter_state, stage.grown, sink);
      return;
    }
    NoLeaves nobody;
    TreeRecorder recorder;
    grower_.grow(rows, {}, draws.splitter_state, stage.grown, nobody, &recorder);
    if (!run_.context_.cancelled.load(std::memory_order_relaxed)) {
      read_pruned(recorder.tree(), columns_, run_.context_.data.n_classes(), run_.members_, stage.live,
                  test_rows_, sink);
    }
  }

 private:
  const ForestRun& run_;
  const RankedColumns& columns_;
  ForestRows rows_;
  std::vector<TestRow> test_rows_;
  TreeGrower grower_;
};

ForestRun::ForestRun(const RunContext& context, const Family& family, std::vector<ForestSpec> members,
                     const SeedSource* source, std::span<const double> probabilities)
    : context_(context),
      family_(family),
      members_(std::move(members)),
      source_(source),
      probabilities_(probabilities),
      prunes_(std::ranges::any_of(members_, [](const ForestSpec& m) { return m.ccp_alpha > 0.0; })),
      n_cells_using_(family.readings.size()),
      order_(family.readings.size()) {
  make_stages();
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::stable_sort(order_, [&](std::uint32_t a, std::uint32_t b) {
    return family.readings[a].step < family.readings[b].step;
  });
}

/// Which members the trees of each stage are grown for. Pruned ones are read off trees of the loosest of
/// them, which is one spec a stage.
void ForestRun::make_stages() {
  std::vector<ForestSpec> grown = prunes_ ? std::vector<ForestSpec>{} : members_;
  std::uint32_t before = 0;
  for (const auto& stage : family_.stages) {
    const MemberSet live = members_beyond(family_, before);
    MemberSet of_rules = live;
    if (prunes_) {
      const ForestSpec spec = loosest(members_, live);
      const auto known = std::ranges::find(grown, spec);
      of_rules = MemberSet{1} << (known - grown.begin());
      if (known == grown.end()) {
        grown.push_back(spec);
      }
    }
    stages_.push_back({stage.last_step, live, of_rules});
    before = stage.last_step;
  }
  rules_ = std::make_unique<GrowthRules>(growth_rules(grown));
}

const ForestRun::Stage& ForestRun::stage_of(std::uint32_t tree) const {
  return *std::ranges::upper_bound(stages_, tree, {}, &Stage::last_tree);
}

std::size_t ForestRun::n_predicted() const {
  return context_.split.test.size() + (context_.score_train ? context_.split.train.size() : 0);
}

std::int64_t ForestRun::predicted_row(std::size_t index) const {
  const std::size_t n_test = context_.split.test.size();
  return index < n_test ? context_.split.test[index] : context_.split.train[index - n_test];
}

Votes& ForestRun::votes() {
  if (votes_ == nullptr) {
    votes_ = std::make_unique<Votes>(members_.size(), n_predicted(), context_.data.n_classes());
  }
  return *votes_;
}

TreeDraws ForestRun::draws(std::size_t tree) const {
  return source_ != nullptr ? seeded_draws(*source_, tree)
                            : free_draws(mix(context_.draw_key ^ family_.key), tree);
}

std::unique_ptr<Workspace> ForestRun::workspace() const {
  return std::make_unique<Worker>(*this);
}

std::uint64_t ForestRun::workspace_bytes(const ForestSpec& member, std::uint64_t n_train,
                                         std::uint64_t n_predicted) {
  const std::uint64_t n_rows = std::min(n_train, weight_of_tree(member, n_train));
  // Rows that travel and room to divide them; how often each was drawn; those that are predicted.
  return (2 * sizeof(TrainingRow) + NodeSearch::kBytesARow) * n_rows +
         (member.bootstrap ? sizeof(std::uint16_t) * n_train : 0) + 2 * sizeof(TestRow) * n_predicted +
         NodeSearch::kFixedBytes;
}

void ForestRun::run(Steps steps, Workspace& workspace, OutcomeSink& sink) {
  auto& worker = static_cast<Worker&>(workspace);
  if (steps.first == 0 && steps.last == family_.n_steps()) {
    run_whole(steps, worker, sink);
    return;
  }
  Waiting grown;
  for (std::uint32_t tree = steps.first; tree < steps.last; ++tree) {
    const auto start = Clock::now();
    worker.grow(tree, grown.boxes.emplace_back());
    if (context_.cancelled.load(std::memory_order_relaxed)) {
      return;
    }
    grown.seconds += seconds_since(start);
    ++grown.n_trees;
  }

  const std::lock_guard lock(counting_);
  waiting_.emplace(steps.first, std::move(grown));
  while (!waiting_.empty() && waiting_.begin()->first == next_tree_) {
    const Waiting next = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    for (const BallotBox& box : next.boxes) {
      box.count(votes());
      count_tree(next_tree_, next.seconds / static_cast<double>(next.n_trees), sink);
    }
  }
}

/// Nobody else counts: the leaves go straight to the votes.
void ForestRun::run_whole(Steps steps, Worker& worker, OutcomeSink& sink) {
  for (std::uint32_t tree = steps.first; tree < steps.last; ++tree) {
    const auto start = Clock::now();
    worker.grow(tree, votes());
    if (context_.cancelled.load(std::memory_order_relaxed)) {
      return;
    }
    count_tree(tree, seconds_since(start), sink);
  }
}

/// A tree has been voted: share out its time, and read off the forests that end with it.
void ForestRun::count_tree(std::size_t tree, double seconds, OutcomeSink& sink) {
  seconds_ += seconds;
  share_so_far_ += seconds / static_cast<double>(n_cells_using_);
  next_tree_ = tree + 1;
  while (next_reading_ < order_.size() && family_.readings[order_[next_reading_]].step == next_tree_) {
    const Reading& reading = family_.readings[order_[next_reading_++]];
    const auto start = Clock::now();
    Outcome outcome;
    read_off(reading, outcome);
    outcome.fit_seconds = share_so_far_;
    outcome.score_seconds = seconds_since(start);
    seconds_ += outcome.score_seconds;
    sink.done(reading.cell, std::move(outcome));
    --n_cells_using_;
  }
  if (next_reading_ == order_.size()) {
    votes_.reset();
  }
}

double ForestRun::accuracy(const double* sums, std::size_t first, std::size_t last, double n_trees) const {
  const std::span<const std::uint16_t> codes = context_.data.target().codes();
  return tenfold::accuracy(sums, votes_->stride(), context_.data.n_classes(), first, last, n_trees,
                           [&](std::size_t i) { return codes[static_cast<std::size_t>(predicted_row(i))]; });
}

std::vector<double> ForestRun::probabilities(const double* sums, std::size_t first, std::size_t last,
                                             double n_trees) const {
  const std::size_t n_classes = context_.data.n_classes();
  std::vector<double> result((last - first) * n_classes);
  for (std::size_t i = first; i < last; ++i) {
    const double* const of_row = sums + i * votes_->stride();
    std::transform(of_row, of_row + n_classes, result.data() + (i - first) * n_classes,
                   [n_trees](double sum) { return sum / n_trees; });
  }
  return result;
}

void ForestRun::read_off(const Reading& reading, Outcome& outcome) {
  const double* const sums = votes_->of_member(reading.member);
  const auto n_trees = static_cast<double>(reading.step);
  const std::size_t n_test = context_.split.test.size();
  const std::size_t n_rows = n_predicted();
  outcome.test_score = outcome.train_score = std::numeric_limits<double>::quiet_NaN();
  if (context_.metric == Metric::kAccuracy) {
    outcome.test_score = accuracy(sums, 0, n_test, n_trees);
    if (context_.score_train) {
      outcome.train_score = accuracy(sums, n_test, n_rows, n_trees);
    }
  }
  if (context_.keep_responses) {
    outcome.test_responses = probabilities(sums, 0, n_test, n_trees);
    outcome.train_responses = probabilities(sums, n_test, n_rows, n_trees);
  }
}

}  // namespace tenfold
