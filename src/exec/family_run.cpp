#include "exec/family_run.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <numeric>

#include "exec/pruned_trees.hpp"
#include "metrics/accuracy.hpp"

namespace tenfold {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
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
  return {first.splitter, first.max_features, first.seed_source == ForestSpec::kFree, std::move(variants),
          std::move(members)};
}

FamilyRun::FamilyRun(const RunContext& context, const Family& family, const Split& split)
    : context_(context),
      family_(family),
      split_(split),
      rules_(family.prunes ? growth_rules(std::vector{loosest(family.members)})
                           : growth_rules(family.members)),
      predicted_rows_(split.test),
      n_cells_using_(family.readings.size()),
      order_(family.readings.size()) {
  if (context.options.score_train) {
    predicted_rows_.insert(predicted_rows_.end(), split.train.begin(), split.train.end());
  }
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return family.readings[a].n_estimators < family.readings[b].n_estimators;
  });
}

FamilyRun::~FamilyRun() = default;

TreeDraws FamilyRun::draws(std::size_t tree) const {
  const ForestSpec& spec = family_.members.front();
  if (!family_.is_free()) {
    return seeded_draws(context_.seed_sources[static_cast<std::size_t>(spec.seed_source)], tree);
  }
  // Families of one split that differ in what no rule covers draw the same bootstraps; each tree of each
  // candidate is independent of the others all the same.
  return free_draws(context_.options.free_seed, family_.split, 0, tree);
}

std::vector<std::uint32_t> FamilyRun::grow(std::size_t first, std::size_t last,
                                           std::unique_ptr<FamilyWorker>& worker,
                                           std::span<CellResult> results) {
  std::vector<std::uint32_t> finished;
  if (worker == nullptr || &worker->run() != this) {
    worker = std::make_unique<FamilyWorker>(*this);
  }
  const bool whole = first == 0 && last == family_.n_trees;
  Waiting grown;
  for (std::size_t tree = first; tree < last && !context_.cancelled.load(std::memory_order_relaxed); ++tree) {
    const auto start = Clock::now();
    if (whole) {
      // Nobody else counts: the leaves go straight to the votes.
      if (votes_ == nullptr) {
        votes_ = std::make_unique<Votes>(family_.members.size(), predicted_rows_.size(),
                                         context_.dataset.n_classes());
      }
      worker->grow(tree, *votes_);
      if (context_.cancelled.load(std::memory_order_relaxed)) {
        return {};
      }
      count_tree(tree, seconds_since(start), results, finished);
    } else {
      worker->grow(tree, grown.boxes.emplace_back());
      grown.seconds += seconds_since(start);
      ++grown.n_trees;
    }
  }
  if (whole || context_.cancelled.load(std::memory_order_relaxed)) {
    return finished;
  }

  const std::lock_guard lock(counting_);
  if (votes_ == nullptr) {
    votes_ =
        std::make_unique<Votes>(family_.members.size(), predicted_rows_.size(), context_.dataset.n_classes());
  }
  waiting_.emplace(first, std::move(grown));
  while (!waiting_.empty() && waiting_.begin()->first == next_tree_) {
    const Waiting next = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    for (const BallotBox& box : next.boxes) {
      box.count(*votes_);
      count_tree(next_tree_, next.seconds / static_cast<double>(next.n_trees), results, finished);
    }
  }
  return finished;
}

/// A tree has been voted: share out its time, and read off the forests that end with it.
void FamilyRun::count_tree(std::size_t tree, double seconds, std::span<CellResult> results,
                           std::vector<std::uint32_t>& finished) {
  seconds_ += seconds;
  share_so_far_ += seconds / static_cast<double>(n_cells_using_);
  next_tree_ = tree + 1;
  while (next_reading_ < order_.size() &&
         family_.readings[order_[next_reading_]].n_estimators == next_tree_) {
    const Reading& reading = family_.readings[order_[next_reading_++]];
    const auto start = Clock::now();
    CellResult& result = results[reading.cell];
    read_off(reading, result);
    result.fit_seconds = share_so_far_;
    result.score_seconds = seconds_since(start);
    seconds_ += result.score_seconds;
    finished.push_back(reading.cell);
    --n_cells_using_;
  }
  if (next_reading_ == order_.size()) {
    votes_.reset();
  }
}

double FamilyRun::accuracy(const double* sums, std::size_t first, std::size_t last, double n_trees) const {
  const std::size_t n_classes = context_.dataset.n_classes();
  const std::size_t stride = votes_->stride();
  std::size_t correct = 0;
  for (std::size_t i = first; i < last; ++i) {
    const std::uint32_t predicted = predicted_class({sums + i * stride, n_classes}, n_trees);
    correct += static_cast<std::size_t>(predicted ==
                                        context_.dataset.label(static_cast<std::size_t>(predicted_rows_[i])));
  }
  return static_cast<double>(correct) / static_cast<double>(last - first);
}

void FamilyRun::read_off(const Reading& reading, CellResult& result) {
  const double* const sums = votes_->of_member(reading.member);
  const auto n_trees = static_cast<double>(reading.n_estimators);
  const std::size_t n_test = split_.test.size();
  const std::size_t n_predicted = predicted_rows_.size();
  const std::size_t n_classes = context_.dataset.n_classes();
  result.test_accuracy = accuracy(sums, 0, n_test, n_trees);
  result.train_accuracy = n_predicted > n_test ? accuracy(sums, n_test, n_predicted, n_trees)
                                               : std::numeric_limits<double>::quiet_NaN();
  if (context_.options.keep_probabilities) {
    const auto shares = [&](std::size_t first, std::size_t last) {
      std::vector<double> probabilities;
      probabilities.reserve((last - first) * n_classes);
      for (std::size_t i = first; i < last; ++i) {
        const double* const of_row = sums + i * votes_->stride();
        std::transform(of_row, of_row + n_classes, std::back_inserter(probabilities),
                       [n_trees](double sum) { return sum / n_trees; });
      }
      return probabilities;
    };
    result.test_probabilities = shares(0, n_test);
    result.train_probabilities = shares(n_test, n_predicted);
  }
}

FamilyWorker::FamilyWorker(const FamilyRun& run)
    : run_(run),
      rows_(run.context_.dataset, run.split_.train, run.family_.members.front()),
      grower_(run.context_.dataset, run.rules_,
              run.family_.members.front().bootstrap ? run.family_.members.front().max_samples
                                                    : run.split_.train.size(),
              &run.context_.cancelled) {
  test_rows_.reserve(run.predicted_rows_.size());
  for (std::size_t i = 0; i < run.predicted_rows_.size(); ++i) {
    test_rows_.push_back({static_cast<std::uint32_t>(run.predicted_rows_[i]), static_cast<std::uint32_t>(i)});
  }
}

void FamilyWorker::grow(std::size_t tree, LeafSink& sink) {
  const TreeDraws draws = run_.draws(tree);
  const std::span<TrainingRow> rows = rows_.of_tree(draws);
  if (!run_.family_.prunes) {
    grower_.grow(rows, test_rows_, draws.splitter_state, sink);
    return;
  }
  NoLeaves nobody;
  TreeRecorder recorder;
  grower_.grow(rows, {}, draws.splitter_state, nobody, &recorder);
  if (!run_.context_.cancelled.load(std::memory_order_relaxed)) {
    read_pruned(recorder.tree(), run_.context_.dataset, run_.family_.members, test_rows_, sink);
  }
}

}  // namespace tenfold
